// SPDX-License-Identifier: MIT
import type { Mrouter } from "@mauth/protocol/api";
import { expect, it } from "vitest";
import { mrouter } from "../../test/samples.ts";
import { alarmsOf, countTroubled, isCovered } from "./mrouters.ts";

function mapOf(...list: Mrouter[]): ReadonlyMap<string, Mrouter> {
  return new Map(list.map((one) => [one.id, one]));
}

it("raises no alarm for an mrouter that enforces what was decided", () => {
  expect(alarmsOf(mapOf(mrouter()))).toEqual([]);
});

it("names the mrouters of each alarm, the worst alarm first", () => {
  const all = mapOf(
    mrouter({ id: "d", name: "d", state: "drifted" }),
    mrouter({ id: "o2", name: "o2", state: "offline" }),
    mrouter({ id: "o1", name: "o1", state: "offline" }),
    mrouter({ id: "m", name: "m", filter: "memory", mode: "monitor" }),
    mrouter({ id: "i", name: "i", interfaces: [{ name: "lan0", attached: false }] }),
  );
  expect(alarmsOf(all)).toEqual([
    { kind: "memory", names: ["m"] },
    { kind: "offline", names: ["o1", "o2"] },
    { kind: "monitor", names: ["m"] },
    { kind: "detached", names: ["i"] },
    { kind: "drifted", names: ["d"] },
  ]);
  expect(countTroubled(all)).toBe(5);
});

it("covers a source by the networks of any mrouter", () => {
  const all = mapOf(mrouter(), mrouter({ id: "edge-2", networks: ["198.51.100.0/25"] }));
  expect(["192.0.2.255", "198.51.100.127"].map((source) => isCovered(source, all))).toEqual([true, true]);
  expect(["192.0.3.0", "198.51.100.128", "nonsense"].map((source) => isCovered(source, all))).toEqual([
    false,
    false,
    false,
  ]);
});
