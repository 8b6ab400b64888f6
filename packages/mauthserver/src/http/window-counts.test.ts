// SPDX-License-Identifier: MIT
import { expect, it } from "vitest";
import { WindowCounts } from "./window-counts.ts";

const YEAR_MS = 365 * 86_400_000;

it.each([0, YEAR_MS, -YEAR_MS])("counts anew after a minute, also when the wall clock jumps by %i ms", (jumpMs) => {
  let [monotonicMs, wallMs] = [5000, 1_700_000_000_000];
  const counts = new WindowCounts(60_000, { monotonicMs: () => monotonicMs, wallMs: () => wallMs });
  for (let count = 1; count <= 20; count++) expect(counts.increment("192.0.2.1").totalHits).toBe(count);
  wallMs += jumpMs;
  monotonicMs += 59_999;
  wallMs += 59_999;
  const last = counts.increment("192.0.2.1");
  expect([last.totalHits, (last.resetTime?.getTime() ?? 0) - wallMs]).toEqual([21, 1]);
  expect(counts.increment("192.0.2.2").totalHits).toBe(1);
  monotonicMs += 1;
  expect(counts.increment("192.0.2.1").totalHits).toBe(1);
  counts.decrement("192.0.2.1");
  expect(counts.increment("192.0.2.1").totalHits).toBe(1);
  counts.resetKey("192.0.2.1");
  expect(counts.increment("192.0.2.1").totalHits).toBe(1);
});

it("counts strangers together when there are too many to be told apart, and those that it knows as before", () => {
  const counts = new WindowCounts(60_000, { monotonicMs: () => 0, wallMs: () => 0 });
  for (let index = 0; index < 100_000; index++) counts.increment(`2001:db8:${index}::/56`);
  expect(counts.increment("192.0.2.1").totalHits).toBe(1);
  expect(counts.increment("192.0.2.2").totalHits).toBe(2);
  expect(counts.increment("2001:db8:7::/56").totalHits).toBe(2);
});
