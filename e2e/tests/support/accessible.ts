// SPDX-License-Identifier: MIT
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { expect, type Page } from "@playwright/test";
import type axe from "axe-core";

const AXE = createRequire(import.meta.url).resolve("axe-core/axe.min.js");

/** What axe puts into a page. */
type WithAxe = typeof globalThis & { axe?: typeof axe };

/** What is looked at: the whole page by all rules, when nothing else is said. */
interface Extent {
  readonly part?: string;
  readonly rules?: string[];
}

/** Axe finds nothing to complain about, once nothing moves any more. */
export async function expectAccessible(page: Page, extent: Extent = {}): Promise<void> {
  // A document gets axe once: most of the time of a look would go into bringing it there.
  const isThere = await page.evaluate(() => (globalThis as WithAxe).axe !== undefined);
  if (!isThere) await page.evaluate(await readFile(AXE, "utf8"));
  // Not by their promises: that of a transition which the next change of its element replaces is never settled.
  await page.waitForFunction(() =>
    document
      .getAnimations()
      .every((one) => one.playState === "finished" || one.effect?.getComputedTiming().endTime === Infinity),
  );
  const found = await page.evaluate(async ({ part = "html", rules }) => {
    const results = await (globalThis as WithAxe).axe?.run(part, {
      resultTypes: ["violations"],
      ...(rules === undefined ? {} : { runOnly: rules }),
    });
    return results?.violations.map(({ id, nodes }) => `${id}: ${nodes.map((one) => one.html.slice(0, 300)).join(" ")}`);
  }, extent);
  expect(found).toEqual([]);
}
