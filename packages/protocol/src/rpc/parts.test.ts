// SPDX-License-Identifier: MIT
import { describe, expect, it } from "vitest";
import { bucketOf, fragmentSap, hashKey } from "../v2/index.ts";
import type { SenderEntry } from "../v2/index.ts";
import { RequestQueue } from "./request-queue.ts";
import { RoundTrip } from "./round-trip.ts";
import { SapReassembly } from "./sap-reassembly.ts";
import { SenderIndex } from "./sender-index.ts";

const SAP = { class: "sap", interface: "lan0", source: 1, group: 2 } as const;

describe("SAP reassembly", () => {
  const bytes = Uint8Array.from({ length: 8192 }, (_, index) => index % 251);
  const fragments = fragmentSap({ ...SAP, bytes }, 5);

  it("[V2-17] puts fragments together in any order, copies or not", () => {
    const reassembly = new SapReassembly();
    const whole = [...fragments.toReversed(), ...fragments.slice(0, 3)].map((fragment) => reassembly.take(fragment));
    expect(whole.filter(Boolean)).toEqual([{ ...SAP, bytes }]);
  });

  it("[V2-17] gives nothing while a fragment is missing, and keeps 16 unfinished datagrams", () => {
    const reassembly = new SapReassembly();
    for (let datagramId = 0; datagramId < 17; datagramId++) {
      for (const fragment of fragments.slice(1)) expect(reassembly.take({ ...fragment, datagramId })).toBe(undefined);
    }
    const [first] = fragments;
    if (first === undefined) throw new Error("no fragment");
    expect(reassembly.take({ ...first, datagramId: 0 })).toBe(undefined);
    expect(reassembly.take({ ...first, datagramId: 16 })?.bytes).toEqual(bytes);
  });

  it("[V2-17] ignores a fragment that contradicts the others", () => {
    const reassembly = new SapReassembly();
    const [first, second] = fragments;
    if (first === undefined || second === undefined) throw new Error("no fragments");
    reassembly.take(first);
    expect(reassembly.take({ ...second, lengthBytes: 2000 })).toBe(undefined);
  });
});

function numbered(count: number): SenderEntry[] {
  return Array.from({ length: count }, (_, index) => ({ source: 1000 + (index % 7), group: index, maxTtl: 1 }));
}

describe("sender index", () => {
  it("[V2-13] pages a bucket in order, every entry once", () => {
    const index = new SenderIndex();
    const entries = numbered(20_000);
    for (const entry of entries) index.set(entry);
    const bucket = bucketOf(entries[0]?.source ?? 0, 0);
    const expected = entries.filter((entry) => bucketOf(entry.source, entry.group) === bucket);
    expected.sort((a, b) => Number(a.source) - Number(b.source) || Number(a.group) - Number(b.group));
    const listed: SenderEntry[] = [];
    for (let isLast = false; !isLast;) {
      const page = index.page(bucket, listed.at(-1), 3);
      listed.push(...page.entries);
      isLast = page.isLast;
    }
    expect(listed).toEqual(expected);
    expect(listed.length).toBeGreaterThan(3);
  });

  it("[V2-12] keeps senders apart whose hashes are the same", () => {
    // Found by search: the documentation ranges have no two such senders.
    const a = { source: 0xc000025b, group: 0xefc18cde, maxTtl: 1 };
    const b = { source: 0xc0000264, group: 0xefc1039d, maxTtl: 2 };
    expect(hashKey(a.source, a.group)).toBe(hashKey(b.source, b.group));
    const index = new SenderIndex();
    for (const entry of [a, b, a, b]) index.set(entry);
    expect(index.digest.summary.entryCount).toBe(2);
    expect(index.page(bucketOf(a.source, a.group), undefined, 9).entries.length).toBe(2);
    index.remove(a);
    index.set({ ...b, maxTtl: 9 });
    expect(index.page(bucketOf(b.source, b.group), undefined, 9).entries).toEqual([{ ...b, maxTtl: 9 }]);
    index.remove(b);
    expect(index.digest.summary).toEqual({ entryCount: 0, rootDigest: 0n });
  });
});

describe("request queue", () => {
  it("[V2-22] keeps the order of 5000 requests", () => {
    const queue = new RequestQueue();
    for (let handle = 0; handle < 5000; handle++) queue.push(handle, { op: "ping" });
    for (let handle = 0; handle < 5000; handle++) {
      expect(queue.peek()?.handle).toBe(handle);
      queue.shift();
    }
    expect(queue.peek()).toBe(undefined);
    expect(queue.length).toBe(0);
  });
});

describe("round trip", () => {
  it("[V2-19] follows RFC 6298 between 20 ms and 2 s", () => {
    const roundTrip = new RoundTrip();
    expect(roundTrip.rtoMs).toBe(200);
    roundTrip.measure(100);
    expect(roundTrip.rtoMs).toBe(300);
    roundTrip.measure(100);
    expect(roundTrip.rtoMs).toBe(250);
    roundTrip.measure(10_000);
    expect(roundTrip.rtoMs).toBe(2000);
    const fast = new RoundTrip();
    fast.measure(0.1);
    expect(fast.rtoMs).toBe(20);
  });
});
