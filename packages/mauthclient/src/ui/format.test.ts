// SPDX-License-Identifier: MIT
import { expect, it } from "vitest";
import { formatAge, formatBitRate, formatCompact, formatLeft, formatPacketRate } from "./format.ts";

it("writes ages in one unit", () => {
  const ages = [-5, 0, 59_999, 60_000, 3_599_000, 3_600_000, 172_799_000, 172_800_000];
  expect(ages.map(formatAge)).toEqual(["0 s", "0 s", "59 s", "1 min", "59 min", "1 h", "47 h", "2 d"]);
});

it("writes what is left to the minute for two days", () => {
  const left = [-5, 59_999, 3_599_000, 3_600_000, 7_199_000, 172_799_000, 172_800_000];
  expect(left.map(formatLeft)).toEqual(["0 s", "59 s", "59 min", "1 h 0 min", "1 h 59 min", "47 h 59 min", "2 d"]);
});

it("writes rates with the digits that matter", () => {
  expect([0.25, 9.94, 10.4, 1234.5].map(formatPacketRate)).toEqual([
    "0.3 pkt/s",
    "9.9 pkt/s",
    "10 pkt/s",
    "1,235 pkt/s",
  ]);
  expect([640, 999_000, 2_304_000, 1.5e9].map(formatBitRate)).toEqual([
    "0.6 kbit/s",
    "999 kbit/s",
    "2.3 Mbit/s",
    "1.5 Gbit/s",
  ]);
});

it("shortens great counts", () => {
  expect([999, 1500, 2_000_000].map(formatCompact)).toEqual(["999", "1.5k", "2m"]);
});
