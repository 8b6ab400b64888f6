// SPDX-License-Identifier: MIT
import { expect } from "@playwright/test";
import { SAP_PORT } from "../../lab/services.ts";
import { ADDRESS } from "../../lab/topology.ts";
import { until } from "../../lab/until.ts";
import { expectAccessible } from "../support/accessible.ts";
import { goTo, pictureIn, story, toast } from "../support/story.ts";

/** The announcements of site-local groups (RFC 2974 §3). */
const SAP_GROUP = "239.255.255.255";

story("an operator announces a session: hosts hear it, the list shows it, and it can be ended", async (telling) => {
  const { page, lab, look } = telling;
  const title = `Door bell ${look.size} ${look.colorScheme}`;
  const listener = await lab.receive([SAP_GROUP], { port: SAP_PORT, host: "mrouter" });
  const heard = () => listener.packets(ADDRESS.service, SAP_GROUP);
  const before = await heard();
  await page.goto(`${lab.url}/sessions`);
  await goTo(page, "Announce");
  await page.getByRole("button", { name: "Announce a session" }).click();
  const dialog = page.getByRole("dialog", { name: "Announce a session" });
  await dialog.getByRole("button", { name: "Announce", exact: true }).click();
  await expect(dialog.getByRole("textbox", { name: "Title" })).toHaveAccessibleDescription(/./);
  await dialog.getByRole("textbox", { name: "Title" }).fill(title);
  await dialog.getByRole("textbox", { name: "Sources" }).fill(ADDRESS.permitted);
  await expectAccessible(page);
  await dialog.getByRole("button", { name: "Announce", exact: true }).click();
  await expect(toast(page, "Announced")).toBeVisible();
  await until(async () => (await heard()) > before, { what: `an announcement at ${SAP_GROUP}` });
  await pictureIn(look, page, "lab-announce");

  await page.getByRole("link", { name: title }).click();
  const details = page.getByRole("dialog", { name: title });
  await expect(details.getByText("mauthserver announces this session itself.")).toBeVisible();
  await expect(details.getByText(`${ADDRESS.permitted} →`)).toBeVisible();
  await page.keyboard.press("Escape");
  await goTo(page, "Announce");
  const own = page.getByRole("region", { name: title });
  await own.getByRole("button", { name: "Edit" }).click();
  const change = page.getByRole("dialog", { name: `Change “${title}”` });
  await change.getByRole("textbox", { name: "About" }).fill("Rings when somebody is at the door");
  await change.getByRole("button", { name: "Announce", exact: true }).click();
  await expect(change).toBeHidden();
  await own.getByText("Session description (SDP)").click();
  await expect(own.getByText("i=Rings when somebody is at the door")).toBeVisible();
  const known = await heard();
  await own.getByRole("button", { name: "End" }).click();
  await expect(own).toHaveCount(0);
  await until(async () => (await heard()) > known, { what: "the deletion" });
  await listener.stop();
});
