// SPDX-License-Identifier: MIT
import { expect, it } from "vitest";
import { chooseGroup, glopPrefix, sapGroupOf } from "./scopes.ts";

it.each([
  ["224.2.128.1", "224.2.127.254"],
  ["233.252.0.1", "224.2.127.254"],
  ["232.1.1.1", "224.2.127.254"],
  ["239.255.12.42", "239.255.255.255"],
  ["239.192.0.1", "239.195.255.255"],
  ["239.195.255.254", "239.195.255.255"],
  ["239.196.0.1", "239.255.255.255"],
  ["239.69.1.2", "239.255.255.255"],
  ["ff15::1", "ff05::2:7ffe"],
  ["FF0E:0::1", "ff0e::2:7ffe"],
])("[GRP-1] %s is announced on %s", (group, sapGroup) => {
  expect(sapGroupOf(group)).toBe(sapGroup);
});

it("[GRP-1] a zone of the site's own comes first", () => {
  expect(sapGroupOf("239.10.1.1", ["239.10.0.0/16"])).toBe("239.10.255.255");
});

const used = new Set(["233.252.0.0", "233.252.0.1", "225.124.0.2"]); // the last one has the MAC of 233.252.0.2

it("[GRP-2] a chosen group is free, and so is its Ethernet address", () => {
  expect(chooseGroup({ prefix: "233.252.0.0/24", used, random: () => 0 })).toBe("233.252.0.3");
  expect(chooseGroup({ prefix: "233.252.0.0/24", used, random: () => 0.999 })).toBe("233.252.0.255");
  expect(chooseGroup({ prefix: "233.252.0.0/24", used: new Set(["233.252.0.255"]), random: () => 0.999 })).toBe(
    "233.252.0.0",
  );
});

it("[GRP-2] none is chosen where none is free, and none that no router forwards", () => {
  expect(chooseGroup({ prefix: "233.252.0.0/31", used, random: () => 0 })).toBeUndefined();
  expect(chooseGroup({ prefix: "224.0.0.0/24", used: new Set(), random: () => 0 })).toBeUndefined();
  expect(chooseGroup({ prefix: "192.0.2.0/24", used: new Set(), random: () => 0 })).toBeUndefined();
  expect(chooseGroup({ prefix: "232.0.0.0/23", used: new Set(), random: () => 0 })).toBe("232.0.1.0");
  expect(chooseGroup({ prefix: "239.255.255.255/32", used: new Set(), random: () => 0 })).toBeUndefined();
});

it("[GRP-2] the GLOP block of AS 5662 is 233.22.30.0/24", () => {
  expect(glopPrefix(5662)).toBe("233.22.30.0/24"); // the example of RFC 3180 §2
});
