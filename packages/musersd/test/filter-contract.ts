// SPDX-License-Identifier: MIT
import { parseIpv4 } from "@mauth/protocol/ipv4";
import { afterEach, describe, expect, it } from "vitest";
import type { Filter, Reason, Sender } from "../src/filter/filter.ts";

/** A packet as the contract describes it. */
export interface Sent {
  readonly source: string;
  readonly group: string;
  readonly ttl?: number;
  readonly protocol?: number;
}

/** A filter under test, and a way to show it packets. */
export interface Subject {
  readonly filter: Filter;
  /** What the filter does with a packet that an internal interface received. */
  readonly judge: (packet: Sent) => "pass" | "deliver" | "drop";
  readonly close: () => void;
}

const SENDERS_MAX = 64;
const SOURCE = "192.0.2.1";
const GROUP = "233.252.0.1";
const FRAME_LENGTH_BYTES = 60;

/** Parses an address of a test. */
export function address(text: string): number {
  const parsed = parseIpv4(text);
  if (parsed === undefined) throw new Error(`${text} is no IPv4 address`);
  return parsed;
}

function sender(overrides: { source?: string; group?: string; maxTtl?: number; isStatic?: boolean } = {}): Sender {
  const { source = SOURCE, group = GROUP, maxTtl = 16, isStatic = false } = overrides;
  return { source: address(source), group: address(group), maxTtl, isStatic };
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
      const rows = filter.denied().sort((a, b) => a.source - b.source);
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
        expected.map(([reason, isDrop]) => ({ reason, isDrop, packets: 1, bytes: FRAME_LENGTH_BYTES })),
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

    it("remembers which senders are static until a command takes them over", () => {
      const { filter } = start();
      filter.add(sender({ isStatic: true }));
      expect(filter.senders()).toMatchObject([{ isStatic: true }]);
      filter.add(sender({ isStatic: false }));
      expect(filter.senders()).toMatchObject([{ isStatic: false }]);
    });
  });
}
