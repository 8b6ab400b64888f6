// SPDX-License-Identifier: MIT
import { gzipSync } from "node:zlib";
import type { Browser } from "@playwright/test";
import { onPage, open, openWhole } from "./browser.ts";

/** KiB of everything that must arrive before the list is drawn, gzip -9; what is fetched ahead when the page is idle does not count. */
export function firstLoadKib(browser: Browser, url: string): Promise<number> {
  return onPage(browser, async (page) => {
    await page.addInitScript(() => Reflect.deleteProperty(window, "requestIdleCallback"));
    const bodies: Promise<Buffer>[] = [];
    page.on("response", (response) => {
      if (!response.url().includes("/api/")) bodies.push(response.body());
    });
    await open(page, url);
    const sizes = (await Promise.all(bodies)).map((body) => gzipSync(body, { level: 9 }).length);
    return sizes.reduce((sum, size) => sum + size, 0) / 1024;
  });
}

/** Milliseconds from the start of the navigation to the paint of the first row of data. */
export function firstRowMs(browser: Browser, url: string): Promise<number> {
  return onPage(browser, (page) => open(page, url));
}

/** Milliseconds until the list has everything. */
export function wholeMs(browser: Browser, url: string): Promise<number> {
  return onPage(browser, (page) => openWhole(page, url));
}
