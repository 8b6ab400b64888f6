// SPDX-License-Identifier: MIT
import { describe, expect, it } from "vitest";
import { Presence } from "./presence.ts";

describe("the state of an mrouter", () => {
  it("is connecting until it is heard, and offline when it is not heard within 5 s", () => {
    const presence = new Presence(1000);
    expect(presence.observe(undefined, 1000)).toBe("connecting");
    expect(presence.observe(undefined, 6000)).toBe("connecting");
    expect(presence.observe(undefined, 6001)).toBe("offline");
  });

  it("is online while it is heard, and offline after 5 s of silence", () => {
    const presence = new Presence(0);
    presence.heard(1000);
    expect(presence.observe(undefined, 6000)).toBe("online");
    expect(presence.observe(undefined, 6001)).toBe("offline");
    presence.heard(8000);
    expect(presence.observe(undefined, 8000)).toBe("online");
  });

  it("is drifted when a difference lasts, not while a change is on its way", () => {
    const first = Symbol("first");
    const presence = new Presence(0);
    presence.heard(1000);
    expect(presence.observe(first, 1000)).toBe("online");
    expect(presence.observe(first, 1500)).toBe("online");
    expect(presence.observe(first, 1501)).toBe("drifted");
    expect(presence.observe(undefined, 1502)).toBe("online");
    expect(presence.observe(first, 1600)).toBe("online");
  });

  it("is online while many changes are on their way, one after the other", () => {
    const presence = new Presence(0);
    for (let nowMs = 1000; nowMs < 5000; nowMs += 250) {
      presence.heard(nowMs);
      expect(presence.observe(Symbol("another"), nowMs)).toBe("online");
    }
  });
});
