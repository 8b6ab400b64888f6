// SPDX-License-Identifier: MIT
import { expect, type Page } from "@playwright/test";

/** Nothing stands beyond the edge of the window, unless something around it scrolls there. */
export async function expectWithinReach(page: Page): Promise<void> {
  const lost = await page.locator("body *:not(svg *)").evaluateAll((all) =>
    all
      .filter((one) => {
        const { width, height, right, bottom } = one.getBoundingClientRect();
        const scrollsTo = (axis: "X" | "Y"): boolean => {
          for (let at = one.parentElement; at !== null && at !== document.body; at = at.parentElement) {
            const box = at.getBoundingClientRect();
            const isInside = axis === "X" ? box.right <= innerWidth + 1 : box.bottom <= innerHeight + 1;
            if (getComputedStyle(at)[`overflow${axis}`] !== "visible" && isInside) return true;
          }
          return false;
        };
        if (width === 0 || height === 0) return false;
        return (right > innerWidth + 1 && !scrollsTo("X")) || (bottom > innerHeight + 1 && !scrollsTo("Y"));
      })
      .map((one) => one.outerHTML.slice(0, 200)),
  );
  expect(lost).toEqual([]);
}
