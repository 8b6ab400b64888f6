// SPDX-License-Identifier: MIT
import type { Browser } from "@playwright/test";
import { onPage, openWhole } from "./browser.ts";

/** The feed comes in beats of 200 ms; keys at other times than those. */
const PAUSE_MS = 37;

/** Types numbers into the search field under the feed; milliseconds from each key to the paint of what it leaves, and of clearing the field. */
export function searchMs(browser: Browser, url: string, words: readonly string[]): Promise<number[]> {
  return onPage(browser, async (page) => {
    await openWhole(page, url);
    await page.waitForTimeout(1000);
    await page.evaluate(watchKeys);
    await page.getByRole("searchbox").focus();
    let keys = 0;
    for (const word of words) {
      for (const key of [...word.split(""), "clear"]) {
        if (key === "clear") await page.evaluate(() => document.querySelector("input")?.select());
        await page.keyboard.press(key === "clear" ? "Backspace" : key);
        keys++;
        await page.waitForFunction((count) => (window as unknown as Keys).keysMs.length >= count, keys);
        await page.waitForTimeout(PAUSE_MS * (1 + (keys % 5)));
      }
    }
    return page.evaluate(() => (window as unknown as Keys).keysMs);
  });
}

interface Keys {
  keysMs: number[];
}

/** Runs in the page: a key is answered when the count of the rows is another and has been painted. */
function watchKeys(): void {
  const keysMs: number[] = [];
  Object.assign(window, { keysMs });
  const onInput = (event: Event): void => {
    const status = document.querySelector("[role=search] [role=status]");
    const before = status?.textContent;
    const look = (): void => {
      if (status?.textContent === before) requestAnimationFrame(look);
      // What is posted from a frame comes after its paint.
      else setTimeout(() => keysMs.push(performance.now() - event.timeStamp), 0);
    };
    requestAnimationFrame(look);
  };
  document.querySelector("input[type=search]")?.addEventListener("input", onInput, { capture: true });
}
