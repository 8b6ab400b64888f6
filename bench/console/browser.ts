// SPDX-License-Identifier: MIT
import { existsSync } from "node:fs";
import { type Browser, chromium, type Page } from "@playwright/test";

const CHROMIUM = ["/usr/bin/chromium", "/usr/bin/google-chrome"];
const DESKTOP = { width: 1440, height: 900 };

/** Starts the browser of the machine without a window. */
export function launch(): Promise<Browser> {
  const executablePath = CHROMIUM.find((path) => existsSync(path)) ?? "/usr/bin/chromium";
  const args = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"];
  return chromium.launch({ executablePath, args: [...args, "--disable-sync", "--no-first-run"] });
}

/** Measures on a page with empty caches. */
export async function onPage<Result>(browser: Browser, measure: (page: Page) => Promise<Result>): Promise<Result> {
  const context = await browser.newContext({ viewport: DESKTOP });
  try {
    const page = await context.newPage();
    await page.addInitScript(watchFirstRow);
    return await measure(page);
  } finally {
    await context.close();
  }
}

/** Goes to a page and waits until it shows data; milliseconds from the start of the navigation to the paint of the first row. */
export async function open(page: Page, url: string): Promise<number> {
  await page.goto(url, { waitUntil: "commit" });
  const handle = await page.waitForFunction(() => (window as unknown as Watched).firstRowMs, undefined, {
    timeout: 60_000,
  });
  return (await handle.jsonValue()) ?? 0;
}

/** Goes to a page and waits until its list has everything that there is; milliseconds from the start of the navigation. */
export async function openWhole(page: Page, url: string): Promise<number> {
  await open(page, url);
  const handle = await page.waitForFunction(
    () => {
      const count = document.querySelector("[role=search] [role=status]")?.textContent ?? "";
      return count.startsWith("Loading") ? undefined : performance.now();
    },
    undefined,
    { timeout: 60_000 },
  );
  return (await handle.jsonValue()) ?? 0;
}

interface Watched {
  firstRowMs: number | undefined;
}

/** Runs in the page: remembers when the first row of data was painted. */
function watchFirstRow(): void {
  const look = (): void => {
    if (document.querySelector("[aria-rowindex='2'], main li h2, main canvas") === null) requestAnimationFrame(look);
    // What is posted from a frame comes after its paint.
    else setTimeout(() => ((window as unknown as Watched).firstRowMs = performance.now()), 0);
  };
  requestAnimationFrame(look);
}
