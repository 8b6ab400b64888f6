// SPDX-License-Identifier: MIT
import { describe, expect, it } from "vitest";
import { Presence } from "./presence.ts";

describe("the state of an mrouter", () => {
  it("is connecting until it is heard, and offline when it is not heard within 6 s", () => {
    const presence = new Presence(1000);
    expect(presence.observe(true, 1000)).toBe("connecting");
    expect(presence.observe(true, 7000)).toBe("connecting");
    expect(presence.observe(true, 7001)).toBe("offline");
  });

  it("is online while it is heard, and offline after 6 s of silence", () => {
    const presence = new Presence(0);
    presence.heard(1000);
    expect(presence.observe(true, 7000)).toBe("online");
    expect(presence.observe(true, 7001)).toBe("offline");
    presence.heard(8000);
    expect(presence.observe(true, 8000)).toBe("online");
  });

  it("is drifted when a difference lasts, not while a change is on its way", () => {
    const presence = new Presence(0);
    presence.heard(1000);
    expect(presence.observe(false, 1000)).toBe("online");
    expect(presence.observe(false, 1500)).toBe("online");
    expect(presence.observe(false, 1501)).toBe("drifted");
    expect(presence.observe(true, 1502)).toBe("online");
    expect(presence.observe(false, 1600)).toBe("online");
  });
});
