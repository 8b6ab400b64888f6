// SPDX-License-Identifier: MIT
import { expect } from "@playwright/test";
import { ADDRESS } from "../../lab/topology.ts";
import { expectAccessible } from "../support/accessible.ts";
import { pairOf, pictureIn, story, toast } from "../support/story.ts";

story("an operator lets an interface only monitor, and is told whom enforcing cuts off", async (telling) => {
  const { page, lab, air, look } = telling;
  const group = `233.252.0.${100 + look.at}`;
  await air.send("rogue", group);
  await page.goto(`${lab.url}/mrouters`);
  const card = page.getByRole("listitem").filter({ has: page.getByRole("heading", { name: "edge-1" }) });
  await expect(card.getByText("Online")).toBeVisible();
  await expect(card.getByText(/^(\d+) of \1 decided$/)).toBeVisible();
  await expect(card.getByText("eBPF")).toBeVisible();
  await air.expectCut("rogue", group);
  await pictureIn(look, page, "lab-mrouters");

  await page.getByRole("button", { name: "Only monitor: edge-1 lan0" }).click();
  const monitor = page.getByRole("dialog", { name: "Only monitor edge-1 lan0" });
  await expect(monitor).toContainText(/This will let \d+ refused flows? through/);
  await monitor.getByRole("button", { name: "Only monitor" }).click();
  await air.expectFlowing("rogue", group);
  await expect(page.getByRole("alert").filter({ hasText: "edge-1 is in monitor mode" })).toBeVisible();

  await page.getByRole("button", { name: "Enforce: edge-1 lan0" }).click();
  const enforce = page.getByRole("dialog", { name: "Enforce on edge-1 lan0" });
  await expect(enforce).toContainText(/This will cut \d+ live flows?/);
  await expect(enforce).toContainText(pairOf("rogue", group));
  await expectAccessible(page);
  await enforce.getByRole("button", { name: "Enforce" }).click();
  await expect(enforce).toBeHidden();
  await air.expectCut("rogue", group);
});

story("an admin adds an mrouter, moves it, and removes it; the picture shows who sends where", async (telling) => {
  const { page, lab, air, look } = telling;
  await air.send("rogue", `233.252.0.${104 + look.at}`);
  const name = `edge-${20 + look.at}`;
  await page.goto(`${lab.url}/mrouters`);
  await page.getByRole("button", { name: "Add an mrouter" }).click();
  const add = page.getByRole("dialog", { name: "Add an mrouter" });
  await add.getByRole("textbox", { name: "Name" }).fill(name);
  await add.getByRole("textbox", { name: "Address" }).fill("203.0.113.77");
  await add.getByRole("textbox", { name: "Internal networks" }).fill("198.51.100.64/26");
  await add.getByRole("button", { name: "Save" }).click();
  await expect(add.getByText("Such as 192.0.2.1:9874 or [2001:db8::1]:9874")).toBeVisible();
  await expectAccessible(page);
  await add.getByRole("textbox", { name: "Address" }).fill("203.0.113.77:9874");
  await add.getByRole("button", { name: "Save" }).click();
  await expect(toast(page, "Added")).toBeVisible();
  const card = page.getByRole("listitem").filter({ has: page.getByRole("heading", { name }) });
  await expect(card.getByText("198.51.100.64/26")).toBeVisible();
  // Nobody answers there, and the console says so rather than that all is well.
  await expect(card.getByText("Offline")).toBeVisible({ timeout: 30_000 });

  await page.getByRole("button", { name: `Edit ${name}` }).click();
  const edit = page.getByRole("dialog", { name: `Edit ${name}` });
  await edit.getByRole("textbox", { name: "Internal networks" }).fill("198.51.100.128/25");
  await edit.getByRole("button", { name: "Save" }).click();
  await expect(card.getByText("198.51.100.128/25")).toBeVisible();

  await page.getByText("Topology", { exact: true }).click();
  await expect(page.getByRole("button", { name: `${name}, Offline` })).toBeVisible();
  await page.getByRole("button", { name: /^edge-1, Online/ }).press("Enter");
  await expect(page.getByRole("img", { name: new RegExp(`^${ADDRESS.rogue}`) })).toBeVisible();
  await expectAccessible(page);
  await pictureIn(look, page, "lab-topology");
  await page.getByText("List", { exact: true }).click();

  await page.getByRole("button", { name: `Remove ${name}` }).click();
  const remove = page.getByRole("dialog", { name: `Remove ${name}` });
  await expect(remove).toContainText("Its filter goes on enforcing what it holds now");
  await remove.getByRole("button", { name: "Remove" }).click();
  await expect(card).toHaveCount(0);
});
