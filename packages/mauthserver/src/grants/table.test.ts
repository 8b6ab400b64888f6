// SPDX-License-Identifier: MIT
import { describe, expect, it } from "vitest";
import { sendersOf } from "./grant.ts";
import { mroutersOf, territoryOf } from "./sender.ts";
import { GrantFold } from "./loading.ts";
import { desiredSenders, GrantTable } from "./table.ts";

const territories = [
  { name: "north", networks: ["192.0.2.0/25", "203.0.113.0/24"] },
  { name: "south", networks: ["192.0.2.128/25"] },
  { name: "both", networks: ["192.0.2.0/24"] },
].map(territoryOf);

function grant(source: string, group: string, maxTtl: number) {
  return { id: `${source}>${group}`, source, group, maxTtl, permittedAt: 0 };
}

describe("a table of grants", () => {
  const plain = grant("192.0.2.10", "233.252.0.1", 16);
  const limited = { ...plain, maxTtl: 8, expiresAt: 2_000_000_000_000 };

  it("holds one grant of an id, whether it gets limits or loses them", () => {
    const table = new GrantTable();
    for (const [rev, row] of [plain, limited, plain, limited].entries()) {
      table.set(row, rev);
      expect([...table.values()]).toEqual([{ row, rev }]);
      expect([...table.limited()]).toEqual(row === limited ? [{ row, rev }] : []);
      expect(table.size).toBe(1);
    }
    expect(table.delete(plain.id)).toMatchObject([{ before: { maxTtl: 8 } }]);
    expect([table.size, table.get(plain.id), table.sender(plain.id)]).toEqual([0, undefined, undefined]);
  });

  it("takes over what was loaded, wherever that was done", () => {
    const fold = new GrantFold();
    const session = { ...grant("192.0.2.10", "session", 32), id: "192.0.2.10>session:s", session: "s" };
    const following = { ...session, groups: ["233.252.0.1"] };
    for (const [rev, row] of [
      plain,
      { ...limited, id: "192.0.2.10>233.252.0.2", group: "233.252.0.2" },
      following,
    ].entries())
      fold.take({ kind: "grant", key: row.id, rev, body: { ...row } });
    const { result, transfer } = fold.end();
    const table = new GrantTable();
    table.restore(structuredClone(result, { transfer: [...transfer] }));
    expect(Array.from(table.values(), ({ row, rev }) => [row.id, rev])).toEqual([
      [plain.id, 0],
      ["192.0.2.10>233.252.0.2", 1],
      [session.id, 2],
    ]);
    expect(Array.from(table.senders(), ({ key, maxTtl }) => [key, maxTtl])).toEqual([
      ["192.0.2.10>233.252.0.2", 8],
      ["192.0.2.10>233.252.0.1", 32],
    ]);
    expect(
      Array.from(
        table.senders(({ maxTtl }) => maxTtl > 8),
        ({ key }) => key,
      ),
    ).toEqual(["192.0.2.10>233.252.0.1"]);
    expect(table.ofSession("s")).toHaveLength(1);
  });
});

describe("grants", () => {
  it("concern every mrouter whose networks contain the source", () => {
    expect(mroutersOf(0xc000020a, territories)).toEqual(["north", "both"]);
    expect(mroutersOf(0xc0000280, territories)).toEqual(["south", "both"]);
    expect(mroutersOf(0xcb007101, territories)).toEqual(["north"]);
    expect(mroutersOf(0xc6336401, territories)).toEqual([]);
  });

  it("become the senders that each kernel shall hold", () => {
    const desired = desiredSenders(
      [
        grant("192.0.2.10", "233.252.0.1", 16),
        grant("192.0.2.200", "233.252.0.2", 63),
        grant("198.51.100.1", "233.252.0.3", 1),
      ],
      territories,
    );
    const ids = Object.fromEntries(Array.from(desired, ([name, senders]) => [name, [...senders.keys()]]));
    expect(ids).toEqual({
      north: ["192.0.2.10>233.252.0.1"],
      south: ["192.0.2.200>233.252.0.2"],
      both: ["192.0.2.10>233.252.0.1", "192.0.2.200>233.252.0.2"],
    });
    expect(desired.get("north")?.get("192.0.2.10>233.252.0.1")).toEqual({
      key: "192.0.2.10>233.252.0.1",
      source: 0xc000020a,
      group: 0xe9fc0001,
      maxTtl: 16,
    });
  });

  it("with an id that is no pair of addresses ask for nothing", () => {
    for (const id of [
      "",
      "192.0.2.1",
      "192.0.2.1>",
      ">233.252.0.1",
      "192.0.2.1>233.252.0.1>x",
      "192.0.2.01>233.252.0.1",
    ])
      expect(sendersOf({ id, maxTtl: 1 })).toEqual([]);
  });
});
