// SPDX-License-Identifier: MIT
import { describe, expect, it } from "vitest";
import { V2Pair } from "../../test/support/v2-pair.ts";
import { bucketOf, Digest } from "../v2/index.ts";
import type { Change, DeniedRow, SenderEntry, SenderRow } from "../v2/index.ts";
import { applyAll, listAll, listBuckets, readDenied, readLimited, readSenders, setMode, V2CallError } from "./index.ts";
import type { V2Call } from "./index.ts";

const SOURCE = 0x20010db8_00000000_00000000_00000001n;
const GROUP = 0xff3e0000_00000000_00000000_80000000n;
const IPV4: SenderEntry = { source: 0xc0000201, group: 0xe9fc0001, maxTtl: 16 };
const IPV6: SenderEntry = { source: SOURCE, group: GROUP + 1n, maxTtl: 16 };
const REFUSED = { state: "refused", status: "unsupported", term: 0 } as const;
const COUNTERS = { packets: 1, bytes: 2, refusedPackets: 3, lastMs: 4 };

function add(entry: SenderEntry): Change {
  return { command: "add", ...entry };
}

function row(entry: SenderEntry, packets: number): SenderRow {
  return { ...entry, ...COUNTERS, packets };
}

function denied(entry: SenderEntry, packets: number): DeniedRow {
  const { source, group } = entry;
  const times = { firstMs: 1, lastMs: packets };
  return { interface: "lan0", source, group, reason: "UNKNOWN", ttl: 8, packets, bytes: 10, ...times };
}

describe("IPv6 over v2", () => {
  it("[V2-35] entries of both families reach the table and come back, and the digests agree", async () => {
    const pair = new V2Pair().open();
    const entries = [
      IPV4,
      IPV6,
      { ...IPV6, source: 0n },
      { ...IPV6, group: GROUP, groupLength: 112 },
      { ...IPV6, group: GROUP + 2n, leaseSeconds: 60, interface: "lan0", rateBytesPerSecond: 1000, burstBytes: 99 },
    ];
    expect(await applyAll(pair.call, entries.map(add))).toEqual(entries.map(() => undefined));
    expect(new Set(await listAll(pair.call))).toEqual(new Set(entries));
    expect((await pair.call({ op: "ping" })).rootDigest).toBe(Digest.of(entries).summary.rootDigest);
    await applyAll(pair.call, [{ command: "remove", ...IPV6 }]);
    expect(await listAll(pair.call)).not.toContainEqual(IPV6);
    expect((await pair.call({ op: "ping" })).entryCount).toBe(4);
  });

  it("[V2-37] LIST goes through a bucket of both families in order, every entry once", async () => {
    const pair = new V2Pair().open();
    const bucket = 7;
    const inBucket = (make: (index: number) => SenderEntry, count: number): SenderEntry[] => {
      const found: SenderEntry[] = [];
      for (let index = 0; found.length < count; index++) {
        const entry = make(index);
        if (bucketOf(entry.source, entry.group) === bucket) found.push(entry);
      }
      return found;
    };
    const ipv4 = inBucket((index) => ({ ...IPV4, source: 0xc6330001 + index }), 100);
    const ipv6 = inBucket((index) => ({ ...IPV6, source: SOURCE + BigInt(index) }), 70);
    const prefixes = [112, 120, 127].map((groupLength) => ({ ...ipv6[40], group: GROUP, groupLength }) as SenderEntry);
    const held = [...prefixes, ...ipv6, ...ipv4].filter(({ source, group }) => bucketOf(source, group) === bucket);
    await applyAll(pair.call, held.map(add));
    expect(await listBuckets(pair.call, [bucket])).toEqual([...ipv4, ...ipv6].slice(0, held.length));
    await applyAll(
      pair.call,
      [112, 120, 127].map((groupLength) => add({ ...IPV6, group: GROUP, groupLength })),
    );
    const listed = await listBuckets(pair.call, [bucketOf(SOURCE, GROUP)]);
    expect(listed.map(({ groupLength }) => groupLength)).toEqual([112, 120, 127]);
    const after = { source: SOURCE, group: GROUP, groupLength: 112 };
    const page = await pair.call({ op: "list", bucket: bucketOf(SOURCE, GROUP), after });
    expect(page.entries.map(({ groupLength }) => groupLength)).toEqual([120, 127]);
  });

  it("[V2-37] the senders of both families are read with one cursor, and only what changed", async () => {
    const pair = new V2Pair().open();
    const entries = Array.from({ length: 50 }, (_, index): SenderEntry[] => [
      { ...IPV4, group: 0xe9fc0001 + index },
      { ...IPV6, group: GROUP + BigInt(index) },
    ]).flat();
    pair.table.senderRows = entries.map((entry) => row(entry, 1));
    const all = await readSenders(pair.call, 0);
    expect(new Set(all.rows)).toEqual(new Set(pair.table.senderRows));
    expect(all.rows).toHaveLength(100);
    pair.advance(2000);
    expect((await readSenders(pair.call, all.cursor)).rows).toEqual([]);
    pair.table.senderRows = entries.map((entry, index) => row(entry, index > 97 ? 2 : 1));
    pair.advance(2000);
    const changed = await readSenders(pair.call, all.cursor);
    expect(changed.rows).toEqual([row({ ...IPV4, group: 0xe9fc0032 }, 2), row({ ...IPV6, group: GROUP + 49n }, 2)]);
    const ipv4 = await pair.call({ op: "stats", table: "senders", cursor: all.cursor });
    expect(ipv4).toMatchObject({ rows: [{ group: 0xe9fc0032 }], cursor: changed.cursor });
  });

  it("[V2-37] the denied of both families are read with one cursor, the limited in one table", async () => {
    const pair = new V2Pair().open();
    pair.table.deniedRows = [denied(IPV4, 1), denied(IPV6, 2)];
    const all = await readDenied(pair.call, 0);
    expect(all.rows).toEqual(pair.table.deniedRows);
    pair.table.deniedRows = [denied(IPV4, 1), denied(IPV6, 3)];
    pair.advance(2000);
    expect((await readDenied(pair.call, all.cursor)).rows).toEqual([denied(IPV6, 3)]);
    pair.table.senderRows = [IPV4, { ...IPV4, maxTtl: 3, interface: "lan0" }, { ...IPV6, source: 0n }].map((entry) =>
      row(entry, 1),
    );
    expect((await readLimited(pair.call, 0)).rows).toEqual(pair.table.senderRows.slice(1));
  });

  it("[V2-37] a server of version 2 knows no table of IPv6, and is read without", async () => {
    const pair = new V2Pair().open();
    pair.table.senderRows = [row(IPV4, 1)];
    const old: V2Call = (request) => {
      const { op, table } = request as { op: string; table?: string };
      // It answers a table that it does not know as it does a class of operations that it does not know.
      if (op === "stats" && table === "sendersIpv6") throw new V2CallError(op, REFUSED);
      return pair.call(request);
    };
    expect((await readSenders(old, 0)).rows).toEqual(pair.table.senderRows);
  });

  it("[V2-38] events of IPv6 reach those who subscribed to their class", async () => {
    const pair = new V2Pair().open();
    await pair.call({ op: "subscribe", classes: ["denied", "sap"], leaseSeconds: 30, eventsPerSecondMax: 100 });
    const bytes = Uint8Array.from({ length: 3000 }, (_, index) => index % 251);
    const sap = { class: "sap", interface: "lan0", source: SOURCE, group: GROUP + 0x27ffen, bytes } as const;
    pair.deliver(pair.server.publish({ class: "denied", row: denied(IPV6, 1) }, 0));
    pair.deliver(pair.server.publish(sap, 0));
    expect(pair.events).toMatchObject([{ class: "denied", row: denied(IPV6, 1) }, sap]);
    expect(pair.caller.client.counters).toMatchObject({ events: 2, eventsMissed: 0 });
  });
});

describe("MODE", () => {
  it("[V2-39] switches an interface, and says when there is none", async () => {
    const pair = new V2Pair().open();
    expect(await setMode(pair.call, "lan0", "monitor")).toBe(undefined);
    expect(pair.table.statusReport.interfaces).toMatchObject([{ name: "lan0", isMonitored: true }]);
    expect(await setMode(pair.call, "lan9", "monitor")).toBe("no-interface");
    expect(await setMode(pair.call, "lan0", "enforce")).toBe(undefined);
    expect(pair.table.statusReport.interfaces).toMatchObject([{ name: "lan0", isMonitored: false }]);
  });

  it("[V2-18] is refused under a stale term", async () => {
    const pair = new V2Pair({ client: { term: 3 } }).open();
    await setMode(pair.call, "lan0", "monitor");
    const deposed = new V2Pair({ server: { termMemory: { load: () => 4, store: () => {} } }, client: { term: 3 } });
    await expect(setMode(deposed.open().call, "lan0", "enforce")).rejects.toThrow("mode: stale-term");
    expect(deposed.table.statusReport.interfaces).toEqual([{ name: "lan0", isAttached: true }]);
  });
});
