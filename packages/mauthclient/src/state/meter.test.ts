// SPDX-License-Identifier: MIT
import { describe, expect, it } from "vitest";
import { METER_HISTORY_MAX, METER_SILENT_MS, type Meter, rateAt, readMeter, sumRates, LatestMeters } from "./meter.ts";

function read(last: Meter | undefined, packets: number, atMs: number, isSnapshot = false): Meter {
  return readMeter(last, { packets, bytes: packets * 100, atMs, isSnapshot });
}

describe("meter", () => {
  it("divides 500 packets of 100 bytes in 2 s into 250 packets/s and 200 kbit/s", () => {
    const meter = read(read(undefined, 1000, 0), 1500, 2000);
    expect(rateAt(meter, 2000)).toMatchObject({ packetsPerSecond: 250, bitsPerSecond: 200_000 });
  });

  it("does not believe the first quotient after a snapshot, whose time is not that of the reading", () => {
    const first = read(undefined, 1000, 0, true);
    const second = read(first, 1500, 300);
    expect([rateAt(first, 0), rateAt(second, 300)]).toEqual([null, null]);
    expect(rateAt(read(second, 2000, 2300), 2300)).toMatchObject({ packetsPerSecond: 250 });
  });

  it("is silent without news for longer than the limit", () => {
    const meter = read(read(undefined, 0, 0), 500, 2000);
    expect(rateAt(meter, 2000 + METER_SILENT_MS)?.packetsPerSecond).toBe(250);
    expect(rateAt(meter, 2001 + METER_SILENT_MS)?.packetsPerSecond).toBe(0);
    expect(rateAt(undefined, 0)?.packetsPerSecond).toBe(0);
  });

  it("starts again when the counter runs backwards", () => {
    const meter = read(read(read(undefined, 0, 0), 500, 2000), 10, 4000);
    expect([meter.packets, meter.packetsPerSecond, meter.history]).toEqual([10, 0, []]);
  });

  it("takes two readings within a quarter of a second for one", () => {
    const first = read(undefined, 0, 0);
    expect(read(first, 100, 249)).toBe(first);
    expect(read(first, 100, 250).packetsPerSecond).toBe(400);
  });

  it("keeps a bounded history", () => {
    let meter = read(undefined, 0, 0);
    for (let second = 1; second <= 100; second++) meter = read(meter, second * 10, second * 1000);
    expect(meter.history).toHaveLength(METER_HISTORY_MAX);
    expect(new Set(meter.history)).toEqual(new Set([10]));
  });

  it("adds rates up, and does not know the sum while one is unknown", () => {
    const rate = { packetsPerSecond: 3, bitsPerSecond: 100 };
    expect(sumRates([rate, rate])).toEqual({ packetsPerSecond: 6, bitsPerSecond: 200 });
    expect(sumRates([rate, null])).toBeNull();
    expect(sumRates([])?.packetsPerSecond).toBe(0);
  });
});

it("finds the same list of meters until one of them is read", () => {
  const [one, two] = [1, 2].map((packets) => readMeter(undefined, { packets, bytes: 0, atMs: 0, isSnapshot: false }));
  if (one === undefined || two === undefined) throw new Error("two meters");
  const latest = new LatestMeters();
  const found = latest.find(new Map([["a", one]]), ["a", "b"]);
  expect(found).toEqual([one, undefined]);
  const others = new Map([
    ["a", one],
    ["c", two],
  ]);
  expect(latest.find(others, ["a", "b"])).toBe(found);
  expect(latest.find(new Map([["a", two]]), ["a", "b"])).toEqual([two, undefined]);
  expect(latest.find(others, ["a"])).toEqual([one]);
});
