// SPDX-License-Identifier: MIT
import { describe, expect, it } from "vitest";
import {
  formatIpv4,
  isLinkLocalMulticast,
  isMulticast,
  isSenderGroup,
  isUnicastSource,
  parseIpv4,
  parseIpv4Prefix,
  prefixContains,
} from "./ipv4.ts";

describe("IPv4 addresses", () => {
  it.each([
    ["0.0.0.0", 0],
    ["192.0.2.1", 0xc0000201],
    ["233.252.0.1", 0xe9fc0001],
    ["255.255.255.255", 0xffffffff],
  ])("reads and writes %s", (text, address) => {
    expect(parseIpv4(text)).toBe(address);
    expect(formatIpv4(address)).toBe(text);
  });

  it.each([
    "",
    "1",
    "192.0.2",
    "192.0.2.1.1",
    "192.0.2.256",
    "192.0.2.01",
    "192.0.2.-1",
    "192.0.2.1 ",
    " 192.0.2.1",
    "0xc0.0.2.1",
    "192.0.2.1e0",
    "192..2.1",
    "١٩٢.0.2.1",
    "1".repeat(1_000_000),
  ])("refuses %j", (text) => {
    expect(parseIpv4(text)).toBe(undefined);
  });

  it.each([
    // address, multicast, link-local multicast, may be a source, may be a group
    ["0.0.0.0", false, false, false, false],
    ["0.255.255.255", false, false, false, false],
    ["1.0.0.0", false, false, true, false],
    ["126.255.255.255", false, false, true, false],
    ["127.0.0.1", false, false, false, false],
    ["128.0.0.0", false, false, true, false],
    ["223.255.255.255", false, false, true, false],
    ["224.0.0.0", true, true, false, false],
    ["224.0.0.255", true, true, false, false],
    ["224.0.1.0", true, false, false, true],
    ["239.255.255.255", true, false, false, true],
    ["240.0.0.0", false, false, false, false],
    ["255.255.255.255", false, false, false, false],
  ] as const)("classifies %s", (text, multicast, linkLocal, source, group) => {
    const address = parseIpv4(text) ?? Number.NaN;
    expect([isMulticast(address), isLinkLocalMulticast(address)]).toEqual([multicast, linkLocal]);
    expect([isUnicastSource(address), isSenderGroup(address)]).toEqual([source, group]);
  });
});

describe("IPv4 prefixes", () => {
  it.each([
    ["192.0.2.0/24", "192.0.2.255", "192.0.3.0"],
    ["198.51.100.128/25", "198.51.100.200", "198.51.100.127"],
    ["203.0.113.7/32", "203.0.113.7", "203.0.113.6"],
    ["128.0.0.0/1", "255.0.0.1", "127.255.255.255"],
  ])("%s contains %s and not %s", (text, inside, outside) => {
    const prefix = parseIpv4Prefix(text);
    if (prefix === undefined) throw new Error("not parsed");
    expect(prefixContains(prefix, parseIpv4(inside) ?? 0)).toBe(true);
    expect(prefixContains(prefix, parseIpv4(outside) ?? 0)).toBe(false);
  });

  it("0.0.0.0/0 contains everything", () => {
    const prefix = parseIpv4Prefix("0.0.0.0/0");
    if (prefix === undefined) throw new Error("not parsed");
    for (const address of [0, 0x7fffffff, 0x80000000, 0xffffffff]) expect(prefixContains(prefix, address)).toBe(true);
  });

  it.each([
    "192.0.2.0",
    "192.0.2.0/",
    "192.0.2.0/33",
    "192.0.2.0/024",
    "192.0.2.1/24",
    "192.0.2.0/24/24",
    "/24",
    "0.0.0.1/0",
  ])("refuses %j", (text) => {
    expect(parseIpv4Prefix(text)).toBe(undefined);
  });
});
