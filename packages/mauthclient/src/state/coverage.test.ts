// SPDX-License-Identifier: MIT
import type { Grant } from "@mauth/protocol/api";
import { describe, expect, it } from "vitest";
import { grant, sender, session } from "../../test/samples.ts";
import { Covered, coveringGrant, isPlain, sendersOf } from "./coverage.ts";
import { indexSenders } from "./pairs.ts";

const PAIR = { source: "192.0.2.10", group: "233.252.0.1" };
const SESSION = { id: session().id };
const ofSession = grant({
  id: `192.0.2.10>session:${SESSION.id}`,
  group: "session",
  session: SESSION.id,
  groups: ["233.252.0.1", "233.252.0.2"],
});

function grants(...list: readonly Grant[]): ReadonlyMap<string, Grant> {
  return new Map(list.map((one) => [one.id, one]));
}

describe("what grants cover", () => {
  it.each([
    ["a grant more", grants(grant(), ofSession), true],
    ["another grant", grants(grant({ source: "192.0.2.11" })), true],
    ["no grant", grants(), true],
    ["another TTL and enforcement", grants(grant({ maxTtl: 3, enforcement: [] })), false],
    ["the same again", grants(grant()), false],
  ])("is another with %s: %#", (_, next, isOther) => {
    const covered = new Covered();
    const before = covered.follow(grants(grant()));
    expect(covered.follow(next) !== before).toBe(isOther);
  });

  it("is another when a session has other groups", () => {
    const covered = new Covered();
    const before = covered.follow(grants(ofSession));
    expect(covered.follow(grants({ ...ofSession, maxTtl: 3 }))).toBe(before);
    expect(covered.follow(grants({ ...ofSession, groups: ["233.252.0.1"] }))).not.toBe(before);
  });
});

describe("the grant that covers a pair", () => {
  it.each([
    ["its own", grant()],
    ["any source's", grant({ source: "0.0.0.0" })],
    ["its session's", ofSession],
    ["that of a prefix", grant({ group: "233.252.0.0/24" })],
    ["any source's of a prefix", grant({ source: "0.0.0.0", group: "233.252.0.0/24" })],
  ])("may be %s", (_, one) => {
    expect(coveringGrant(grants(one), PAIR)).toBe(one);
  });

  it.each([
    ["of another source", grant({ source: "192.0.2.11" })],
    ["of another group", grant({ group: "233.252.0.2" })],
    ["of a prefix beside it", grant({ group: "233.252.1.0/24" })],
    ["of another source's prefix", grant({ source: "192.0.2.11", group: "233.252.0.0/24" })],
  ])("is none %s", (_, one) => {
    expect(coveringGrant(grants(one), PAIR)).toBeUndefined();
  });

  it("is no session's that does not name the pair", () => {
    expect(coveringGrant(grants({ ...ofSession, groups: ["233.252.0.2"] }), PAIR)).toBeUndefined();
  });

  it("is its own before a wider one", () => {
    const wide = grant({ group: "233.252.0.0/24" });
    expect(coveringGrant(grants(wide, grant()), PAIR)?.id).toBe(grant().id);
  });
});

it("calls plain what 11 bytes can say", () => {
  expect(isPlain(grant())).toBe(true);
  const limited = [{ expiresAt: 1 }, { reason: "x" }, { rate: { bytesPerSecond: 1, burstBytes: 1 } }];
  for (const limit of limited) expect(isPlain(grant(limit))).toBe(false);
  for (const group of ["session", "233.252.0.0/24", "ff3e::1"] as const) expect(isPlain(grant({ group }))).toBe(false);
  expect(isPlain(grant({ source: "0.0.0.0" }))).toBe(false);
});

it("finds the senders of a session's grant by the session's groups", () => {
  const senders = [sender(), sender({ group: "233.252.0.2" }), sender({ source: "192.0.2.77" })];
  const byPair = indexSenders(new Map(senders.map((one) => [one.id, one])));
  expect(sendersOf(ofSession, byPair).map((one) => one.group)).toEqual(["233.252.0.1", "233.252.0.2"]);
  expect(sendersOf(grant(), byPair).map((one) => one.id)).toEqual([sender().id]);
});
