// SPDX-License-Identifier: MIT
import { readFile } from "node:fs/promises";
import { expect } from "@playwright/test";
import { ADDRESS } from "../../lab/topology.ts";
import { expectAccessible } from "../support/accessible.ts";
import { goTo, pictureIn, story, toast } from "../support/story.ts";

story(
  "an operator exports the grants, imports a changed list after its plan, and keeps the settings",
  async (telling) => {
    const { page, lab, air, look } = telling;
    const group = `233.252.0.${132 + look.at}`;
    await air.send("rogue", group);
    await page.goto(`${lab.url}/sessions`);
    await goTo(page, "Settings");
    const download = page.waitForEvent("download");
    await page.getByRole("link", { name: "Export CSV" }).click();
    const [head = ""] = (await readFile(await (await download).path(), "utf8")).split("\n");
    expect(head).toContain("source,group,");

    const box = page.getByRole("region", { name: "Export and import of grants" });
    const give = async (text: string): Promise<void> => {
      const choosing = page.waitForEvent("filechooser");
      await box.getByRole("button", { name: "File with grants" }).click();
      await (await choosing).setFiles({ name: "grants.csv", mimeType: "text/csv", buffer: Buffer.from(text) });
      await box.getByRole("button", { name: "Show what would change" }).click();
    };
    await give(`source,group,maxTtl\n${ADDRESS.rogue},192.0.2.1,16\n`);
    await expect(box.getByText(/^Line 2: /)).toBeVisible();
    await expect(box.getByRole("button", { name: "Apply this" })).toBeDisabled();
    await give(`source,group,maxTtl\n${ADDRESS.rogue},${group},16\n`);
    await expect(box.getByText("Permit: 1")).toBeVisible();
    await expect(box.getByText(`${ADDRESS.rogue} → ${group}`)).toBeVisible();
    await expectAccessible(page);
    await pictureIn(look, page, "lab-settings");
    await air.expectCut("rogue", group);
    await box.getByRole("button", { name: "Apply this" }).click();
    await expect(toast(page, "Imported")).toBeVisible();
    await air.expectFlowing("rogue", group);

    const deletion = page.getByRole("region", { name: "When a session is no longer announced" });
    const isGrace = await deletion.getByRole("radio", { name: "They end after 10 minutes" }).isChecked();
    const chosen = isGrace ? "They stay" : "They end after 10 minutes";
    await deletion.getByRole("radio", { name: chosen }).check();
    await deletion.getByRole("button", { name: "Save" }).click();
    await expect(toast(page, "Saved")).toBeVisible();
    await page.reload();
    await expect(deletion.getByRole("radio", { name: chosen })).toBeChecked();
  },
);
