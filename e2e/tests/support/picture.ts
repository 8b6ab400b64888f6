// SPDX-License-Identifier: MIT
import { copyFile, mkdir, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { expect, type Page } from "@playwright/test";
import { run } from "../../lab/run.ts";

const PROJECT = join(import.meta.dirname, "../../..");
/** Where all pictures go; those that stand in the documentation are renewed there, too. */
const PICTURES = join(PROJECT, ".cache/pictures");
const DOCS = join(PROJECT, "docs/images");
/** Screens have few colours: a palette makes a picture a third as large. */
const PALETTE = "split[a][b];[a]palettegen=reserve_transparent=0[p];[b][p]paletteuse=dither=none";

/**
 * Takes a picture of the page, on purpose only (MAUTH_SCREENSHOTS=1): a run of the tests changes no file of the project. A plot has
 * something to show after `historyMs`.
 */
export async function picture(page: Page, name: string, { historyMs = 0 } = {}): Promise<void> {
  if (process.env["MAUTH_SCREENSHOTS"] !== "1") return;
  await page.waitForTimeout(historyMs);
  const toasts = page.getByRole("alert").filter({ has: page.getByRole("button", { name: "Close" }) });
  await expect(toasts, "toasts have gone").toHaveCount(0, { timeout: 30_000 });
  const taken = join(PICTURES, `${name}.png`);
  const [raw, small] = [`${taken}.raw.png`, `${taken}.small.png`];
  await mkdir(join(taken, ".."), { recursive: true });
  await page.screenshot({ path: raw, animations: "disabled" });
  await run("ffmpeg", [
    "-nostdin",
    "-loglevel",
    "error",
    "-y",
    "-i",
    raw,
    "-vf",
    PALETTE,
    "-compression_level",
    "9",
    small,
  ]);
  await rename(small, taken);
  await rm(raw);
  const shown = join(DOCS, `${name}.png`);
  if (await stat(shown).catch(() => undefined)) await copyFile(taken, shown);
}
