// SPDX-License-Identifier: MIT
import type { Browser, CDPSession, Page } from "@playwright/test";
import { onPage, open } from "./browser.ts";

const WARM_UP_MS = 30_000;

export interface Growth {
  /** MiB of the JavaScript heap after a collection. */
  readonly beforeMib: number;
  readonly afterMib: number;
}

/** The heap of a page before and after it has followed the feed for so long. */
export function heapGrowth(browser: Browser, url: string, durationMs: number): Promise<Growth> {
  return onPage(browser, async (page) => {
    const session = await page.context().newCDPSession(page);
    await open(page, url);
    await page.waitForTimeout(WARM_UP_MS);
    const beforeMib = await heapMib(session, page);
    await page.waitForTimeout(durationMs);
    return { beforeMib, afterMib: await heapMib(session, page) };
  });
}

async function heapMib(session: CDPSession, page: Page): Promise<number> {
  // What is weakly held is only free after a second one.
  for (let round = 0; round < 2; round++) {
    await session.send("HeapProfiler.collectGarbage");
    await page.evaluate(() => new Promise(requestAnimationFrame));
  }
  const { usedSize } = await session.send("Runtime.getHeapUsage");
  return usedSize / 2 ** 20;
}
