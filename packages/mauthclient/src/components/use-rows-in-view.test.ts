// SPDX-License-Identifier: MIT
import { describe, expect, it } from "vitest";
import { windowAt } from "./use-rows-in-view.ts";

describe("the rows in view", () => {
  const [LENGTH_PX, HEIGHT_PX] = [400, 40];

  it("begin with the first", () => {
    expect(windowAt(0, LENGTH_PX, HEIGHT_PX).first).toBe(0);
    expect(windowAt(39, LENGTH_PX, HEIGHT_PX).first).toBe(0);
  });

  it("have every row that can be seen, and spare ones beyond, wherever the list is scrolled to", () => {
    for (let top = 0; top < 4000; top++) {
      const { first, last } = windowAt(top, LENGTH_PX, HEIGHT_PX);
      expect(first * HEIGHT_PX).toBeLessThanOrEqual(Math.max(0, top - 4 * HEIGHT_PX));
      expect(last * HEIGHT_PX).toBeGreaterThanOrEqual(top + LENGTH_PX + 4 * HEIGHT_PX);
      expect(last - first).toBeLessThanOrEqual(10 + 12);
    }
  });

  it("stay the same for a few rows of scrolling", () => {
    const windows = new Set(Array.from({ length: 160 }, (_, at) => windowAt(1600 + at, LENGTH_PX, HEIGHT_PX).first));
    expect(windows.size).toBe(1);
  });
});
