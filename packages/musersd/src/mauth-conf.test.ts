// SPDX-License-Identifier: MIT
import { describe, expect, it } from "vitest";
import { address } from "../test/filter-contract.ts";
import { MemoryFilter } from "./filter/memory-filter.ts";
import { applyMauthConf, parseMauthConf } from "./mauth-conf.ts";

function parsed(text: string) {
  const conf = parseMauthConf(text);
  if (!conf.ok) throw new Error(conf.reason);
  return conf.senders;
}

function lines(filter: MemoryFilter): string[] {
  return filter
    .senders()
    .map(({ source, group, maxTtl }) => `${Number(source) & 255} ${Number(group) & 255} ${maxTtl}`);
}

describe("mauth.conf", () => {
  it("reads a line as source, group and maximum TTL, and skips comments and empty lines", () => {
    const text = "# studio\n\n192.0.2.1 233.252.0.1 16\r\n\t192.0.2.2   233.252.0.2\t255  # camera 2\n#";
    expect(parsed(text)).toEqual([
      { source: 0xc0000201, group: 0xe9fc0001, maxTtl: 16, isStatic: true },
      { source: 0xc0000202, group: 0xe9fc0002, maxTtl: 255, isStatic: true },
    ]);
    expect(parsed("")).toEqual([]);
    expect(parsed("2001:db8::1 ff3e::8000:1 16")).toEqual([
      {
        source: address("2001:db8::1"),
        group: address("ff3e::8000:1"),
        maxTtl: 16,
        isStatic: true,
      },
    ]);
  });

  it.each([
    ["192.0.2.1 233.252.0.1", 'line 2: expected "SOURCE GROUP MAX-TTL", found 2 fields'],
    ["192.0.2.1 233.252.0.1 16 17", 'line 2: expected "SOURCE GROUP MAX-TTL", found 4 fields'],
    ["233.252.0.9 233.252.0.1 16", 'line 2: "233.252.0.9" is not a unicast address'],
    ["192.0.2.01 233.252.0.1 16", 'line 2: "192.0.2.01" is not a unicast address'],
    ["192.0.2.1 224.0.0.5 16", 'line 2: "224.0.0.5" is not a multicast address that routers forward'],
    ["fe80::1 ff3e::8000:1 16", 'line 2: "fe80::1" is not a unicast address'],
    ["2001:db8::1 ff02::1 16", 'line 2: "ff02::1" is not a multicast address that routers forward'],
    [
      "192.0.2.1 ff3e::8000:1 16",
      'line 2: "192.0.2.1" and "ff3e::8000:1" are of different families: one is IPv4, the other IPv6',
    ],
    ["192.0.2.1 233.252.0.1 0", 'line 2: "0" is not a TTL of 1 to 255'],
    ["192.0.2.1 233.252.0.1 256", 'line 2: "256" is not a TTL of 1 to 255'],
    ["192.0.2.3 233.252.0.1 9", "line 2: this source and group stand above already"],
  ])("refuses %j and names its line", (line, reason) => {
    expect(parseMauthConf(`192.0.2.3 233.252.0.1 16\n${line}\n`)).toEqual({ ok: false, reason });
  });

  it("is applied by difference: what stays keeps its counters, what left is removed, commands are left alone", () => {
    const filter = new MemoryFilter({ sendersMax: 9 });
    applyMauthConf(filter, parsed("192.0.2.1 233.252.0.1 16\n192.0.2.2 233.252.0.2 16"));
    filter.add({ source: address("192.0.2.3"), group: address("233.252.0.3"), maxTtl: 16 });
    const packet = { source: address("192.0.2.1"), group: address("233.252.0.1"), protocol: 17, ifindex: 1, length: 9 };
    filter.judge({ ...packet, ttl: 1 }, 1);
    const result = applyMauthConf(filter, parsed("192.0.2.1 233.252.0.1 16\n192.0.2.4 233.252.0.4 16"));
    expect(result).toEqual({ added: 1, removed: 1, failed: 0 });
    expect(lines(filter)).toEqual(["1 1 16", "3 3 16", "4 4 16"]);
    expect(filter.find(packet.source, packet.group)?.packets).toBe(1);
  });

  it("says how many senders the filter refused", () => {
    const filter = new MemoryFilter({ sendersMax: 1 });
    const result = applyMauthConf(filter, parsed("192.0.2.1 233.252.0.1 16\n192.0.2.2 233.252.0.2 16"));
    expect(result).toEqual({ added: 1, removed: 0, failed: 1 });
  });
});
