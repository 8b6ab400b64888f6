// SPDX-License-Identifier: MIT
import { test as base, expect, type Locator, type Page } from "@playwright/test";
import { type Lab, SENTINEL_GROUP } from "../../lab/lab.ts";
import { ADDRESS } from "../../lab/topology.ts";
import { Air, type Host } from "./air.ts";
import { Colleague } from "./colleague.ts";
import { picture } from "./picture.ts";
import { startSystem } from "./system.ts";

/** How the console may look: each story is told in all of them. */
export const LOOKS = [
  { at: 0, size: "desktop", viewport: { width: 1440, height: 900 }, colorScheme: "light" },
  { at: 1, size: "phone", viewport: { width: 390, height: 844 }, colorScheme: "dark" },
  { at: 2, size: "desktop", viewport: { width: 1440, height: 900 }, colorScheme: "dark" },
  { at: 3, size: "phone", viewport: { width: 390, height: 844 }, colorScheme: "light" },
] as const;
export type Look = (typeof LOOKS)[number];

export interface Telling {
  readonly page: Page;
  /** The whole system over protocol v2; the same for all stories. */
  readonly lab: Lab;
  readonly air: Air;
  readonly look: Look;
}

export const test = base.extend<{ air: Air }, { lab: Lab }>({
  lab: [
    // oxlint-disable-next-line no-empty-pattern -- Playwright reads the names of the fixtures that are needed from it.
    async ({}, use) => {
      const lab = await startSystem("stories", "v2");
      await use(lab);
      await lab.close();
    },
    { scope: "worker", timeout: 120_000 },
  ],
  air: async ({ lab }, use) => {
    const air = new Air(lab);
    await use(air);
    await air.stop();
  },
});

/** Tells a story in every look; a page that complains in its console fails it. */
export function story(title: string, tell: (telling: Telling) => Promise<void>): void {
  for (const look of LOOKS) {
    test.describe(`${look.size}, ${look.colorScheme}`, () => {
      const { viewport, colorScheme } = look;
      test.use({ viewport, colorScheme, contextOptions: { reducedMotion: "reduce" } });
      test(title, async ({ page, lab, air }) => {
        const complaints = complaintsOf(page);
        await revokeAll(lab);
        await tell({ page, lab, air, look });
        expect(complaints).toEqual([]);
      });
    });
  }
}

/** Revokes what the stories before have left: on a phone, only a dozen rows are in the page. */
async function revokeAll(lab: Lab): Promise<void> {
  const colleague = await Colleague.join(lab);
  const { items } = await colleague.read<{ items: { id: string; group: string }[] }>("/grants?limit=1000");
  const revoke = items.filter(({ group }) => group !== SENTINEL_GROUP).map(({ id }) => id);
  if (revoke.length > 0) await colleague.send("POST", "/grants/bulk", { revoke });
}

/** What the browser says of requests that fail; the page says so itself. */
const FAILED_REQUEST = /^Failed to load resource|^WebSocket connection|^Couldn't load preload assets/;

/** Errors and warnings of the page. */
export function complaintsOf(page: Page): string[] {
  const complaints: string[] = [];
  page.on("pageerror", (error) => complaints.push(error.message));
  page.on("console", (message) => {
    const isRequest = FAILED_REQUEST.test(message.text());
    if (["error", "warning"].includes(message.type()) && !isRequest) complaints.push(message.text());
  });
  return complaints;
}

/** Goes to a page as a person does: on a phone, some are behind More. */
export async function goTo(page: Page, name: string): Promise<void> {
  const navigation = page.getByRole("navigation", { name: "Main" });
  await expect(navigation).toBeVisible();
  const link = navigation.getByRole("link", { name: new RegExp(`^${name}`) });
  if (await link.isVisible()) return link.click();
  await page.getByRole("link", { name: "More" }).click();
  return page.getByRole("main").getByRole("link", { name }).click();
}

/** What rows, checkboxes and dialogs call a sender. */
export function pairOf(host: Host, group: string): string {
  return `${ADDRESS[host]} → ${group}`;
}

/** The row of a sender, in a table as on a phone. */
export function rowOf(page: Page, host: Host, group: string): Locator {
  return page.getByRole("row").filter({ hasText: pairOf(host, group) });
}

/** The toast that tells how a change ended. */
export function toast(page: Page, title: string): Locator {
  return page.getByRole("alert").filter({ hasText: title });
}

/** A picture of the page in this look; see `picture`. */
export function pictureIn(look: Look, page: Page, name: string): Promise<void> {
  return picture(page, `console/${name}-${look.size}-${look.colorScheme}`);
}
