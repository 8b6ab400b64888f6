// SPDX-License-Identifier: MIT
import { describe, expect, it } from "vitest";
import { formatLimits, formatName, readChange } from "./sender-change.ts";

const PLAIN = { command: "add", source: 0xc000020b, group: 0xe9fc0001, maxTtl: 16 };
const OPERANDS = ["192.0.2.11", "233.252.0.1", "16"];

describe("the operands and options of add", () => {
  it("name a sender", () => {
    expect(readChange("add", OPERANDS, {})).toEqual(PLAIN);
    expect(readChange("remove", OPERANDS.slice(0, 2), {})).toEqual({ ...PLAIN, command: "remove", maxTtl: 1 });
  });

  it("name any source and a group prefix", () => {
    const change = readChange("add", ["any", "233.252.0.0/24", "4"], {});
    expect(change).toEqual({ command: "add", source: 0, group: 0xe9fc0000, groupLength: 24, maxTtl: 4 });
    expect(formatName(change)).toEqual(["any", "233.252.0.0/24"]);
    expect(readChange("add", ["192.0.2.11", "233.252.0.1/32", "16"], {})).toEqual(PLAIN);
  });

  it("name a sender of IPv6", () => {
    const sender = { source: 0x20010db8_00000000_00000000_0000000bn, group: 0xff3e0000_00000000_00000000_80000001n };
    const change = readChange("add", ["2001:db8::b", "ff3e::8000:1", "16"], {});
    expect(change).toEqual({ command: "add", ...sender, maxTtl: 16 });
    expect(formatName(change)).toEqual(["2001:db8::b", "ff3e::8000:1"]);
    const wildcard = readChange("add", ["any", "ff05::/16", "16"], { expires: "90s" });
    expect(wildcard).toMatchObject({ source: 0n, groupLength: 16, leaseSeconds: 90 });
    expect(formatName(wildcard)).toEqual(["any", "ff05::/16"]);
    expect(readChange("add", ["2001:db8::b", "ff3e::8000:1/128", "16"], {})).toEqual(change);
  });

  it.each([
    [{ rate: "1250000" }, { rateBytesPerSecond: 1_250_000, burstBytes: 125_000 }],
    [
      { rate: "10Mbit", burst: "3k" },
      { rateBytesPerSecond: 1_250_000, burstBytes: 3000 },
    ],
    [{ rate: "1.5k" }, { rateBytesPerSecond: 1500, burstBytes: 15_000 }],
    [{ expires: "90s" }, { leaseSeconds: 90 }],
    [{ expires: "7d" }, { leaseSeconds: 604_800 }],
    [{ interface: "lan0" }, { interface: "lan0" }],
    [{ mac: "00-00-5E-00-53-01" }, { mac: "00:00:5e:00:53:01" }],
  ])("%j limit it", (options, limits) => {
    expect(readChange("add", OPERANDS, options)).toEqual({ ...PLAIN, ...limits });
  });

  it.each([
    [OPERANDS, { rate: "fast" }, '--rate: "fast" is not an amount of bytes such as 1250k or 10Mbit'],
    [OPERANDS, { rate: "0" }, '--rate: "0" is not'],
    [OPERANDS, { rate: "5G" }, '--rate: "5G" is not'],
    [OPERANDS, { burst: "5k" }, "--burst needs --rate"],
    [OPERANDS, { expires: "soon" }, '--expires: "soon" is not a time from now'],
    [OPERANDS, { expires: "195d" }, "at most 194d"],
    [OPERANDS, { mac: "53:01" }, '--mac: "53:01" is not a link-layer address'],
    [OPERANDS, { interface: "a/b" }, '--interface: "a/b" is not an interface name'],
    [["0.0.0.0", "233.252.0.1", "16"], {}, "the source is not a unicast address"],
    [["any", "192.0.2.1", "16"], {}, "the group is not a multicast address"],
    [["any", "233.252.0.1/24", "16"], {}, "the group is not a multicast address"],
    [["any", "233.252.0.0/33", "16"], {}, '"33" is not a prefix length of 4 to 32'],
    [["any", "224.0.0.0/24", "16"], {}, "the group is not a multicast address that routers forward"],
    [["2001:db8::b", "233.252.0.1", "16"], {}, "2001:db8::b and 233.252.0.1 are of different families"],
    [["fe80::b", "ff3e::8000:1", "16"], {}, "the source is not a unicast address"],
    [["2001:db8::b", "ff02::1", "16"], {}, "the group is not a multicast address that routers forward"],
    [["any", "ff3e::/129", "16"], {}, '"129" is not a prefix length of 8 to 128'],
    [["::", "ff3e::8000:1", "16"], {}, "the source is not a unicast address"],
    [["192.0.2.11", "233.252.0.1", "0"], {}, "the maximum TTL must be 1 to 255"],
  ])("%j %j are answered with one sentence", (operands, options, sentence) => {
    expect(() => readChange("add", operands, options)).toThrow(sentence);
  });

  it("are refused for remove", () => {
    expect(() => readChange("remove", OPERANDS.slice(0, 2), { rate: "1M" })).toThrow("remove takes no limits");
  });

  it("are printed for a person", () => {
    const options = { rate: "10Mbit", burst: "3k", expires: "90s", interface: "lan0", mac: "00:00:5e:00:53:01" };
    expect(formatLimits(readChange("add", OPERANDS, options))).toBe(
      "for 90 s, 1250000 B/s, burst 3000 B, on lan0, from 00:00:5e:00:53:01",
    );
    expect(formatLimits(readChange("add", OPERANDS, {}))).toBe("");
  });
});
