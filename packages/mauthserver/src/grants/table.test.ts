// SPDX-License-Identifier: MIT
import { describe, expect, it } from "vitest";
import { sendersOf } from "./grant.ts";
import { mroutersOf, territoryOf } from "./sender.ts";
import { desiredSenders } from "./table.ts";

const territories = [
  { name: "north", networks: ["192.0.2.0/25", "203.0.113.0/24"] },
  { name: "south", networks: ["192.0.2.128/25"] },
  { name: "both", networks: ["192.0.2.0/24"] },
].map(territoryOf);

function grant(source: string, group: string, maxTtl: number) {
  return { id: `${source}>${group}`, source, group, maxTtl, permittedAt: 0 };
}

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
