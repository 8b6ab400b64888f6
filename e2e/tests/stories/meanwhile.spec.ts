// SPDX-License-Identifier: MIT
import { expect } from "@playwright/test";
import { ADDRESS } from "../../lab/topology.ts";
import { expectAccessible } from "../support/accessible.ts";
import { Colleague } from "../support/colleague.ts";
import { goTo, pictureIn, rowOf, story, toast } from "../support/story.ts";

story("two people change the same: the second is told what the first did, and loses nothing", async (telling) => {
  const { page, lab, look } = telling;
  const colleague = await Colleague.join(lab);

  // A grant: what the colleague decided stands until it is overwritten knowingly.
  const group = `233.252.0.${160 + look.at}`;
  const grant = `/grants/${encodeURIComponent(`${ADDRESS.permitted}>${group}`)}`;
  await colleague.send("POST", "/grants", { source: ADDRESS.permitted, group, maxTtl: 16 });
  await page.goto(`${lab.url}/grants?q=${group}`);
  await rowOf(page, "permitted", group).getByRole("button", { name: "Edit limits" }).click();
  const edit = page.getByRole("dialog", { name: "Edit grant" });
  await edit.getByRole("textbox", { name: "Reason" }).fill("for the rehearsal");
  await colleague.send("PATCH", grant, { maxTtl: 31 });
  await expect(rowOf(page, "permitted", group)).toContainText("31");
  await edit.getByRole("button", { name: "Save" }).click();
  const note = edit.getByRole("alert");
  await expect(note).toContainText("console changed it meanwhile:");
  await expect(note.getByRole("listitem")).toHaveText("maxTtl: 16 → 31");
  await expect(edit.getByRole("textbox", { name: "Reason" })).toHaveValue("for the rehearsal");
  expect(await colleague.read(grant)).toMatchObject({ maxTtl: 31 });
  await expectAccessible(page);
  await pictureIn(look, page, "lab-meanwhile");
  await edit.getByRole("button", { name: "Save" }).click();
  await expect(toast(page, "Changed")).toBeVisible();
  expect(await colleague.read(grant)).toMatchObject({ maxTtl: 16, reason: "for the rehearsal" });

  // An mrouter, which has another version for each of its interfaces.
  const name = `edge-${30 + look.at}`;
  const address = "203.0.113.78:9874";
  await colleague.send("POST", "/mrouters", { name, address, protocol: "v1", networks: ["198.51.100.64/26"] });
  await goTo(page, "Mrouters");
  await page.getByRole("button", { name: `Remove ${name}` }).click();
  const remove = page.getByRole("dialog", { name: `Remove ${name}` });
  await colleague.send("PATCH", `/mrouters/${name}`, { networks: ["198.51.100.128/25"] });
  await remove.getByRole("button", { name: "Remove" }).click();
  await expect(remove.getByRole("alert").getByRole("listitem")).toHaveText(/^networks: .*64\/26.* → .*128\/25/);
  await remove.getByRole("button", { name: "Remove" }).click();
  await expect(page.getByRole("heading", { name, exact: true })).toHaveCount(0);
});
