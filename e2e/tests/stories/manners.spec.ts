// SPDX-License-Identifier: MIT
import { expect } from "@playwright/test";
import { ConsoleClient } from "../../lab/console.ts";
import { ANNOUNCED } from "../../lab/services.ts";
import { ADDRESS } from "../../lab/topology.ts";
import { expectAccessible } from "../support/accessible.ts";
import { pairOf, pictureIn, rowOf, story, toast } from "../support/story.ts";

story("a lost connection is said, forbids decisions, and loses no update", async ({ page, lab, air, look }) => {
  const group = `233.252.0.${150 + look.at}`;
  await air.send("rogue", group);
  await page.goto(`${lab.url}/refused`);
  const permit = rowOf(page, "rogue", group).getByRole("button", { name: "Permit", exact: true });
  await expect(permit).toBeEnabled();
  await lab.service("mauthserver").kill();
  const banner = page.getByRole("alert").filter({ hasText: "No connection" });
  await expect(banner).toBeVisible();
  await expect(page.getByText(/What you see is \d+ s old/)).toBeVisible();
  await expect(permit).toBeDisabled();
  await expectAccessible(page);
  await pictureIn(look, page, "lab-disconnected");
  await lab.start("mauthserver");
  const colleague = await ConsoleClient.connect(lab.url);
  await colleague.permit(ADDRESS.rogue, group, 16);
  await colleague.close();
  await expect(banner).toBeHidden({ timeout: 30_000 });
  await expect(permit).toHaveCount(0);
  await page.getByRole("link", { name: /^Grants/ }).click();
  // Only rows in sight are in the page, and the stories before have left grants.
  await page.getByRole("searchbox", { name: "Search grants" }).fill(group);
  await expect(rowOf(page, "rogue", group)).toBeVisible();
  await air.expectFlowing("rogue", group);
});

story("the keyboard alone finds a refused sender and permits it", async ({ page, lab, air, look }) => {
  const group = `233.252.0.${156 + look.at}`;
  await air.send("rogue", group);
  await page.goto(`${lab.url}/refused`);
  await expect(rowOf(page, "rogue", group)).toBeVisible();
  await page.keyboard.press("/");
  await page.keyboard.type(pairOf("rogue", group));
  await expect(page.getByText(/^1 of \d+ refused senders$/)).toBeVisible();
  const permit = page.getByRole("button", { name: "Permit", exact: true });
  for (let tabs = 0; tabs < 30 && !(await permit.evaluate((one) => one === document.activeElement)); tabs++)
    await page.keyboard.press("Tab");
  await page.keyboard.press("Enter");
  await expect(page.getByRole("dialog", { name: "Permit senders" })).toBeVisible();
  await page.keyboard.press("Enter");
  await expect(toast(page, "Permitted")).toBeVisible();
  await air.expectFlowing("rogue", group);
});

story("what does not exist says what to do", async ({ page, lab }) => {
  await page.goto(`${lab.url}/sessions?q=nothing-is-called-this`);
  await expect(page.getByText("Nothing matches")).toBeVisible();
  await page.getByRole("button", { name: "Clear search and filters" }).click();
  await expect(page.getByRole("row").getByRole("button", { name: ANNOUNCED.title })).toBeVisible();
  await page.goto(`${lab.url}/no-such-page`);
  await expect(page.getByRole("heading", { name: "There is no such page" })).toBeVisible();
  await expectAccessible(page);
  await page.getByRole("link", { name: "Go to the sessions" }).click();
  await expect(page.getByRole("heading", { name: "Sessions" })).toBeVisible();
});
