// SPDX-License-Identifier: MIT
import { describe, expect, it } from "vitest";
import {
  compareAddresses,
  formatAddress,
  formatAddressPrefix,
  isAnySource,
  isGroupAddress,
  isMulticastAddress,
  isSourceAddress,
  parseAddress,
  parseAddressPrefix,
  prefixContainsAddress,
} from "./address.ts";
import { readIpv6, writeIpv6 } from "./ipv6.ts";

describe("addresses of both families", () => {
  it.each([
    ["192.0.2.1", 0xc0000201],
    ["2001:db8::1", 0x20010db8000000000000000000000001n],
    ["ff3e::8000:1", 0xff3e0000000000000000000080000001n],
    ["::", 0n],
    ["ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", 0xffffffffffffffffffffffffffffffffn],
  ])("reads and writes %s", (text, address) => {
    expect(parseAddress(text)).toBe(address);
    expect(formatAddress(address)).toBe(text);
  });

  it.each([
    // address, multicast, may be a source, may be a group: RFC 4291 §2.5, §2.7
    ["::", false, false, false],
    ["::1", false, false, false],
    ["::ffff:192.0.2.1", false, false, false],
    ["fe80::1", false, false, false],
    ["febf:ffff::1", false, false, false],
    ["fec0::1", false, true, false],
    ["fd00::1", false, true, false],
    ["2001:db8::1", false, true, false],
    ["feff::", false, true, false],
    ["ff00::1", true, false, false],
    ["ff01::1", true, false, false],
    ["ff02::1", true, false, false],
    ["ff12::1", true, false, false],
    ["ff03::1", true, false, true],
    ["ff05::abcd", true, false, true],
    ["ff0e::1", true, false, true],
    ["ff3e::8000:1", true, false, true],
    ["233.252.0.1", true, false, true],
    ["192.0.2.1", false, true, false],
  ] as const)("classifies %s", (text, multicast, source, group) => {
    const address = parseAddress(text) ?? Number.NaN;
    expect([isMulticastAddress(address), isSourceAddress(address), isGroupAddress(address)]).toEqual([
      multicast,
      source,
      group,
    ]);
  });

  it("are written with the most significant byte first", () => {
    const bytes = new Uint8Array(17);
    writeIpv6(new DataView(bytes.buffer), 1, 0xff050000000000000000000000abcd01n);
    expect(Buffer.from(bytes).toString("hex")).toBe("00ff050000000000000000000000abcd01");
    expect(readIpv6(new DataView(bytes.buffer), 1)).toBe(0xff050000000000000000000000abcd01n);
  });

  it("0.0.0.0 and :: stand for any source", () => {
    expect([0, 0n, 1, 1n].map(isAnySource)).toEqual([true, true, false, false]);
  });

  it("are ordered IPv4 first, then by value", () => {
    const texts = ["ff05::2", "10.0.0.1", "ff05::1", "9.0.0.1"];
    const sorted = texts.map((text) => parseAddress(text) ?? 0).toSorted(compareAddresses);
    expect(sorted.map(formatAddress)).toEqual(["9.0.0.1", "10.0.0.1", "ff05::1", "ff05::2"]);
  });
});

describe("prefixes of both families", () => {
  it.each([
    ["192.0.2.0/24", "192.0.2.255", "192.0.3.0"],
    ["2001:db8::/32", "2001:db8:ffff::1", "2001:db9::"],
    ["2001:db8::7/128", "2001:db8::7", "2001:db8::6"],
    ["8000::/1", "ffff::1", "7fff::"],
    ["::/0", "2001:db8::1", "192.0.2.1"],
    ["0.0.0.0/0", "192.0.2.1", "::c000:201"],
  ])("%s contains %s and not %s", (text, inside, outside) => {
    const prefix = parseAddressPrefix(text) ?? { network: 0, length: 32 };
    expect(formatAddressPrefix(prefix)).toBe(text);
    expect(prefixContainsAddress(prefix, parseAddress(inside) ?? 0)).toBe(true);
    expect(prefixContainsAddress(prefix, parseAddress(outside) ?? 0)).toBe(false);
  });

  it.each([
    "",
    "/",
    "::",
    "::/129",
    "2001:db8::1/64",
    "::/0/0",
    "::/00",
    "192.0.2.0/33",
    "192.0.2.1/24",
    "::1%lan0/64",
  ])("refuses %j", (text) => {
    expect(parseAddressPrefix(text)).toBe(undefined);
  });
});
