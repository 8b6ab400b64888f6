// SPDX-License-Identifier: MIT
import { describe, expect, it } from "vitest";
import type { Session } from "@mauth/protocol/api";
import { follow, GRACE_MS, graceEndOf } from "./follow.ts";
import type { DeletionPolicy } from "./follow.ts";
import type { GrantRow } from "./grant.ts";

const grant: GrantRow = {
  id: "192.0.2.10>session:00112233445566ff",
  source: "192.0.2.10",
  group: "session",
  session: "00112233445566ff",
  maxTtl: 16,
  permittedAt: 0,
  groups: ["233.252.0.1"],
};
const session = (groups: readonly string[], more: Partial<Session> = {}): Session => ({
  id: "00112233445566ff",
  title: "Studio",
  origin: { username: "-", sessId: "1", sessVersion: "1", netType: "IN", addrType: "IP4", address: "192.0.2.10" },
  announcer: "192.0.2.10",
  messageIdHash: 1,
  times: [],
  media: [],
  flows: groups.map((group) => ({ source: "192.0.2.10", group, ttl: 8 })),
  hearings: [],
  firstHeardAt: 0,
  lastHeardAt: 0,
  periodMs: null,
  expiresAt: null,
  sdp: "",
  ...more,
});
const now = { wallMs: 10_000_000 };

describe("a grant that follows a session", () => {
  it("stays the same object while nothing changes", () => {
    expect(follow(grant, session(["233.252.0.1"]), now, "grace")).toBe(grant);
  });

  it("takes new groups, drops those that are gone, and knows no order", () => {
    expect(follow(grant, session(["233.252.0.3", "233.252.0.2"]), now, "grace")).toMatchObject({
      groups: ["233.252.0.2", "233.252.0.3"],
    });
    const both = { ...grant, groups: ["233.252.0.2", "233.252.0.3"] };
    expect(follow(both, session(["233.252.0.3", "233.252.0.2"]), now, "grace")).toBe(both);
  });

  it("takes the flows of its own source only", () => {
    const flows = [
      { source: "192.0.2.10", group: "233.252.0.1", ttl: 1 },
      { source: "192.0.2.11", group: "233.252.0.2", ttl: 1 },
    ];
    expect(follow(grant, session([], { flows }), now, "grace")).toBe(grant);
    const any = { ...grant, source: "0.0.0.0" };
    expect(follow(any, session([], { flows }), now, "grace")).toMatchObject({ groups: ["233.252.0.1", "233.252.0.2"] });
  });

  it("stands for nothing while the session announces nothing for its source", () => {
    expect(follow(grant, session([]), now, "keep")).toMatchObject({ groups: [] });
  });

  it("knows when the session says that it ends, also when it puts that off", () => {
    const ending = follow(grant, session(["233.252.0.1"], { endsAt: 20_000_000 }), now, "grace");
    expect(ending).toMatchObject({ sessionEndsAt: 20_000_000 });
    const later = follow(ending as GrantRow, session(["233.252.0.1"], { endsAt: 30_000_000 }), now, "grace");
    expect(later).toMatchObject({ sessionEndsAt: 30_000_000 });
    expect(follow(later as GrantRow, session(["233.252.0.1"], { endsAt: null }), now, "grace")).toEqual(grant);
  });

  const gone = (goneAt: number): GrantRow => ({ ...grant, goneAt });
  it.each<[string, GrantRow, DeletionPolicy, GrantRow | "ended"]>([
    ["stays as it was under keep", grant, "keep", gone(now.wallMs)],
    ["stays under keep for ever", gone(5), "keep", gone(5)],
    ["is noted as gone under grace", grant, "grace", gone(now.wallMs)],
    ["stays within the grace", gone(now.wallMs - GRACE_MS + 1), "grace", gone(now.wallMs - GRACE_MS + 1)],
    ["ends after the grace", gone(now.wallMs - GRACE_MS), "grace", "ended"],
    ["ends at once under revoke", grant, "revoke", "ended"],
    ["ends at once when the policy becomes revoke", gone(now.wallMs), "revoke", "ended"],
    ["ends with the announced end, even under keep", { ...grant, sessionEndsAt: now.wallMs }, "keep", "ended"],
  ])("whose session is gone %s", (_, before, policy, after) => {
    expect(follow(before, undefined, now, policy)).toEqual(after);
  });

  it("is as before when its session comes back", () => {
    expect(follow(gone(5), session(["233.252.0.1"]), now, "grace")).toEqual(grant);
  });

  it("must be looked at when its grace is over, and only then", () => {
    expect(graceEndOf(gone(5), "grace")).toBe(5 + GRACE_MS);
    expect([graceEndOf(grant, "grace"), graceEndOf(gone(5), "keep"), graceEndOf(gone(5), "revoke")]).toEqual([
      null,
      null,
      null,
    ]);
  });
});
