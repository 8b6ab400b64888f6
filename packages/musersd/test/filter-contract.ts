// SPDX-License-Identifier: MIT
import { compareAddresses, parseAddress } from "@mauth/protocol/address";
import type { Address } from "@mauth/protocol/address";
import { parseIpv4 } from "@mauth/protocol/ipv4";
import { afterEach, describe, expect, it } from "vitest";
import type { Attachment, Filter, Reason, Sender } from "../src/filter/filter.ts";

/** A packet as the contract describes it. */
export interface Sent {
  readonly source: string;
  readonly group: string;
  readonly ttl?: number;
  readonly protocol?: number;
  /** The internal interface that receives it, "lan0" when absent; "lan1" is monitored, "tun0" has no link header. */
  readonly interface?: string;
  /** Source of the Ethernet header, zeros when absent. */
  readonly mac?: string;
}

/** The interfaces of the contract, all of which may have the same ifindex one after the other. */
export function attachment(name: string, ifindex: number): Attachment {
  return { name, ifindex, isAttached: true, isMonitored: name === "lan1", hasEthernet: name !== "tun0" };
}

/** A filter under test, and a way to show it packets. */
export interface Subject {
  readonly filter: Filter;
  /** What the filter does with a packet that an internal interface received. */
  readonly judge: (packet: Sent) => "pass" | "deliver" | "drop";
  /** The clock of the filter. */
  readonly nowMs: () => number;
  readonly close: () => void;
}

const SENDERS_MAX = 64;
const SOURCE = "192.0.2.1";
const GROUP = "233.252.0.1";
const MAC = "00:00:5e:00:53:01";
const FRAME_LENGTH_BYTES = 60;

/** Parses an address of a test. */
export function address(text: string): Address {
  const parsed = parseAddress(text);
  if (parsed === undefined) throw new Error(`${text} is no address`);
  return parsed;
}

/** The same for IPv4. */
export function ipv4(text: string): number {
  const parsed = parseIpv4(text);
  if (parsed === undefined) throw new Error(`${text} is no IPv4 address`);
  return parsed;
}

type Overrides = Partial<Omit<Sender, "source" | "group">> & { source?: string; group?: string };

function sender(overrides: Overrides = {}): Sender {
  const { source = SOURCE, group = GROUP, maxTtl = 16, isStatic = false, ...limits } = overrides;
  return { source: address(source), group: address(group), maxTtl, isStatic, ...limits };
}

/** What every implementation of Filter must do; run by each of them. */
export function describeFilterContract(name: string, open: (sendersMax: number) => Subject): void {
  describe(`filter contract: ${name}`, () => {
    let subject: Subject;
    const start = (): Subject => (subject = open(SENDERS_MAX));
    afterEach(() => subject.close());

    it("starts without senders and drops an unknown one", () => {
      const { filter, judge } = start();
      expect(filter.senders()).toEqual([]);
      expect(judge({ source: SOURCE, group: GROUP })).toBe("drop");
    });

    it("passes a registered sender up to its maximum TTL, and no hop above", () => {
      const { filter, judge } = start();
      expect(filter.add(sender({ maxTtl: 16 }))).toBeUndefined();
      expect(judge({ source: SOURCE, group: GROUP, ttl: 16 })).toBe("pass");
      expect(judge({ source: SOURCE, group: GROUP, ttl: 17 })).toBe("drop");
      expect(judge({ source: "192.0.2.2", group: GROUP, ttl: 16 })).toBe("drop");
      expect(judge({ source: SOURCE, group: "233.252.0.2", ttl: 16 })).toBe("drop");
    });

    it("replaces the maximum TTL when a sender is added again, and keeps its counters", () => {
      const { filter, judge } = start();
      filter.add(sender({ maxTtl: 16 }));
      judge({ source: SOURCE, group: GROUP, ttl: 1 });
      filter.add(sender({ maxTtl: 8 }));
      expect(judge({ source: SOURCE, group: GROUP, ttl: 9 })).toBe("drop");
      expect(filter.find(address(SOURCE), address(GROUP))).toMatchObject({ maxTtl: 8, packets: 1, refusedPackets: 1 });
    });

    it("drops a removed sender, and removing an absent one is no error", () => {
      const { filter, judge } = start();
      filter.add(sender());
      expect(filter.remove(address(SOURCE), address(GROUP))).toBeUndefined();
      expect(filter.remove(address(SOURCE), address(GROUP))).toBeUndefined();
      expect(judge({ source: SOURCE, group: GROUP })).toBe("drop");
      expect(filter.find(address(SOURCE), address(GROUP))).toBeUndefined();
    });

    it("counts what it passes and refuses for each sender", () => {
      const { filter, judge } = start();
      filter.add(sender({ maxTtl: 4 }));
      for (let ttl = 1; ttl <= 6; ttl++) judge({ source: SOURCE, group: GROUP, ttl });
      const row = filter.find(address(SOURCE), address(GROUP));
      expect(row).toMatchObject({ packets: 4, bytes: 4 * FRAME_LENGTH_BYTES, refusedPackets: 2 });
      expect(row?.lastMs).toBeGreaterThan(0);
    });

    it("lists refused (S,G)s with counts, last reason and last TTL", () => {
      const { filter, judge } = start();
      filter.add(sender({ maxTtl: 4 }));
      judge({ source: SOURCE, group: GROUP, ttl: 5 });
      judge({ source: "192.0.2.66", group: GROUP, ttl: 7 });
      judge({ source: "192.0.2.66", group: GROUP, ttl: 9 });
      const rows = filter.denied().sort((a, b) => compareAddresses(a.source, b.source));
      expect(rows).toMatchObject([
        { source: address(SOURCE), group: address(GROUP), reason: "TTL", ttl: 5, packets: 1 },
        { source: address("192.0.2.66"), reason: "UNKNOWN", ttl: 9, packets: 2, bytes: 2 * FRAME_LENGTH_BYTES },
      ]);
      expect(rows[1]?.lastMs).toBeGreaterThanOrEqual(rows[1]?.firstMs ?? Number.NaN);
    });

    it("delivers an observed group locally, unless its sender is registered", () => {
      const { filter, judge } = start();
      filter.setObserved([address("224.2.127.254"), address("239.255.255.255")]);
      expect(judge({ source: SOURCE, group: "239.255.255.255", ttl: 255 })).toBe("deliver");
      filter.add(sender({ group: "239.255.255.255", maxTtl: 15 }));
      expect(judge({ source: SOURCE, group: "239.255.255.255", ttl: 15 })).toBe("pass");
      expect(judge({ source: SOURCE, group: "239.255.255.255", ttl: 16 })).toBe("drop");
    });

    it("replaces the observed groups", () => {
      const { filter, judge } = start();
      filter.setObserved([address("224.2.127.254")]);
      filter.setObserved([address("239.255.255.255")]);
      expect(judge({ source: SOURCE, group: "224.2.127.254" })).toBe("drop");
      expect(judge({ source: SOURCE, group: "239.255.255.255" })).toBe("deliver");
    });

    it("drops unicast PIM except from listed neighbours", () => {
      const { filter, judge } = start();
      filter.setPimNeighbours([address("192.0.2.9")]);
      expect(judge({ source: SOURCE, group: "203.0.113.1", protocol: 103 })).toBe("drop");
      expect(judge({ source: "192.0.2.9", group: "203.0.113.1", protocol: 103 })).toBe("pass");
      expect(filter.denied()).toMatchObject([{ reason: "REGISTER", group: address("203.0.113.1") }]);
    });

    it("passes unicast and link-local multicast without a sender", () => {
      const { judge } = start();
      expect(judge({ source: SOURCE, group: "203.0.113.1" })).toBe("pass");
      expect(judge({ source: SOURCE, group: "224.0.0.251", ttl: 255 })).toBe("pass");
    });

    it("passes IGMP to the group that it is about, with one hop, and never as data of an observed group", () => {
      const { filter, judge } = start();
      filter.setObserved([address("239.255.255.255")]);
      filter.add(sender({ expiresMs: 1 }));
      expect(judge({ source: "192.0.2.2", group: GROUP, protocol: 2, ttl: 1 })).toBe("pass");
      expect(judge({ source: SOURCE, group: GROUP, protocol: 2, ttl: 1 })).toBe("pass");
      expect(judge({ source: "192.0.2.2", group: GROUP, protocol: 2, ttl: 2 })).toBe("drop");
      expect(judge({ source: "192.0.2.2", group: "239.255.255.255", protocol: 2, ttl: 1 })).toBe("deliver");
      const counted = filter.counts().filter(({ packets, isDrop }) => packets > 0 && !isDrop);
      expect(counted.map(({ reason, packets }) => `${reason} ${packets}`)).toEqual(["OBSERVED 1", "MEMBERSHIP 2"]);
    });

    it("counts each reason", () => {
      const { filter, judge } = start();
      filter.add(sender({ maxTtl: 4 }));
      judge({ source: SOURCE, group: GROUP, ttl: 4 });
      judge({ source: SOURCE, group: GROUP, ttl: 5 });
      judge({ source: "192.0.2.2", group: GROUP });
      judge({ source: SOURCE, group: "203.0.113.1" });
      const counted = filter.counts().filter((count) => count.packets > 0);
      const expected: [Reason, boolean][] = [
        ["UNICAST", false],
        ["PERMITTED", false],
        ["UNKNOWN", true],
        ["TTL", true],
      ];
      expect(counted).toEqual(
        expected.map(([reason, isDrop]) => ({
          reason,
          isDrop,
          packets: 1,
          bytes: FRAME_LENGTH_BYTES,
          monitoredPackets: 0,
        })),
      );
    });

    it("refuses one sender more than it may hold, and can still change those it holds", () => {
      const { filter } = start();
      for (let index = 0; index < SENDERS_MAX; index++)
        expect(filter.add(sender({ group: `233.252.0.${index}` }))).toBeUndefined();
      expect(filter.add(sender({ group: "233.252.0.200" }))).toBe("full");
      expect(filter.add(sender({ group: "233.252.0.0", maxTtl: 3 }))).toBeUndefined();
      filter.remove(address(SOURCE), address("233.252.0.7"));
      expect(filter.add(sender({ group: "233.252.0.200" }))).toBeUndefined();
      expect(filter.senders()).toHaveLength(SENDERS_MAX);
    });

    it("registers many as one after the other, keeps counters, and tells each one's own error", () => {
      const { filter, judge } = start();
      filter.add(sender({ maxTtl: 16 }));
      judge({ source: SOURCE, group: GROUP, ttl: 1 });
      const many = Array.from({ length: SENDERS_MAX + 2 }, (_, index) => sender({ group: `233.252.1.${index}` }));
      const results = filter.addMany([sender({ maxTtl: 9 }), ...many, sender({ maxTtl: 8 })]);
      expect(results.filter((result) => result === "full")).toHaveLength(3);
      expect([results[0], results[SENDERS_MAX - 1], results[SENDERS_MAX], results.at(-1)]).toEqual([
        undefined,
        undefined,
        "full",
        undefined,
      ]);
      expect(filter.find(address(SOURCE), address(GROUP))).toMatchObject({ maxTtl: 8, packets: 1 });
      expect(filter.senders()).toHaveLength(SENDERS_MAX);
    });

    it("writes senders that are new together, and judges by them whatever it was told of them", () => {
      const { filter, judge } = start();
      filter.add(sender({ maxTtl: 16 }));
      const many = Array.from({ length: SENDERS_MAX + 1 }, (_, index) => sender({ group: `233.252.1.${index}` }));
      const results = filter.addMany([...many, sender({ maxTtl: 9 })], () => true);
      expect(results.filter((result) => result === "full")).toHaveLength(2);
      expect(results.at(-1)).toBeUndefined();
      expect(filter.find(address(SOURCE), address(GROUP))).toMatchObject({ maxTtl: 9 });
      expect(judge({ source: SOURCE, group: "233.252.1.0" })).toBe("pass");
      expect(filter.senders()).toHaveLength(SENDERS_MAX);
    });

    it("removes many, those that are not there included", () => {
      const { filter, judge } = start();
      const many = Array.from({ length: 6 }, (_, index) => sender({ group: `233.252.1.${index}` }));
      filter.addMany(many, () => true);
      filter.add(sender({ source: "0.0.0.0" }));
      expect(judge({ source: SOURCE, group: "233.252.1.4" })).toBe("pass");
      const absent = sender({ group: "233.252.2.1" });
      expect(filter.removeMany([absent, ...many.slice(0, 2), absent, ...many.slice(2, 5), absent])).toEqual(
        Array.from({ length: 8 }, () => undefined),
      );
      expect(judge({ source: SOURCE, group: "233.252.1.4" })).toBe("drop");
      expect(filter.senders()).toHaveLength(2);
      filter.removeMany([sender({ source: "0.0.0.0" }), sender({ group: "233.252.1.5" })]);
      expect(filter.senders()).toEqual([]);
    });

    it("hands over every sender once, those of IPv4 with nothing but a TTL as numbers or as rows", () => {
      const { filter, nowMs } = start();
      const all = [
        sender(),
        sender({ group: "233.252.0.2", maxTtl: 255 }),
        sender({ group: "233.252.0.3", isStatic: true }),
        sender({ group: "233.252.0.4", expiresMs: nowMs() + 60_000 }),
        sender({ group: "233.252.0.5", interface: "lan0" }),
        sender({ group: "233.252.0.6", rateBytesPerSecond: 1000, burstBytes: 1000 }),
        sender({ group: "233.252.0.7", mac: "00:00:5e:00:53:01" }),
        sender({ source: "0.0.0.0" }),
      ];
      for (const one of all) expect(filter.add(one)).toBeUndefined();
      const rows = new Map(filter.senders().map((row) => [`${row.source}>${row.group}`, row]));
      const visited: string[] = [];
      filter.visitSenders({
        plain: (source, group, maxTtl) => {
          visited.push(`${source}>${group}`);
          const {
            packets: _,
            bytes: _bytes,
            refusedPackets: _refused,
            lastMs: _last,
            ...row
          } = rows.get(`${source}>${group}`) ?? {};
          expect(row).toEqual({ source, group, maxTtl, isStatic: false });
        },
        sender: (row) => {
          visited.push(`${row.source}>${row.group}`);
          expect(row).toEqual(rows.get(`${row.source}>${row.group}`));
        },
      });
      expect(visited.sort()).toEqual([...rows.keys()].sort());
      expect(visited).toHaveLength(all.length);
    });

    it("remembers which senders are static until a command takes them over", () => {
      const { filter } = start();
      filter.add(sender({ isStatic: true }));
      expect(filter.senders()).toMatchObject([{ isStatic: true }]);
      filter.add(sender({ isStatic: false }));
      expect(filter.senders()).toMatchObject([{ isStatic: false }]);
    });

    it("drops a sender from the moment at which it expires", () => {
      const { filter, judge, nowMs } = start();
      filter.add(sender({ expiresMs: nowMs() + 60_000 }));
      expect(judge({ source: SOURCE, group: GROUP })).toBe("pass");
      filter.add(sender({ expiresMs: nowMs() - 10 }));
      expect(judge({ source: SOURCE, group: GROUP })).toBe("drop");
      expect(filter.denied()).toMatchObject([{ reason: "EXPIRED" }]);
      filter.add(sender());
      expect(judge({ source: SOURCE, group: GROUP })).toBe("pass");
      expect(filter.senders()).toMatchObject([{ packets: 2, refusedPackets: 1 }]);
      expect(filter.senders()[0]).not.toHaveProperty("expiresMs");
    });

    it("drops what exceeds the rate of a sender, until the rate changes", () => {
      const { filter, judge } = start();
      filter.add(sender({ rateBytesPerSecond: 1, burstBytes: 2 * FRAME_LENGTH_BYTES }));
      const verdicts = [1, 2, 3].map(() => judge({ source: SOURCE, group: GROUP }));
      expect(verdicts).toEqual(["pass", "pass", "drop"]);
      expect(filter.denied()).toMatchObject([{ reason: "RATE" }]);
      filter.add(sender({ rateBytesPerSecond: 1, burstBytes: 2 * FRAME_LENGTH_BYTES, maxTtl: 17 }));
      expect(judge({ source: SOURCE, group: GROUP })).toBe("drop");
      filter.add(sender({ rateBytesPerSecond: 2 ** 32 - 1, burstBytes: 2 ** 32 - 1 }));
      expect(judge({ source: SOURCE, group: GROUP })).toBe("pass");
    });

    it("binds a sender to an interface, known or not yet", () => {
      const { filter, judge } = start();
      filter.add(sender({ interface: "tun0" }));
      expect(judge({ source: SOURCE, group: GROUP })).toBe("drop");
      expect(filter.denied()).toMatchObject([{ reason: "SPOOF" }]);
      expect(judge({ source: SOURCE, group: GROUP, interface: "tun0" })).toBe("pass");
      expect(filter.find(address(SOURCE), address(GROUP))).toMatchObject({ interface: "tun0" });
    });

    it("binds a sender to a link-layer address, which a packet without link header does not have", () => {
      const { filter, judge } = start();
      filter.add(sender({ mac: MAC }));
      expect(judge({ source: SOURCE, group: GROUP, mac: MAC })).toBe("pass");
      expect(judge({ source: SOURCE, group: GROUP, mac: "00:00:5e:00:53:02" })).toBe("drop");
      expect(judge({ source: SOURCE, group: GROUP, mac: MAC, interface: "tun0" })).toBe("drop");
      expect(filter.senders()).toMatchObject([{ mac: MAC, refusedPackets: 2 }]);
    });

    it("keeps all limits of a sender", () => {
      const { filter } = start();
      const limits = { expiresMs: 12_345, rateBytesPerSecond: 1000, burstBytes: 2000, interface: "lan0", mac: MAC };
      filter.add(sender(limits));
      expect(filter.find(address(SOURCE), address(GROUP))).toMatchObject(limits);
    });

    it("remembers only the interfaces to which senders are bound", () => {
      const { filter } = start();
      for (let index = 0; index < 1500; index++)
        expect(filter.add(sender({ interface: `vlan${index}` })), `vlan${index}`).toBeUndefined();
      expect(filter.senders()).toMatchObject([{ interface: "vlan1499" }]);
    });

    it("lets any source send to a group, and one source to any group", () => {
      const { filter, judge } = start();
      filter.add(sender({ source: "0.0.0.0" }));
      filter.add(sender({ source: "192.0.2.7", group: "224.0.0.0", groupLength: 4 }));
      expect(judge({ source: "192.0.2.99", group: GROUP })).toBe("pass");
      expect(judge({ source: "192.0.2.99", group: "233.252.0.2" })).toBe("drop");
      expect(judge({ source: "192.0.2.7", group: "239.1.2.3" })).toBe("pass");
      expect(judge({ source: "192.0.2.7", group: "224.0.0.5", ttl: 255 })).toBe("pass");
      filter.remove(0, address(GROUP));
      expect(judge({ source: "192.0.2.99", group: GROUP })).toBe("drop");
      expect(judge({ source: "192.0.2.7", group: "239.1.2.3" })).toBe("pass");
      filter.remove(address("192.0.2.7"), address("224.0.0.0"), 4);
      expect(judge({ source: "192.0.2.7", group: "239.1.2.3" })).toBe("drop");
      expect(filter.senders()).toEqual([]);
    });

    it("lets the most specific sender decide alone", () => {
      const { filter, judge } = start();
      filter.add(sender({ source: "0.0.0.0", maxTtl: 1 }));
      filter.add(sender({ group: "233.252.0.0", groupLength: 16, maxTtl: 2 }));
      filter.add(sender({ group: "233.252.0.0", groupLength: 24, maxTtl: 3 }));
      const isAtMost = (ttl: number): boolean =>
        judge({ source: SOURCE, group: GROUP, ttl }) === "pass" &&
        judge({ source: SOURCE, group: GROUP, ttl: ttl + 1 }) === "drop";
      expect(isAtMost(3)).toBe(true);
      filter.add(sender({ maxTtl: 4 }));
      expect(isAtMost(4)).toBe(true);
      filter.remove(address(SOURCE), address(GROUP));
      filter.remove(address(SOURCE), address("233.252.0.0"), 24);
      expect(isAtMost(2)).toBe(true);
      filter.remove(address(SOURCE), address("233.252.0.0"), 16);
      expect(isAtMost(1)).toBe(true);
    });

    it("lists wildcards with their counters and the length of the group", () => {
      const { filter, judge } = start();
      filter.add(sender({ source: "0.0.0.0", group: "233.252.0.0", groupLength: 24, mac: MAC }));
      judge({ source: SOURCE, group: GROUP, mac: MAC });
      expect(filter.senders()).toMatchObject([
        { source: 0, group: address("233.252.0.0"), groupLength: 24, mac: MAC, packets: 1, bytes: FRAME_LENGTH_BYTES },
      ]);
      expect(filter.find(0, address("233.252.0.0"), 24)).toMatchObject({ groupLength: 24, packets: 1 });
    });

    it("counts apart what it would drop on a monitored interface, and passes it", () => {
      const { filter, judge } = start();
      filter.setObserved([address("239.255.255.255")]);
      filter.add(sender({ maxTtl: 4 }));
      expect(judge({ source: SOURCE, group: GROUP, ttl: 5, interface: "lan1" })).toBe("pass");
      expect(judge({ source: SOURCE, group: "233.252.0.9", interface: "lan1" })).toBe("pass");
      expect(judge({ source: SOURCE, group: "239.255.255.255", interface: "lan1" })).toBe("pass");
      expect(judge({ source: SOURCE, group: "203.0.113.1", protocol: 103, interface: "lan1" })).toBe("pass");
      expect(filter.counts().filter((count) => count.packets > 0)).toEqual([]);
      const monitored = filter.counts().filter((count) => count.monitoredPackets === 1);
      expect(monitored.map(({ reason }) => reason)).toEqual(["OBSERVED", "UNKNOWN", "TTL", "REGISTER"]);
      expect(filter.senders()).toMatchObject([{ packets: 0, refusedPackets: 1 }]);
      const denied = filter.denied().map(({ reason, isMonitored }) => `${reason} ${isMonitored}`);
      expect(new Set(denied)).toEqual(new Set(["REGISTER true", "TTL true", "UNKNOWN true"]));
    });

    it("judges the next packet after monitoring has ended", () => {
      const { filter, judge } = start();
      expect(judge({ source: SOURCE, group: GROUP, interface: "lan1" })).toBe("pass");
      expect(judge({ source: SOURCE, group: GROUP })).toBe("drop");
      expect(filter.denied()).toMatchObject([{ packets: 2, isMonitored: false }]);
    });
  });
}
