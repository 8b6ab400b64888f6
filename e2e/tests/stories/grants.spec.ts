// SPDX-License-Identifier: MIT
import { expect } from "@playwright/test";
import { ADDRESS } from "../../lab/topology.ts";
import { TTL } from "../support/air.ts";
import { expectAccessible } from "../support/accessible.ts";
import { pairOf, pictureIn, rowOf, story, toast } from "../support/story.ts";

story("an operator edits a grant where it stands, sees whom a revoke cuts off, and takes it back", async (telling) => {
  const { page, lab, air, look } = telling;
  const group = (offset: number) => `233.252.0.${80 + 4 * look.at + offset}`;
  const [edited, other, silent] = [group(0), group(1), group(2)];
  await air.send("permitted", edited, other);
  const row = (one: string) => rowOf(page, "permitted", one);

  // By hand, because nobody announces them; one of them never sends.
  await page.goto(`${lab.url}/grants`);
  for (const one of [edited, other, silent]) {
    await page.getByRole("button", { name: "Permit a sender" }).click();
    const dialog = page.getByRole("dialog", { name: "Permit a sender" });
    await dialog.getByRole("textbox", { name: "Source" }).fill(ADDRESS.permitted);
    await dialog.getByRole("textbox", { name: "Group" }).fill(one);
    await dialog.getByRole("textbox", { name: "Max TTL" }).fill(String(TTL));
    await dialog.getByRole("textbox", { name: "Reason" }).fill("rehearsal");
    await dialog.getByRole("button", { name: "Permit 1 sender" }).click();
    await expect(dialog).toBeHidden();
  }
  for (const one of [edited, other]) await air.expectFlowing("permitted", one);
  await page.getByRole("searchbox", { name: "Search grants" }).fill(`233.252.0.${80 + 4 * look.at}`);
  await expect(row(edited).getByText(/^\d+ pkt\/s/)).toBeVisible();
  await expect(row(edited).getByText("Enforced")).toBeVisible();

  // The TTL in its row: one hop less refuses what is sent.
  const change = async (ttl: number): Promise<void> => {
    await row(edited).getByRole("button", { name: "Change TTL" }).click();
    await page.getByRole("textbox", { name: "Max TTL" }).fill(String(ttl));
    await page.getByRole("textbox", { name: "Max TTL" }).press("Enter");
    await expect(row(edited).getByText(`site ${ttl}`)).toBeVisible();
  };
  await change(TTL - 1);
  await air.expectCut("permitted", edited);
  await change(TTL);
  await air.expectFlowing("permitted", edited);

  // A rate and an end in the dialog; both then stand in the row.
  await row(edited).getByRole("button", { name: "Edit limits" }).click();
  const edit = page.getByRole("dialog", { name: "Edit grant" });
  await edit.getByRole("combobox", { name: "How long" }).selectOption("8h");
  await edit.getByText("Rate, interface and MAC address").click();
  await edit.getByRole("textbox", { name: "At most" }).fill("5000");
  await expectAccessible(page);
  await edit.getByRole("button", { name: "Save" }).click();
  await expect(row(edited).getByText(/ends in 7 h 5\d min/)).toBeVisible();
  await expect(row(edited).getByText("≤ 5 Mbit/s")).toBeVisible();
  await air.expectFlowing("permitted", edited);

  // The silent one is marked, and found by a filter.
  await page.getByRole("searchbox", { name: "Search grants" }).fill("");
  await page.getByRole("combobox", { name: "Enforcement" }).selectOption("silent");
  await expect(row(silent)).toBeVisible();
  await expect(row(edited)).toHaveCount(0);
  await page.getByRole("combobox", { name: "Enforcement" }).selectOption("");
  await pictureIn(look, page, "lab-grants");

  // Revoke in bulk: first who is cut off, then nothing passes, then everything as it was.
  for (const one of [edited, other, silent])
    await page.getByRole("checkbox", { name: `Select ${pairOf("permitted", one)}` }).check();
  await page.getByRole("region", { name: "3 selected" }).getByRole("button", { name: "Revoke" }).click();
  const revoke = page.getByRole("dialog", { name: "Revoke grants" });
  await expect(revoke).toContainText(/2 of 3 senders sending now: [\d.]+ kbit\/s in all\./);
  await expect(revoke).toContainText("silent now");
  await revoke.getByRole("button", { name: "Revoke 3 senders" }).click();
  const undo = toast(page, "Revoked").getByRole("button", { name: "Undo" });
  // A toast waits for whoever points at it.
  await undo.hover();
  for (const one of [edited, other]) await air.expectCut("permitted", one);
  await undo.click();
  for (const one of [edited, other]) await air.expectFlowing("permitted", one);
  await expect(row(edited).getByText(/ends in 7 h 5\d min/)).toBeVisible();
  await expect(row(edited).getByText("≤ 5 Mbit/s")).toBeVisible();
});
