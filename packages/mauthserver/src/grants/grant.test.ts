// SPDX-License-Identifier: MIT
import { describe, expect, it } from "vitest";
import type { GrantInput } from "@mauth/protocol/api";
import { endOf, keysOf, rowOf, sendersOf, widerOf } from "./grant.ts";
import type { GrantRow } from "./grant.ts";
import { isNoWider, needsV2 } from "./sender.ts";
import type { Limits, Sender } from "./sender.ts";

const at = { wallMs: 1_000_000, by: "anna" };
const input = (more: Partial<GrantInput> = {}): GrantInput => ({
  source: "192.0.2.10",
  group: "233.252.0.1",
  maxTtl: 16,
  ...more,
});

const row = (more: Partial<GrantInput>, followed: Partial<GrantRow> = {}): GrantRow => {
  const made = rowOf(input(more), at);
  if (typeof made === "string") throw new Error(made);
  return { ...made, ...followed };
};

const sender = (maxTtl: number, limits?: Limits): Sender => ({
  key: "192.0.2.10>233.252.0.1",
  source: 0xc000020a,
  group: 0xe9fc0001,
  maxTtl,
  ...(limits && { limits }),
});
const slow = (bytesPerSecond: number) => ({ rate: { bytesPerSecond, burstBytes: 1500 } });

describe("the id of a grant", () => {
  it.each([
    ["one source and one group", {}, "192.0.2.10>233.252.0.1"],
    ["any source", { source: "0.0.0.0" }, "0.0.0.0>233.252.0.1"],
    ["a prefix of groups", { group: "233.252.0.0/24" }, "192.0.2.10>233.252.0.0/24"],
    ["any source in a prefix", { source: "0.0.0.0", group: "233.252.0.0/24" }, "0.0.0.0>233.252.0.0/24"],
    ["a session", { group: "session", session: "00112233445566ff" }, "192.0.2.10>session:00112233445566ff"],
    ["IPv6", { source: "2001:db8::A", group: "FF3E::1" }, "2001:db8::a>ff3e::1"],
    ["a prefix of IPv6 groups", { source: "::", group: "ff3e::/32" }, "::>ff3e::/32"],
  ] as const)("names %s", (_, more, id) => {
    expect(rowOf(input(more), at)).toMatchObject({ id, permittedAt: 1_000_000, permittedBy: "anna" });
  });

  it.each([
    ["a source that is a group", { source: "233.252.0.9" }, "233.252.0.9 is not a unicast address"],
    ["a source that is no address", { source: "<b>" }, "<b> is not a unicast address"],
    ["a group that is not forwarded", { group: "224.0.0.5" }, "224.0.0.5 is not a group that mrouters forward"],
    ["a link-local IPv6 group", { source: "::", group: "ff02::1" }, "ff02::1 is not a group that mrouters forward"],
    ["host bits in a prefix", { group: "233.252.0.1/24" }, "233.252.0.1/24 is neither a group nor a prefix of groups"],
    ["families that differ", { group: "ff3e::1" }, "192.0.2.10 and ff3e::1 are of different families"],
    ["a session that is not named", { group: "session" }, "a grant for a session must name it"],
    [
      "a session beside a group",
      { session: "00112233445566ff" },
      'only a grant of the group "session" names a session',
    ],
    ["a TTL of 0", { maxTtl: 0 }, "the maximum TTL must be 1 to 255"],
    ["a TTL of 256", { maxTtl: 256 }, "the maximum TTL must be 1 to 255"],
    ["an end that has passed", { expiresAt: 1_000_000 }, "it would have ended already"],
  ] as const)("is refused for %s", (_, more, sentence) => {
    expect(rowOf(input(more), at)).toBe(sentence);
  });
});

describe("the senders of a grant", () => {
  it("are one for a group", () => {
    expect(sendersOf(row({}))).toEqual([
      { key: "192.0.2.10>233.252.0.1", source: 0xc000020a, group: 0xe9fc0001, maxTtl: 16 },
    ]);
  });

  it("carry every limit", () => {
    const rate = { bytesPerSecond: 1000, burstBytes: 3000 };
    const binding = { interface: "lan0", mac: "00:00:5e:00:53:01" };
    expect(sendersOf(row({ rate, binding, expiresAt: 1_500_000 }))[0]?.limits).toEqual({
      rate,
      interface: "lan0",
      mac: "00:00:5e:00:53:01",
      expiresAt: 1_500_000,
    });
  });

  it("are one for a prefix, with its length", () => {
    expect(sendersOf(row({ group: "233.252.0.0/24" }))).toMatchObject([{ group: 0xe9fc0000, groupLength: 24 }]);
  });

  it("are those of the session's groups, and none before it was heard", () => {
    const session = { group: "session", session: "00112233445566ff" } as const;
    expect(sendersOf(row(session))).toEqual([]);
    const followed = row(session, { groups: ["233.252.0.1", "233.252.0.2", "ff3e::1"], sessionEndsAt: 2_000_000 });
    expect(keysOf(followed)).toEqual(["192.0.2.10>233.252.0.1", "192.0.2.10>233.252.0.2"]);
    expect(sendersOf(followed).map(({ limits }) => limits)).toEqual([
      { expiresAt: 2_000_000 },
      { expiresAt: 2_000_000 },
    ]);
  });

  it.each([
    [undefined, undefined, undefined],
    [5, undefined, 5],
    [undefined, 7, 7],
    [5, 7, 5],
    [9, 7, 7],
  ])("end at the earlier of %s and the session's %s: %s", (expiresAt, sessionEndsAt, end) => {
    const ends = { ...(expiresAt && { expiresAt }), ...(sessionEndsAt && { sessionEndsAt }) };
    expect(endOf({ ...row({}), ...ends })).toBe(end);
  });
});

describe("of two senders of one name", () => {
  const mac = { mac: "00:00:5e:00:53:01" };

  it.each([
    ["the larger TTL", sender(16), sender(8)],
    ["the larger TTL although it is bound", sender(16, mac), sender(8)],
    ["the larger TTL although it is slow", sender(16, slow(9)), sender(8)],
    ["the one that is not bound", sender(16), sender(16, mac)],
    ["the one that is bound to less", sender(16, mac), sender(16, { ...mac, interface: "lan0" })],
    ["the one without a rate", sender(16), sender(16, slow(1_000_000))],
    ["the faster one", sender(16, slow(2000)), sender(16, slow(1000))],
    ["the one without an end", sender(16), sender(16, { expiresAt: 9e12 })],
    ["the one that ends later", sender(16, { expiresAt: 9 }), sender(16, { expiresAt: 8 })],
    ["the one that is not bound although it ends", sender(16, { expiresAt: 8 }), sender(16, mac)],
  ])("%s is in force, as a whole", (_, wider, narrower) => {
    expect(widerOf(wider, narrower)).toBe(wider);
    expect(widerOf(narrower, wider)).toBe(wider);
  });

  it.each([
    [sender(8), sender(16), true],
    [sender(16), sender(8), false],
    [sender(8, mac), sender(16), true],
    [sender(8), sender(16, mac), false],
    [sender(8, mac), sender(8, { mac: "00:00:5e:00:53:02" }), false],
    [sender(8, slow(5)), sender(8, slow(6)), true],
    [sender(8), sender(8, slow(6)), false],
    [sender(8, { expiresAt: 5 }), sender(8, { expiresAt: 5 }), true],
    [sender(8), sender(8, { expiresAt: 5 }), false],
  ])("%j is contained in %j: %s", (one, other, isContained) => {
    expect(isNoWider(one, other)).toBe(isContained);
  });

  it.each([
    ["a TTL", sender(8), false],
    ["an end, which the server sees to", sender(8, { expiresAt: 5 }), false],
    ["a rate", sender(8, slow(5)), true],
    ["a link-layer address", sender(8, mac), true],
    ["an interface", sender(8, { interface: "lan0" }), true],
    ["any source", { ...sender(8), source: 0 }, true],
    ["a prefix", { ...sender(8), groupLength: 8 }, true],
    ["IPv6", { ...sender(8), source: 1n, group: 2n }, true],
  ])("%s needs more than the paper's request: %#", (_, one, needs) => {
    expect(needsV2(one)).toBe(needs);
  });
});
