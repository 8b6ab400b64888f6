// SPDX-License-Identifier: MIT
import { expect, it } from "vitest";
import { add, denied, NOW_MS, remove, sender } from "../../test/samples.ts";
import { SLOT_MS, slotTimes, SLOTS_MAX, Traffic } from "./traffic.ts";

const reading = (packets: number) => add("sender", sender({ packets }));
const ID = sender().id;

/** A console that has been looking for a while. */
function begun(sinceMs = SLOT_MS): Traffic {
  const traffic = new Traffic();
  traffic.take(add("sender", sender({ source: "192.0.2.99", packets: 0 })), NOW_MS - sinceMs, true);
  return traffic;
}

it("divides the packets of a slot by its time, oldest first", () => {
  const traffic = new Traffic();
  traffic.take(reading(1_000), NOW_MS - SLOT_MS, true);
  traffic.take(reading(1_500), NOW_MS + SLOT_MS, false);
  traffic.take(reading(1_600), NOW_MS + 2 * SLOT_MS, false);
  const rates = traffic.ratesOf("passed", ID, NOW_MS + 2 * SLOT_MS);
  expect(rates).toHaveLength(SLOTS_MAX);
  expect(rates.slice(-3)).toEqual([0, 100, 20]);
  expect(traffic.rates("passed", NOW_MS + 2 * SLOT_MS).slice(-3)).toEqual([0, 100, 20]);
});

it("counts nothing of a snapshot, neither the first nor that of a reconnect", () => {
  const traffic = new Traffic();
  traffic.take(reading(1_000), NOW_MS - SLOT_MS, true);
  traffic.take(reading(9_000), NOW_MS + SLOT_MS, true);
  traffic.take(reading(9_005), NOW_MS + SLOT_MS, false);
  expect(traffic.ratesOf("passed", ID, NOW_MS + SLOT_MS).at(-1)).toBe(1);
});

it("counts all packets of a pair that appears later, and those after a counter began again", () => {
  const traffic = begun();
  traffic.take(add("denied", denied({ packets: 50 })), NOW_MS, false);
  traffic.take(add("denied", denied({ packets: 5 })), NOW_MS, false);
  expect(traffic.rates("refused", NOW_MS).at(-1)).toBe(11);
});

it("forgets what is older than 15 minutes, also when nothing came in between", () => {
  const traffic = begun();
  traffic.take(reading(500), NOW_MS, false);
  const last = NOW_MS + (SLOTS_MAX - 1) * SLOT_MS;
  expect(traffic.ratesOf("passed", ID, last)[0]).toBe(100);
  expect(traffic.ratesOf("passed", ID, last + SLOT_MS).every((rate) => rate === 0)).toBe(true);
});

it("names the busiest of the last minute and forgets who is removed", () => {
  const traffic = begun(60_000);
  traffic.take(reading(6_000), NOW_MS, false);
  traffic.take(add("sender", sender({ source: "192.0.2.11", packets: 600 })), NOW_MS, false);
  expect(traffic.busiest("passed", NOW_MS, 5).map((one) => one.packetsPerSecond)).toEqual([100, 10]);
  traffic.take(remove("sender", ID), NOW_MS, false);
  expect(traffic.busiest("passed", NOW_MS, 5)).toHaveLength(1);
  expect(traffic.busiest("passed", NOW_MS + 61_000, 5)).toHaveLength(0);
});

it("names the instants of the points", () => {
  const times = slotTimes(NOW_MS);
  expect(times).toHaveLength(SLOTS_MAX);
  expect((times.at(-1) ?? 0) - (times[0] ?? 0)).toBe(895);
  expect(times.at(-1)).toBe(NOW_MS / 1000);
});

it("says nothing about the time before it began, nor of the slot in which it did", () => {
  const traffic = new Traffic();
  traffic.take(reading(100), NOW_MS, true);
  traffic.take(reading(600), NOW_MS + SLOT_MS, false);
  const rates = traffic.rates("passed", NOW_MS + SLOT_MS);
  expect(rates.at(-1)).toBe(100);
  expect(rates.slice(0, -1).every((rate) => rate === null)).toBe(true);
});

it("does not show the slot that is being filled as the oldest one", () => {
  const traffic = begun(20 * 60_000);
  traffic.take(reading(600), NOW_MS, false);
  expect(traffic.rates("passed", NOW_MS - 1)[0]).toBe(0);
});
