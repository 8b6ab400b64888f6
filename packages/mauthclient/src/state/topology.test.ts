// SPDX-License-Identifier: MIT
import { expect, it } from "vitest";
import { denied, mrouter, sender } from "../../test/samples.ts";
import { GROUPS_MAX, layoutTopology } from "./topology.ts";

function byId<Item extends { readonly id: string }>(...items: readonly Item[]): ReadonlyMap<string, Item> {
  return new Map(items.map((one) => [one.id, one]));
}

function many(count: number) {
  return byId(
    ...Array.from({ length: count }, (_, at) =>
      mrouter({ id: `edge-${at + 1}`, name: `edge-${at + 1}`, networks: [`10.${at}.0.0/16`] }),
    ),
  );
}

it("draws networks, mrouters and groups, and lines with what became of the packets", () => {
  const data = {
    mrouter: byId(mrouter()),
    sender: byId(sender()),
    denied: byId(denied({ group: "233.252.0.9" }), denied()),
  };
  const { layers, nodes, links } = layoutTopology(data);
  expect(layers).toEqual(["network", "mrouter", "group"]);
  expect(nodes.map((node) => [node.label, node.permitted, node.refused])).toEqual([
    ["edge-1", 1, 2],
    ["192.0.2.0/24", 1, 2],
    ["233.252.0.1", 1, 1],
    ["233.252.0.9", 0, 1],
  ]);
  expect(links).toEqual([
    { from: "n|edge-1|192.0.2.0/24", to: "m|edge-1", tone: "permitted" },
    { from: "m|edge-1", to: "g|233.252.0.1", tone: "permitted" },
    { from: "m|edge-1", to: "g|233.252.0.9", tone: "refused" },
  ]);
});

it("draws the sources of one mrouter one by one", () => {
  const data = {
    mrouter: many(2),
    sender: byId(sender({ source: "10.0.0.7", mrouter: "edge-1" })),
    denied: byId<never>(),
  };
  const { nodes, links } = layoutTopology(data, "edge-1");
  expect(nodes.map((node) => node.label).sort()).toEqual(["10.0.0.0/16", "10.0.0.7", "233.252.0.1", "edge-1"]);
  expect(links.map((link) => `${link.from} ${link.to}`)).toEqual([
    "n|edge-1|10.0.0.0/16 s|10.0.0.7",
    "s|10.0.0.7 m|edge-1",
    "m|edge-1 g|233.252.0.1",
  ]);
});

it("gives each of 50 mrouters a row of its own, in the order of their numbers", () => {
  const { nodes, rows } = layoutTopology({ mrouter: many(50), sender: byId<never>(), denied: byId<never>() });
  const mrouters = nodes.filter((node) => node.layer === "mrouter").sort((a, b) => a.row - b.row);
  expect(rows).toBe(50);
  expect(mrouters.map((node) => node.label).slice(0, 3)).toEqual(["edge-1", "edge-2", "edge-3"]);
  expect(new Set(mrouters.map((node) => node.row)).size).toBe(50);
});

it("leaves out the least busy groups and says how many", () => {
  const senders = Array.from({ length: GROUPS_MAX + 5 }, (_, at) => sender({ group: `233.252.0.${at + 1}` }));
  const { nodes, hidden } = layoutTopology({
    mrouter: byId(mrouter()),
    sender: byId(...senders),
    denied: byId<never>(),
  });
  expect(nodes.filter((node) => node.layer === "group")).toHaveLength(GROUPS_MAX);
  expect(hidden).toBe(5);
});
