// SPDX-License-Identifier: MIT
import { afterEach, describe, expect, it } from "vitest";
import type { Reason, Sender } from "../src/filter/filter.ts";
import { address } from "./filter-contract.ts";
import type { Subject } from "./filter-contract.ts";

const SENDERS_MAX = 64;
const SOURCE = "2001:db8::1";
const OTHER = "2001:db8::2";
const GROUP = "ff3e::8000:1";
const SAP = "ff05::2:7ffe";
const MAC = "00:00:5e:00:53:01";
const FRAME_LENGTH_BYTES = 60;

type Overrides = Partial<Omit<Sender, "source" | "group">> & { source?: string; group?: string };

function sender(overrides: Overrides = {}): Sender {
  const { source = SOURCE, group = GROUP, maxTtl = 16, ...limits } = overrides;
  return { source: address(source), group: address(group), maxTtl, ...limits };
}

/** What every implementation of Filter must do with IPv6 beyond the rules of both families; run by each of them. */
export function describeIpv6FilterContract(name: string, open: (sendersMax: number) => Subject): void {
  describe(`filter contract of IPv6: ${name}`, () => {
    let subject: Subject;
    const start = (): Subject => (subject = open(SENDERS_MAX));
    afterEach(() => subject.close());

    it("passes a registered sender up to its maximum hop limit, and no hop above", () => {
      const { filter, judge } = start();
      expect(judge({ source: SOURCE, group: GROUP })).toBe("drop");
      expect(filter.add(sender({ maxTtl: 16 }))).toBeUndefined();
      expect(judge({ source: SOURCE, group: GROUP, ttl: 16 })).toBe("pass");
      expect(judge({ source: SOURCE, group: GROUP, ttl: 17 })).toBe("drop");
      expect(judge({ source: OTHER, group: GROUP, ttl: 16 })).toBe("drop");
      expect(judge({ source: SOURCE, group: "ff3e::8000:2", ttl: 16 })).toBe("drop");
    });

    it("compares every bit of source and group", () => {
      const { filter, judge } = start();
      filter.add(sender());
      for (const source of ["2001:db8:0:1::1", "2001:db8:8000::1", "2001:db8::1:0:0:1", "2001:db9::1"])
        expect(judge({ source, group: GROUP }), source).toBe("drop");
      for (const group of ["ff35::8000:1", "ff3e:8000::8000:1", "ff3e::1:0:8000:1", "ff3e::1:8000:1"])
        expect(judge({ source: SOURCE, group }), group).toBe("drop");
      expect(judge({ source: SOURCE, group: GROUP })).toBe("pass");
    });

    it("keeps the counters when a sender is added again, and forgets them when it is removed", () => {
      const { filter, judge } = start();
      filter.add(sender({ maxTtl: 16 }));
      judge({ source: SOURCE, group: GROUP, ttl: 1 });
      filter.add(sender({ maxTtl: 8 }));
      judge({ source: SOURCE, group: GROUP, ttl: 9 });
      expect(filter.find(address(SOURCE), address(GROUP))).toMatchObject({
        source: address(SOURCE),
        group: address(GROUP),
        maxTtl: 8,
        packets: 1,
        bytes: FRAME_LENGTH_BYTES,
        refusedPackets: 1,
      });
      expect(filter.remove(address(SOURCE), address(GROUP))).toBeUndefined();
      expect(filter.remove(address(SOURCE), address(GROUP))).toBeUndefined();
      expect(filter.find(address(SOURCE), address(GROUP))).toBeUndefined();
      expect(judge({ source: SOURCE, group: GROUP, ttl: 1 })).toBe("drop");
    });

    it("holds senders of both families side by side", () => {
      const { filter, judge } = start();
      const both = [sender(), sender({ source: "192.0.2.1", group: "233.252.0.1" })];
      expect(filter.addMany(both)).toEqual([undefined, undefined]);
      expect(new Set(filter.senders().map(({ source }) => source))).toEqual(
        new Set([address(SOURCE), address("192.0.2.1")]),
      );
      expect(judge({ source: SOURCE, group: GROUP })).toBe("pass");
      expect(judge({ source: "192.0.2.1", group: "233.252.0.1" })).toBe("pass");
    });

    it("does not take an IPv4-mapped address for the IPv4 sender", () => {
      const { filter, judge } = start();
      filter.add(sender({ source: "192.0.2.1", group: "233.252.0.1" }));
      expect(judge({ source: "::ffff:192.0.2.1", group: "ff1e::e9fc:1" })).toBe("drop");
    });

    it("refuses a source and a group of different families", () => {
      const { filter } = start();
      expect(filter.add(sender({ source: "192.0.2.1" }))).toBe("bad-group");
      expect(filter.add(sender({ group: "233.252.0.1" }))).toBe("bad-group");
      expect(filter.senders()).toEqual([]);
    });

    it("passes groups that no router forwards: of scope 0 to 2, whatever their flags", () => {
      const { judge } = start();
      for (const group of ["ff02::1", "ff02::16", "ff02::1:ff00:1", "ff01::1", "ff12::1", "ff32::8000:1", "ff00::1"])
        expect(judge({ source: SOURCE, group, ttl: 255 }), group).toBe("pass");
      for (const group of ["ff03::1", "ff04::1", "ff05::1", "ff08::1", "ff0e::1", "ff0f::1", "ff13::1", "fff3::1"])
        expect(judge({ source: SOURCE, group, ttl: 1 }), group).toBe("drop");
    });

    it("passes unicast", () => {
      const { filter, judge } = start();
      for (const group of ["2001:db8::9", "fe80::1", "fd00::1", "feff::1"])
        expect(judge({ source: SOURCE, group }), group).toBe("pass");
      expect(filter.denied()).toEqual([]);
    });

    it("drops unicast PIM except from listed neighbours", () => {
      const { filter, judge } = start();
      filter.setPimNeighbours([address("192.0.2.9"), address("2001:db8::9")]);
      expect(judge({ source: SOURCE, group: "2001:db8:ffff::1", protocol: 103 })).toBe("drop");
      expect(judge({ source: "2001:db8::9", group: "2001:db8:ffff::1", protocol: 103 })).toBe("pass");
      expect(filter.denied()).toMatchObject([
        { reason: "REGISTER", source: address(SOURCE), group: address("2001:db8:ffff::1") },
      ]);
      filter.setPimNeighbours([address("192.0.2.9")]);
      expect(judge({ source: "2001:db8::9", group: "2001:db8:ffff::1", protocol: 103 })).toBe("drop");
    });

    it("delivers an observed group locally, unless its sender is registered", () => {
      const { filter, judge } = start();
      filter.setObserved([address("239.255.255.255"), address(SAP), address("ff0e::2:7ffe")]);
      expect(judge({ source: OTHER, group: SAP, ttl: 255 })).toBe("deliver");
      expect(judge({ source: OTHER, group: "ff08::2:7ffe", ttl: 255 })).toBe("drop");
      filter.add(sender({ group: SAP, maxTtl: 15 }));
      expect(judge({ source: SOURCE, group: SAP, ttl: 15 })).toBe("pass");
      expect(judge({ source: SOURCE, group: SAP, ttl: 16 })).toBe("drop");
      filter.setObserved([address("239.255.255.255")]);
      expect(judge({ source: OTHER, group: SAP, ttl: 255 })).toBe("drop");
      expect(judge({ source: "192.0.2.1", group: "239.255.255.255", ttl: 255 })).toBe("deliver");
    });

    it("lists refused (S,G)s with counts, last reason and last hop limit", () => {
      const { filter, judge } = start();
      judge({ source: SOURCE, group: GROUP, ttl: 7 });
      judge({ source: SOURCE, group: GROUP, ttl: 9 });
      judge({ source: "192.0.2.1", group: "233.252.0.1" });
      const rows = filter.denied().filter(({ source }) => source === address(SOURCE));
      expect(rows).toMatchObject([
        { group: address(GROUP), reason: "UNKNOWN", ttl: 9, packets: 2, bytes: 2 * FRAME_LENGTH_BYTES },
      ]);
      expect(rows[0]?.lastMs).toBeGreaterThanOrEqual(rows[0]?.firstMs ?? Number.NaN);
      expect(filter.denied()).toHaveLength(2);
    });

    it("knows the limits of a sender: expiry, rate, interface and link-layer address", () => {
      const { filter, judge, nowMs } = start();
      const limits = { rateBytesPerSecond: 1, burstBytes: FRAME_LENGTH_BYTES, interface: "lan0", mac: MAC };
      filter.add(sender({ ...limits, expiresMs: nowMs() + 60_000 }));
      expect(filter.find(address(SOURCE), address(GROUP))).toMatchObject(limits);
      expect(judge({ source: SOURCE, group: GROUP, interface: "tun0" })).toBe("drop");
      expect(judge({ source: SOURCE, group: GROUP, mac: "00:00:5e:00:53:02" })).toBe("drop");
      // A row for each ifindex, which may be the same for all interfaces of the contract.
      const refused = (): number => filter.denied().reduce((packets, row) => packets + row.packets, 0);
      const reasons = (): Reason[] => filter.denied().map(({ reason }) => reason);
      expect(new Set(reasons())).toEqual(new Set(["SPOOF"]));
      expect(refused()).toBe(2);
      expect(judge({ source: SOURCE, group: GROUP, mac: MAC })).toBe("pass");
      expect(judge({ source: SOURCE, group: GROUP, mac: MAC })).toBe("drop");
      expect(reasons()).toContain("RATE");
      expect(refused()).toBe(3);
      filter.add(sender({ ...limits, expiresMs: nowMs() - 10 }));
      expect(judge({ source: SOURCE, group: GROUP, mac: MAC })).toBe("drop");
      expect(reasons()).toContain("EXPIRED");
      expect(refused()).toBe(4);
    });

    it("lets any source send to a group, and one source to any group", () => {
      const { filter, judge } = start();
      filter.add(sender({ source: "::" }));
      filter.add(sender({ source: "2001:db8::7", group: "ff00::", groupLength: 8 }));
      expect(judge({ source: "2001:db8::99", group: GROUP })).toBe("pass");
      expect(judge({ source: "2001:db8::99", group: "ff3e::8000:2" })).toBe("drop");
      expect(judge({ source: "2001:db8::7", group: "ff0e::1234" })).toBe("pass");
      expect(filter.remove(0n, address(GROUP))).toBeUndefined();
      expect(judge({ source: "2001:db8::99", group: GROUP })).toBe("drop");
      filter.remove(address("2001:db8::7"), address("ff00::"), 8);
      expect(judge({ source: "2001:db8::7", group: "ff0e::1234" })).toBe("drop");
      expect(filter.senders()).toEqual([]);
    });

    it("keeps wildcards of one family from the other", () => {
      const { filter, judge } = start();
      filter.add(sender({ source: "0.0.0.0", group: "224.0.0.0", groupLength: 4 }));
      expect(judge({ source: SOURCE, group: GROUP })).toBe("drop");
      filter.add(sender({ source: "::", group: "ff00::", groupLength: 8 }));
      filter.remove(0, address("224.0.0.0"), 4);
      expect(judge({ source: SOURCE, group: GROUP })).toBe("pass");
      expect(judge({ source: "192.0.2.1", group: "233.252.0.1" })).toBe("drop");
    });

    it("lets the most specific sender decide alone, and lists each with its length and counters", () => {
      const { filter, judge } = start();
      const lengths = [8, 16, 100, 127];
      filter.add(sender({ source: "::", maxTtl: 1 }));
      for (const [index, groupLength] of lengths.entries())
        filter.add(sender({ group: prefixOf(GROUP, groupLength), groupLength, maxTtl: 2 + index }));
      filter.add(sender({ maxTtl: 9 }));
      const isAtMost = (ttl: number): boolean =>
        judge({ source: SOURCE, group: GROUP, ttl }) === "pass" &&
        judge({ source: SOURCE, group: GROUP, ttl: ttl + 1 }) === "drop";
      expect(isAtMost(9)).toBe(true);
      filter.remove(address(SOURCE), address(GROUP));
      for (const [index, groupLength] of [...lengths.entries()].reverse()) {
        expect(isAtMost(2 + index), `/${groupLength}`).toBe(true);
        const row = filter.find(address(SOURCE), address(prefixOf(GROUP, groupLength)), groupLength);
        expect(row).toMatchObject({ groupLength, packets: 1, refusedPackets: 1 });
        filter.remove(address(SOURCE), address(prefixOf(GROUP, groupLength)), groupLength);
      }
      expect(isAtMost(1)).toBe(true);
      expect(filter.senders()).toMatchObject([{ source: 0n, group: address(GROUP), packets: 1 }]);
    });

    it("refuses one sender more than it may hold, beside full IPv4", () => {
      const { filter } = start();
      for (let index = 0; index < SENDERS_MAX; index++) {
        expect(filter.add(sender({ source: "192.0.2.1", group: `233.252.0.${index}` }))).toBeUndefined();
        expect(filter.add(sender({ group: `ff3e::8000:${index.toString(16)}` }))).toBeUndefined();
      }
      expect(filter.add(sender({ group: "ff3e::8000:ffff" }))).toBe("full");
      expect(filter.add(sender({ group: "ff3e::8000:0", maxTtl: 3 }))).toBeUndefined();
    });

    it("registers many as one after the other, keeps counters, and tells each one's own error", () => {
      const { filter, judge } = start();
      filter.add(sender({ maxTtl: 16 }));
      judge({ source: SOURCE, group: GROUP, ttl: 1 });
      const many = Array.from({ length: SENDERS_MAX + 2 }, (_, index) =>
        sender({ group: `ff3e::9000:${index.toString(16)}` }),
      );
      const results = filter.addMany([sender({ maxTtl: 9 }), ...many, sender({ maxTtl: 8 })]);
      expect(results.filter((result) => result === "full")).toHaveLength(3);
      expect(filter.find(address(SOURCE), address(GROUP))).toMatchObject({ maxTtl: 8, packets: 1 });
      expect(filter.senders()).toHaveLength(SENDERS_MAX);
    });

    it("counts apart what it would drop on a monitored interface, and passes it", () => {
      const { filter, judge } = start();
      filter.setObserved([address(SAP)]);
      filter.add(sender({ maxTtl: 4 }));
      expect(judge({ source: SOURCE, group: GROUP, ttl: 5, interface: "lan1" })).toBe("pass");
      expect(judge({ source: OTHER, group: GROUP, interface: "lan1" })).toBe("pass");
      expect(judge({ source: OTHER, group: SAP, interface: "lan1" })).toBe("pass");
      expect(judge({ source: OTHER, group: "2001:db8::9", protocol: 103, interface: "lan1" })).toBe("pass");
      const monitored = filter.counts().filter((count) => count.monitoredPackets === 1);
      expect(monitored.map(({ reason }) => reason)).toEqual(["OBSERVED", "UNKNOWN", "TTL", "REGISTER"]);
      expect(filter.denied().every(({ isMonitored }) => isMonitored)).toBe(true);
    });
  });
}

/** The group with the bits beyond the length cleared, by hand for the lengths used here. */
function prefixOf(group: string, length: number): string {
  if (length === 8) return "ff00::";
  if (length === 16) return "ff3e::";
  // ff3e::8000:1 ends in ...8000 0001: 100 bits reach into 8000, whose 12 last bits go; 127 bits all but the last one.
  return length === 100 || length === 127 ? "ff3e::8000:0" : group;
}
