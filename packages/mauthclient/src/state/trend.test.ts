// SPDX-License-Identifier: MIT
import { expect, it } from "vitest";
import { trendPath } from "./trend.ts";

const BOX = { width: 10, height: 12, slots: 3 };

it("draws the newest reading at the right edge and zero at the bottom", () => {
  expect(trendPath([[0, 5, 10]], BOX)).toBe("M0.0 10.0L5.0 6.0L10.0 2.0");
});

it("adds histories up from their newest ends", () => {
  expect(trendPath([[5, 10], [10]], BOX)).toBe("M5.0 8.0L10.0 2.0");
});

it("draws nothing from fewer than two readings", () => {
  expect([trendPath([], BOX), trendPath([[7]], BOX)]).toEqual(["", ""]);
});
