// SPDX-License-Identifier: MIT
import * as fc from "fast-check";
import { expect, it } from "vitest";
import type { GrantRow } from "./grant.ts";
import { keysOf } from "./grant.ts";
import { GrantTable } from "./table.ts";
import type { Sender } from "./sender.ts";

/** A packet as a filter sees it; rates are left out, for they say nothing of one packet. */
interface Packet {
  readonly source: number;
  readonly group: number;
  readonly ttl: number;
  readonly interface: string;
  readonly mac: string;
  readonly at: number;
}

const SOURCES = ["192.0.2.10", "192.0.2.11", "0.0.0.0"];
const GROUPS = ["233.252.0.1", "233.252.0.2", "233.252.0.3"];
const PREFIXES = ["233.252.0.0/24", "233.252.0.0/30", "233.252.0.2/31"];
const INTERFACES = ["lan0", "lan1"];
const MACS = ["00:00:5e:00:53:01", "00:00:5e:00:53:02"];
const ADDRESS: Record<string, number> = {
  "0.0.0.0": 0,
  "192.0.2.10": 0xc000020a,
  "192.0.2.11": 0xc000020b,
  "233.252.0.1": 0xe9fc0001,
  "233.252.0.2": 0xe9fc0002,
  "233.252.0.3": 0xe9fc0003,
};

const limits = fc.record(
  {
    maxTtl: fc.integer({ min: 1, max: 4 }),
    interface: fc.constantFrom(...INTERFACES),
    mac: fc.constantFrom(...MACS),
    expiresAt: fc.integer({ min: 1, max: 4 }),
  },
  { requiredKeys: ["maxTtl"] },
);
const target = fc.oneof(
  fc.constantFrom(...GROUPS, ...PREFIXES).map((group) => ({ group })),
  fc
    .tuple(fc.subarray(GROUPS), fc.constantFrom("s1", "s2"))
    .map(([groups, session]) => ({ group: "session", session, groups })),
);
const grant = fc.tuple(fc.constantFrom(...SOURCES), target, limits).map(([source, about, limit]): GrantRow => {
  const { maxTtl, expiresAt, ...binding } = limit;
  const id = `${source}>${"session" in about ? `session:${about.session}` : about.group}`;
  const bound = Object.keys(binding).length > 0 ? { binding } : {};
  return { id, source, ...about, maxTtl, ...bound, ...(expiresAt && { expiresAt }), permittedAt: 0 };
});
const packet: fc.Arbitrary<Packet> = fc.record({
  source: fc.constantFrom(0xc000020a, 0xc000020b),
  group: fc.constantFrom(0xe9fc0001, 0xe9fc0002, 0xe9fc0003),
  ttl: fc.integer({ min: 1, max: 4 }),
  interface: fc.constantFrom(...INTERFACES),
  mac: fc.constantFrom(...MACS),
  at: fc.integer({ min: 0, max: 5 }),
});

/** What the grant says in the words of an operator, computed without any sender. */
function permits(row: GrantRow, seen: Packet): boolean {
  const [network = "", length = "32"] = row.group.split("/");
  const isGroup =
    row.group === "session"
      ? (row.groups ?? []).some((group) => ADDRESS[group] === seen.group)
      : prefix(ADDRESS[network] ?? 0xe9fc0000, Number(length)) === prefix(seen.group, Number(length));
  return (
    (row.source === "0.0.0.0" || ADDRESS[row.source] === seen.source) &&
    isGroup &&
    seen.ttl <= row.maxTtl &&
    (row.binding?.interface ?? seen.interface) === seen.interface &&
    (row.binding?.mac ?? seen.mac) === seen.mac &&
    seen.at < (row.expiresAt ?? Infinity)
  );
}

function prefix(address: number, length: number): number {
  return Math.floor(address / 2 ** (32 - length));
}

function specificity({ source, groupLength = 32 }: Sender): number {
  return (source === 0 ? 0 : 100) + groupLength;
}

/** What the kernel does: the most specific entry that fits decides alone (docs/filter.md, Wildcards). */
function passes(senders: readonly Sender[], seen: Packet): boolean {
  const fitting = senders.filter(
    ({ source, group, groupLength = 32 }) =>
      (source === 0 || source === seen.source) &&
      prefix(Number(group), groupLength) === prefix(seen.group, groupLength),
  );
  const [best] = fitting.sort((one, other) => specificity(other) - specificity(one));
  if (best === undefined) return false;
  const { interface: name = seen.interface, mac = seen.mac, expiresAt = Infinity } = best.limits ?? {};
  return seen.ttl <= best.maxTtl && name === seen.interface && mac === seen.mac && seen.at < expiresAt;
}

it("no packet passes that no grant permits, however grants overlap", () => {
  let passed = 0;
  fc.assert(
    fc.property(
      fc.array(grant, { maxLength: 8 }),
      fc.array(packet, { minLength: 8, maxLength: 8 }),
      (rows, packets) => {
        const table = new GrantTable();
        for (const row of rows) table.set(row, 1);
        const kept = Array.from(table.values(), (one) => one.row);
        const senders = [...table.senders()];
        for (const seen of packets) {
          if (!passes(senders, seen)) continue;
          passed++;
          expect(kept.some((row) => permits(row, seen))).toBe(true);
        }
      },
    ),
    { numRuns: 3000 },
  );
  expect(passed).toBeGreaterThan(500);
});

it("a single grant lets every packet pass that it permits", () => {
  fc.assert(
    fc.property(grant, packet, (row, seen) => {
      const table = new GrantTable();
      table.set(row, 1);
      expect(passes([...table.senders()], seen)).toBe(permits(row, seen));
    }),
    { numRuns: 3000 },
  );
});

it("changes of any order leave what making the last state anew would", () => {
  const change = fc.oneof(grant, grant, fc.nat(9));
  fc.assert(
    fc.property(fc.array(change, { maxLength: 30 }), (changes) => {
      const table = new GrantTable();
      const told = new Map<string, Sender>();
      for (const [index, one] of changes.entries()) {
        const ids = Array.from(table.values(), ({ row }) => row.id);
        const touched = typeof one === "number" ? table.delete(ids[one % ids.length] ?? "") : table.set(one, index);
        // What the mrouters are told of: exactly what a change names.
        for (const { key, before } of touched) {
          expect(before).toEqual(told.get(key));
          const sender = table.sender(key);
          if (sender) told.set(key, sender);
          else told.delete(key);
        }
      }
      const anew = new GrantTable();
      for (const { row, rev } of table.values()) anew.set(row, rev);
      const wanted = new Map(Array.from(anew.senders(), (sender) => [sender.key, sender] as const));
      expect(told).toEqual(wanted);
    }),
    { numRuns: 2000 },
  );
});

it("of two grants that neither contains the same one wins, whatever came first", () => {
  const session = { source: "0.0.0.0", group: "session", groups: ["233.252.0.3"], maxTtl: 3, permittedAt: 0 };
  const one: GrantRow = { ...session, id: "0.0.0.0>session:s1", session: "s1", binding: { mac: "00:00:5e:00:53:02" } };
  const other: GrantRow = {
    ...session,
    id: "0.0.0.0>session:s2",
    session: "s2",
    binding: { mac: "00:00:5e:00:53:01" },
  };
  const won = [
    [one, other],
    [other, one],
  ].map((rows) => {
    const table = new GrantTable();
    for (const row of rows) table.set(row, 1);
    return table.sender("0.0.0.0>233.252.0.3")?.limits?.mac;
  });
  expect(won[0]).toBeDefined();
  expect(won[0]).toBe(won[1]);
});

it("a change of a group costs what it changes, among a hundred thousand", () => {
  const table = new GrantTable();
  for (let index = 0; index < 100_000; index++) {
    const group = `233.252.${(index >> 8) & 255}.${index & 255}`;
    const source = `192.0.2.${1 + (index >> 16)}`;
    table.set({ id: `${source}>${group}`, source, group, maxTtl: 1, permittedAt: 0 }, 1);
  }
  const groups = ["233.252.0.1", "233.252.0.2"];
  const session = { id: "192.0.2.1>session:s1", source: "192.0.2.1", group: "session", session: "s1" };
  const row: GrantRow = { ...session, maxTtl: 9, permittedAt: 0, groups };
  expect(table.set(row, 2).map(({ key }) => key)).toEqual(keysOf(row));
  const changed = table.set({ ...row, groups: ["233.252.0.2", "233.252.0.3"] }, 3).map(({ key }) => key);
  expect(changed.toSorted()).toEqual(["192.0.2.1>233.252.0.1", "192.0.2.1>233.252.0.2", "192.0.2.1>233.252.0.3"]);
  expect(table.sender("192.0.2.1>233.252.0.1")?.maxTtl).toBe(1);
  expect(table.sender("192.0.2.1>233.252.0.3")?.maxTtl).toBe(9);
});
