// SPDX-License-Identifier: MIT
import { expect, type Page } from "@playwright/test";

/** Nothing stands beyond the edge of the window, unless something around it scrolls there. */
export async function expectWithinReach(page: Page): Promise<void> {
  const lost = await page.evaluate(() => {
    const scrollsTo = (one: Element, axis: "X" | "Y"): boolean => {
      for (let at = one.parentElement; at !== null && at !== document.body; at = at.parentElement) {
        const { right, bottom } = at.getBoundingClientRect();
        const isInside = axis === "X" ? right <= innerWidth + 1 : bottom <= innerHeight + 1;
        if (getComputedStyle(at)[`overflow${axis}`] !== "visible" && isInside) return true;
      }
      return false;
    };
    const isLost = (one: Element): boolean => {
      const { width, height, right, bottom } = one.getBoundingClientRect();
      if (width === 0 || height === 0) return false;
      return (right > innerWidth + 1 && !scrollsTo(one, "X")) || (bottom > innerHeight + 1 && !scrollsTo(one, "Y"));
    };
    const all = [...document.querySelectorAll("body *")].filter((one) => one.closest("svg") === null);
    return all.filter(isLost).map((one) => one.outerHTML.slice(0, 200));
  });
  expect(lost).toEqual([]);
}
