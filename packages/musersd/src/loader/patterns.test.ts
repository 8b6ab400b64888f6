// SPDX-License-Identifier: MIT
import { expect, it } from "vitest";
import { isEverywhere, isPattern, matchesAny } from "./patterns.ts";

it.each([
  [["lan0"], "lan0", true],
  [["lan0"], "lan01", false],
  [["vlan*"], "vlan", true],
  [["vlan*"], "vlan120", true],
  [["vlan*"], "xvlan1", false],
  [["eth0.?"], "eth0.1", true],
  [["eth0.?"], "eth0x1", false],
  [["eth0.?"], "eth0.12", false],
  [["lan0", "br*"], "br-lab", true],
  [[], "lan0", false],
])("patterns %j match %s: %s", (patterns, name, expected) => {
  expect(matchesAny(patterns, name)).toBe(expected);
});

it("tells a pattern from a name", () => {
  expect(["lan0", "eth0.12", "vlan*", "lan?"].map(isPattern)).toEqual([false, false, true, true]);
});

it.each([
  [["lan0", "lan1"], ["lan0", "lan1"], true],
  [["lan0", "lan1"], ["lan0"], false],
  [["lan0", "vlan*"], ["lan0"], true],
  [["lan0", "vlan*"], ["vlan3"], false],
  [["vlan*"], ["vlan3"], true],
  [["vlan*"], [], false],
])("of the configured %j, %j are everywhere: %j", (configured, names, expected) => {
  expect(isEverywhere(configured, names)).toBe(expected);
});
