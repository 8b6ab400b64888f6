// SPDX-License-Identifier: MIT
import { readFile } from "node:fs/promises";
import { expect } from "@playwright/test";
import { ADDRESS } from "../../lab/topology.ts";
import { expectAccessible } from "../support/accessible.ts";
import { goTo, pairOf, pictureIn, rowOf, story, toast } from "../support/story.ts";

story("an operator finds who permitted a sender, undoes it, and takes the log along", async (telling) => {
  const { page, lab, air, look } = telling;
  const group = `233.252.0.${126 + look.at}`;
  await air.send("rogue", group);
  await page.goto(`${lab.url}/refused`);
  await rowOf(page, "rogue", group).getByRole("button", { name: "Permit", exact: true }).click();
  await page.getByRole("textbox", { name: "Reason" }).fill("for the rehearsal");
  await page.getByRole("button", { name: "Permit 1 sender" }).click();
  await air.expectFlowing("rogue", group);

  await goTo(page, "Audit");
  await page.getByRole("searchbox", { name: "Search by id" }).fill(`${ADDRESS.rogue}>${group}`);
  await page.getByRole("combobox", { name: "What" }).selectOption("grant");
  await expect(page.getByText("1 entry")).toBeVisible();
  const entry = page.getByRole("listitem").filter({ hasText: pairOf("rogue", group) });
  await expect(entry).toContainText("console added grant");
  await expect(entry).toContainText("“for the rehearsal”");
  await entry.getByText(/fields, revision/).click();
  await expect(entry.getByRole("row", { name: /maxTtl – 16/ })).toBeVisible();
  await expectAccessible(page);
  await pictureIn(look, page, "lab-audit");

  const download = page.waitForEvent("download");
  await page.getByRole("link", { name: "Export CSV" }).click();
  const csv = await readFile(await (await download).path(), "utf8");
  expect(csv.trim().split("\n"), "a head and the line that is shown").toHaveLength(2);
  expect(csv).toContain("for the rehearsal");

  await entry.getByRole("button", { name: /^Undo/ }).click();
  await expect(toast(page, "Undone")).toBeVisible();
  await air.expectCut("rogue", group);
  await expect(page.getByText("2 entries")).toBeVisible();
  await expect(entry.filter({ hasText: "console removed grant" })).toContainText(/\(undoes \d+\)/);
});
