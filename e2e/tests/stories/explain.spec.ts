// SPDX-License-Identifier: MIT
import { expect } from "@playwright/test";
import { ADDRESS } from "../../lab/topology.ts";
import { expectAccessible } from "../support/accessible.ts";
import { goTo, pairOf, pictureIn, story } from "../support/story.ts";

story("an operator is told why packets are refused, what would change it, and changes it", async (telling) => {
  const { page, lab, air, look } = telling;
  const group = `233.252.0.${110 + look.at}`;
  await air.send("rogue", group);
  await page.goto(`${lab.url}/refused`);
  await page.getByRole("button", { name: `Permit ${pairOf("rogue", group)} for a while` }).click();
  await page.getByRole("menuitem", { name: "Explain" }).click();
  const main = page.getByRole("main");
  await expect(main.getByRole("heading", { name: "Its packets are refused" })).toBeVisible();
  await expect(main.getByText("No grant", { exact: true })).toBeVisible();
  await expect(main.getByText(/TTL 16 on lan0/)).toBeVisible();
  await expectAccessible(page);
  await pictureIn(look, page, "lab-explain");
  await main.getByRole("button", { name: "Permit this sender" }).click();
  await page.getByRole("button", { name: "Permit 1 sender" }).click();
  await air.expectFlowing("rogue", group);
  await expect(main.getByRole("heading", { name: "Its packets pass" })).toBeVisible();
  await expect(main.getByText(`${pairOf("rogue", group)}, max TTL 16`)).toBeVisible();
});

story("an operator asks about a sender that nobody has heard", async ({ page, lab, look }) => {
  await page.goto(`${lab.url}/sessions`);
  await goTo(page, "Explain");
  await expect(page.getByText("Which packets?")).toBeVisible();
  await page.getByRole("textbox", { name: "Source" }).fill(ADDRESS.permitted);
  await page.getByRole("textbox", { name: "Group" }).fill(`233.252.0.${116 + look.at}`);
  await page.getByRole("main").getByRole("button", { name: "Explain" }).click();
  await expect(page.getByRole("main").getByRole("heading", { name: "Nobody sends" })).toBeVisible();
  await page.getByRole("textbox", { name: "Group" }).fill("not a group");
  await page.getByRole("main").getByRole("button", { name: "Explain" }).click();
  await expect(page.getByRole("alert")).toContainText("This could not be explained");
});
