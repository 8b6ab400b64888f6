// SPDX-License-Identifier: MIT
import { describe, expect, it } from "vitest";
import { V2Pair } from "../../test/support/v2-pair.ts";
import { toHex } from "../../test/hex.ts";
import { CHANGES_PER_REQUEST_MAX, Digest, encodeAnswer } from "../v2/index.ts";
import type { Change, DeniedRow, SenderRow } from "../v2/index.ts";
import { applyAll, listAll, readCounters, readDenied, readDigest, readSenders, readStatus } from "./index.ts";

const SOURCE = 0xc0000201;
const GROUP = 0xe9fc0001;

function add(index: number, maxTtl = 16): Change {
  return { command: "add", source: SOURCE + (index >>> 8), group: GROUP + (index & 255), maxTtl };
}

function row(index: number, packets: number): SenderRow {
  const { source, group, maxTtl } = add(index);
  return { source, group, maxTtl, packets, bytes: packets * 100, refusedPackets: 0, lastMs: packets };
}

describe("v2 client and server", () => {
  it("[V2-6] open a session and change the filter", async () => {
    const pair = new V2Pair().open();
    expect(pair.sessions).toMatchObject([{ bootEpoch: 1000, term: 0, version: 3, sendersMax: 262_144, entryCount: 0 }]);
    const response = await pair.call({ op: "apply", changes: [add(0), add(1), { ...add(0), command: "remove" }] });
    expect(response.results).toEqual([undefined, undefined, undefined]);
    expect([...pair.table.entries.values()]).toEqual([{ source: SOURCE, group: GROUP + 1, maxTtl: 16 }]);
    const { rootDigest } = Digest.of(pair.table.entries.values()).summary;
    expect(response).toMatchObject({ entryCount: 1, bootEpoch: 1000, rootDigest });
  });

  it("[V2-10] each entry of an APPLY has its own result", async () => {
    const pair = new V2Pair().open();
    pair.table.statusReport = { ...pair.table.statusReport, sendersMax: 1 };
    const changes = [add(0), add(1), { ...add(2), group: SOURCE }, { ...add(3), maxTtl: 0 }, add(0, 32)];
    const { results, entryCount } = await pair.call({ op: "apply", changes });
    expect(results).toEqual([undefined, "full", "bad-group", "bad-ttl", undefined]);
    expect(entryCount).toBe(1);
    expect(pair.table.applied.length).toBe(3);
  });

  it("[V2-13] the helpers read 10,000 senders back, and their digest", async () => {
    const pair = new V2Pair().open();
    const changes = Array.from({ length: 10_000 }, (_, index) => add(index, 1 + (index % 255)));
    const applied = applyAll(pair.caller.call, changes);
    pair.settle();
    expect(new Set(await applied)).toEqual(new Set([undefined]));
    expect(pair.toServer.length).toBe(1 + Math.ceil(10_000 / CHANGES_PER_REQUEST_MAX));
    const listed = await listAll(pair.call);
    const expected = Digest.of(changes);
    expect(Digest.of(listed).summary).toEqual(expected.summary);
    const buckets = await readDigest(pair.call);
    expect(buckets).toEqual(Array.from({ length: 1024 }, (_, index) => expected.bucket(index)));
    expect(Digest.of(pair.table.entries.values()).summary).toEqual(
      (await pair.call({ op: "ping" })) && expected.summary,
    );
  });

  it("[V2-28] STATS gives all counters, page by page", async () => {
    const pair = new V2Pair().open();
    const counters = await readCounters(pair.call);
    expect(counters).toEqual(pair.table.counters());
    const first = await pair.call<"stats">({ op: "stats", table: "counters", cursor: 0 });
    expect(first).toMatchObject({ cursor: 15, latest: 20 });
  });

  it("[V2-28] a counter is its value and its name, and the name is cut at 63 bytes", () => {
    const page = { cursor: 1, latest: 1, nowMs: 0 };
    const rows = [{ name: `ä${"x".repeat(80)}`, value: 258 }];
    const body = encodeAnswer({ op: "stats", table: "counters", ...page, rows }, { entryCount: 0, rootDigest: 0n });
    expect(toHex(body.subarray(13 + 25, 13 + 25 + 12))).toBe("00000000000001023fc3a478");
    expect(body.length).toBe(13 + 25 + 8 + 1 + 63);
  });

  it("[V2-14] STATS gives the status, then only rows that changed", async () => {
    const pair = new V2Pair().open();
    const interfaces = Array.from({ length: 200 }, (_, index) => ({
      name: `vlan${index}`,
      isAttached: index % 2 === 0,
    }));
    pair.table.statusReport = { ...pair.table.statusReport, interfaces, passedPackets: 7, refusedPackets: { TTL: 3 } };
    pair.nowMs = 5000;
    const answer = await readStatus(pair.call);
    expect(answer.status).toMatchObject({ interfaces, passedPackets: 7, filter: "memory", mode: "enforce" });
    expect(answer.status.refusedPackets).toMatchObject({ TTL: 3, UNKNOWN: 0 });
    expect(answer.nowMs).toBe(5000);

    pair.table.senderRows = Array.from({ length: 100 }, (_, index) => row(index, 1));
    const first = await readSenders(pair.call, 0);
    expect(first.rows).toEqual(pair.table.senderRows);
    pair.table.senderRows[42] = row(42, 2);
    expect((await readSenders(pair.call, first.cursor)).rows).toEqual([]);
    pair.nowMs += 1000;
    expect((await readSenders(pair.call, first.cursor)).rows).toEqual([row(42, 2)]);
  });

  it("[V2-15] STATS pages the denied", async () => {
    const pair = new V2Pair().open();
    pair.table.deniedRows = Array.from({ length: 50 }, (_, index): DeniedRow => {
      const { source, group } = add(index);
      const times = { firstMs: 1, lastMs: 2 ** 40 };
      return { interface: "lan0", source, group, reason: "TTL", ttl: 255, packets: 2 ** 53 - 1, bytes: 0, ...times };
    });
    const { rows, nowMs } = await readDenied(pair.call, 0);
    expect(rows).toEqual(pair.table.deniedRows);
    expect(nowMs).toBe(0);
  });

  it("[V2-14] a long table is read once for each family, not for each page, however long that takes", async () => {
    const pair = new V2Pair().open();
    const rows = Array.from({ length: 100 }, (_, index) => row(index, 1));
    let reads = 0;
    pair.table.readSenders = () => {
      reads++;
      pair.nowMs += 1000; // Longer than what was read stays young.
      return rows;
    };
    const first = await readSenders(pair.call, 0);
    expect(first.rows).toEqual(rows);
    const readsBefore = reads;
    rows[7] = row(7, 2);
    expect((await readSenders(pair.call, first.cursor)).rows).toEqual([row(7, 2)]);
    expect([readsBefore, reads]).toEqual([2, 3]);
  });

  it("[V2-17] events reach a subscriber until its lease ends", async () => {
    const pair = new V2Pair().open();
    const request = { op: "subscribe", classes: ["sap"], leaseSeconds: 30, eventsPerSecondMax: 100 } as const;
    expect((await pair.call<"subscribe">(request)).leaseSeconds).toBe(30);
    const bytes = Uint8Array.from({ length: 5000 }, (_, index) => index & 255);
    const sap = { class: "sap", interface: "lan0", source: SOURCE, group: 0xefffffff, bytes } as const;
    pair.deliver(pair.server.publish(sap, 29_999));
    expect(pair.events).toEqual([sap]);
    expect(pair.server.publish(sap, 30_000)).toEqual([]);
  });
});
