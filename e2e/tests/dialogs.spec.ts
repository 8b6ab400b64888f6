// SPDX-License-Identifier: MIT
import { expect, type Locator, type Page, test } from "@playwright/test";
import { PACKED_TITLE } from "../../packages/mauthclient/dev/fake-server/packed.ts";
import type { SceneName } from "../../packages/mauthclient/dev/fake-server/scene.ts";
import { FakeServer } from "../../packages/mauthclient/dev/fake-server/server.ts";
import { expectAccessible } from "./support/accessible.ts";
import { picture } from "./support/picture.ts";
import { complaintsOf, LOOKS } from "./support/story.ts";

/** How a dialog is come by: the page, and what is done there. */
interface Way {
  readonly dialog: string | RegExp;
  readonly path: string;
  readonly open: (page: Page) => Promise<unknown>;
}

/** Presses the first button of this name. */
function press(name: string | RegExp): Way["open"] {
  return (page) => page.getByRole("button", { name }).first().click();
}

/** Selects every row and presses a button of the bar that appears. */
function pressForAll(name: string): Way["open"] {
  return async (page) => {
    await page.getByRole("checkbox", { name: "Select all that are shown" }).check();
    await page
      .getByRole("region", { name: /selected$/ })
      .getByRole("button", { name })
      .click();
  };
}

const FEW: readonly Way[] = [
  { dialog: "Stage right I/O", path: "/sessions", open: press(/^Stage right I\/O$/) },
  { dialog: "Permit senders", path: "/refused", open: press(/^Permit$/) },
  { dialog: "Permit a sender", path: "/grants", open: press("Permit a sender") },
  { dialog: "Edit grant", path: "/grants", open: press("Edit limits") },
  { dialog: "Revoke grants", path: "/grants", open: press(/^Revoke$/) },
  { dialog: "Add an mrouter", path: "/mrouters", open: press("Add an mrouter") },
  { dialog: "Edit edge-1", path: "/mrouters", open: press("Edit edge-1") },
  { dialog: "Remove edge-1", path: "/mrouters", open: press("Remove edge-1") },
  { dialog: "Only monitor edge-1 lan1", path: "/mrouters", open: press("Only monitor: edge-1 lan1") },
  { dialog: "Announce a session", path: "/announce", open: press("Announce a session") },
  { dialog: "Make an account", path: "/accounts", open: press("Make an account") },
  { dialog: "Make a token", path: "/accounts", open: press("Make a token") },
];

const MANY: readonly Way[] = [
  { dialog: PACKED_TITLE, path: "/sessions?q=packed", open: press(`60 warnings ${PACKED_TITLE}`) },
  { dialog: "Permit senders", path: "/refused", open: pressForAll("Permit") },
  { dialog: "Revoke grants", path: "/grants", open: pressForAll("Revoke") },
  { dialog: "Enforce on hall-1 lan0", path: "/mrouters", open: press("Enforce: hall-1 lan0") },
  { dialog: "Edit hall-1", path: "/mrouters", open: press("Edit hall-1") },
  { dialog: /^Change “Announcement 0/, path: "/announce", open: press(/^Edit$/) },
  { dialog: /^Edit person\.0/, path: "/accounts", open: press(/^Edit person\.0/) },
];

/** Axe finds nothing in the dialog, however the console looks. */
async function expectAccessibleInAllLooks(page: Page, dialog: Locator, name: string): Promise<void> {
  for (const { size, viewport, colorScheme } of LOOKS) {
    await page.setViewportSize(viewport);
    await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
    await expect(dialog).toBeVisible();
    await expectAccessible(page, { part: "[role=dialog]" });
    await picture(page, `dialogs/${name}-${size}-${colorScheme}`);
  }
}

for (const [scene, rows, ways] of [
  ["lively", "few", FEW],
  ["packed", "many", MANY],
] as const satisfies (readonly [SceneName, string, readonly Way[]])[]) {
  test.describe(`with ${rows} rows`, () => {
    let server: FakeServer;
    let url: string;
    test.beforeAll(async () => {
      server = new FakeServer({ scene, sessions: 24, seed: 1 });
      url = `http://127.0.0.1:${await server.listen(0)}`;
    });
    test.afterAll(() => server.close());

    for (const { dialog: name, path, open } of ways) {
      const title = typeof name === "string" ? name : name.source.replace(/^\^/, "");
      test(`axe finds nothing in the dialog "${title}" with ${rows} rows`, async ({ page }) => {
        const complaints = complaintsOf(page);
        await page.emulateMedia({ reducedMotion: "reduce" });
        await page.goto(`${url}${path}`);
        await open(page);
        const dialog = page.getByRole("dialog", { name });
        await expectAccessibleInAllLooks(page, dialog, `${title.replaceAll(/\W+/g, "-")}-${rows}`);
        expect(complaints).toEqual([]);
      });
    }
  });
}
