// SPDX-License-Identifier: MIT
import { expect } from "@playwright/test";
import { expectAccessible } from "../support/accessible.ts";
import { pairOf, pictureIn, rowOf, story, toast } from "../support/story.ts";

story("an operator goes through the inbox: one for a while, two at once, one never again", async (telling) => {
  const { page, lab, air, look } = telling;
  const group = (offset: number) => `233.252.0.${60 + 4 * look.at + offset}`;
  const [timed, first, second, ignored] = [group(0), group(1), group(2), group(3)];
  await air.send("rogue", timed, first, second, ignored);

  await page.goto(`${lab.url}/refused`);
  const row = (one: string) => rowOf(page, "rogue", one);
  await expect(row(timed)).toContainText("16");
  await expect(row(timed).getByText("No grant")).toBeVisible();
  await expect(row(timed).getByText(/^\d+ pkt\/s/)).toBeVisible();
  await air.expectCut("rogue", timed);
  await pictureIn(look, page, "lab-refused");

  // For a while.
  await page.getByRole("button", { name: `Permit ${pairOf("rogue", timed)} for a while` }).click();
  await page.getByRole("menuitem", { name: "for 15 minutes" }).click();
  const dialog = page.getByRole("dialog", { name: "Permit senders" });
  await expect(dialog).toContainText("For the next 15 minutes");
  await dialog.getByRole("button", { name: "Permit 1 sender" }).click();
  await air.expectFlowing("rogue", timed);
  await expect(row(timed).getByRole("button", { name: "Permit", exact: true })).toHaveCount(0);

  // In bulk, with one end for all.
  for (const one of [first, second])
    await page.getByRole("checkbox", { name: `Select ${pairOf("rogue", one)}` }).check();
  const bulk = page.getByRole("region", { name: "2 selected" });
  await expectAccessible(page);
  await bulk.getByRole("button", { name: "Permit" }).click();
  await dialog.getByRole("combobox", { name: "How long" }).selectOption("2h");
  await dialog.getByRole("button", { name: "Permit 2 senders" }).click();
  for (const one of [first, second]) await air.expectFlowing("rogue", one);

  // Reviewed, for everybody and after a reload.
  await page.getByRole("checkbox", { name: `Select ${pairOf("rogue", ignored)}` }).check();
  await page.getByRole("region", { name: "1 selected" }).getByRole("button", { name: "Ignore" }).click();
  await expect(row(ignored)).toHaveCount(0);
  await page.reload();
  await page.getByRole("combobox", { name: "Show" }).selectOption("ignored");
  await expect(row(ignored)).toContainText("Ignored by console");
  await air.expectCut("rogue", ignored);
  await page.getByRole("button", { name: `Permit ${pairOf("rogue", ignored)} for a while` }).click();
  await page.getByRole("menuitem", { name: "Back to the inbox" }).click();
  await expect(toast(page, "Back in the inbox")).toBeVisible();
  await page.getByRole("combobox", { name: "Show" }).selectOption("undecided");
  await expect(row(ignored)).toBeVisible();
  await expect(row(timed)).toHaveCount(0);

  await page.goto(`${lab.url}/grants?q=${timed}`);
  await expect(row(timed).getByText(/ends in 1[45] min/)).toBeVisible();
  await page.goto(`${lab.url}/grants?q=${first}`);
  await expect(row(first).getByText(/ends in 1 h 5\d min/)).toBeVisible();
});
