// SPDX-License-Identifier: MIT
import { expect } from "@playwright/test";
import { ADDRESS } from "../../lab/topology.ts";
import { announce, descriptionOf } from "../support/announcement.ts";
import { expectAccessible } from "../support/accessible.ts";
import { type Look, pictureIn, story } from "../support/story.ts";

/** Words that no address and no other title contains. */
const HALLS = ["Aula", "Bistro", "Chapel", "Dome"] as const;

/** Four sessions of one hall: a stage and its double in one group, another stage, a camera. */
function hallOf({ at }: Look) {
  const hall = HALLS[at];
  const group = (offset: number) => `233.252.0.${40 + 4 * at + offset}`;
  const number = 10 * at;
  return {
    hall,
    stage: { title: `${hall}: stage left`, number, source: ADDRESS.permitted, group: group(0) },
    other: { title: `${hall}: stage right`, number: number + 1, source: ADDRESS.permitted, group: group(1), ttl: 63 },
    camera: {
      title: `${hall}: camera`,
      number: number + 2,
      source: ADDRESS.permitted,
      group: group(2),
      media: "video",
    },
    double: { title: `${hall}: stage double`, number: number + 3, source: ADDRESS.rogue, group: group(0) },
  } as const;
}

story("an operator finds a session, sees whom it disturbs, and permits what it announces", async (telling) => {
  const { page, lab, air, look } = telling;
  const { hall, stage, other, camera, double } = hallOf(look);
  await announce(lab, "permitted", [stage, other, camera]);
  await announce(lab, "rogue", [double]);
  await air.send("permitted", stage.group);
  await air.send("rogue", stage.group);

  await page.goto(`${lab.url}/sessions`);
  const title = (name: string) => page.getByRole("row").getByRole("button", { name });
  await page.getByRole("searchbox", { name: "Search sessions" }).fill(hall);
  await expect(page.getByText(/^4 of \d+ sessions$/)).toBeVisible();

  // Filters combine, and everything is in the address.
  await page.getByRole("combobox", { name: "Media" }).selectOption("audio");
  await page.getByRole("combobox", { name: "State" }).selectOption("not-permitted");
  await page.getByRole("combobox", { name: "Warnings" }).selectOption("shared");
  await expect(page.getByText(/^2 of \d+ sessions$/)).toBeVisible();
  await page.getByRole("combobox", { name: "Warnings" }).selectOption("");
  await expect(page.getByText(/^3 of \d+ sessions$/)).toBeVisible();
  if (look.size === "phone") await page.getByRole("combobox", { name: "Sort by" }).selectOption("-scope");
  else for (let click = 0; click < 2; click++) await page.getByRole("button", { name: "Scope" }).click();
  await expect(page.getByRole("row").getByRole("button", { name: hall }).first()).toHaveText(other.title);
  const address = new URL(page.url()).searchParams;
  expect(Object.fromEntries(address)).toEqual({
    q: hall,
    media: "audio",
    state: "not-permitted",
    sort: "-scope",
  });
  await page.reload();
  await expect(page.getByText(/^3 of \d+ sessions$/)).toBeVisible();
  await expect(page.getByRole("row").getByRole("button", { name: hall }).first()).toHaveText(other.title);
  await expect(title(camera.title)).toHaveCount(0);
  await pictureIn(look, page, "lab-sessions");

  // The details warn of the double, and show the description as it came.
  await title(stage.title).click();
  const details = page.getByRole("dialog", { name: stage.title });
  const warnings = details.getByRole("list", { name: "Warnings" });
  await expect(warnings).toContainText(`“${double.title}” uses ${stage.group} port 5004, too`);
  await expect(details.getByRole("region", { name: "Session description (SDP)" })).toHaveText(
    descriptionOf(stage).trim(),
    { useInnerText: true },
  );
  await expectAccessible(page);

  // The dialog says what it will do; then the packets of this source pass, and only of this one.
  await air.expectCut("permitted", stage.group);
  await details.getByRole("button", { name: "Permit", exact: true }).click();
  const dialog = page.getByRole("dialog", { name: "Permit senders" });
  await expect(dialog).toContainText(`Session “${stage.title}”`);
  await expect(dialog).toContainText("Packets arrive with TTL 16; they would still be refused.");
  await expect(dialog.getByRole("textbox", { name: /^Max TTL/ })).toHaveValue("15");
  await expectAccessible(page);
  await dialog.getByRole("button", { name: "Use 16" }).click();
  await dialog.getByRole("button", { name: "Permit 1 sender" }).click();
  await air.expectFlowing("permitted", stage.group);
  await air.expectCut("rogue", stage.group);
  await expect(details.getByText("Permitted", { exact: true })).toBeVisible();
  await expect(details.getByText(/^\d+ pkt\/s/)).toBeVisible();
  await expect(details.getByText(/[\d,]+ packets passed · max TTL 16/)).toBeVisible();
  await pictureIn(look, page, "lab-session");
  await page.keyboard.press("Escape");
  await expect(page.getByText(/^2 of \d+ sessions$/)).toBeVisible();
});
