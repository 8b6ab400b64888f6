// SPDX-License-Identifier: MIT
import { expect, test } from "@playwright/test";
import { closeAll } from "../lab/interrupt.ts";
import { ConsoleClient } from "../lab/console.ts";
import { Lab, SENTINEL_GROUP } from "../lab/lab.ts";
import { ANNOUNCED } from "../lab/services.ts";
import { ADDRESS } from "../lab/topology.ts";
import type { Receiver } from "../lab/traffic/receiver.ts";
import { until } from "../lab/until.ts";
import { picture } from "./support/picture.ts";
import { uniqueId } from "./support/unique-id.ts";

test.describe("the newcomer's story", () => {
  let lab: Lab;
  let receiver: Receiver;

  test.beforeAll(async () => {
    lab = await Lab.create({ id: uniqueId("newcomer") });
    await lab.start("musersd");
    await lab.start("mauthserver");
    await lab.start("announcer");
    await lab.start("minisapserver");
    lab.send("rogue", { group: ANNOUNCED.group, packetsPerSecond: 20 });
    receiver = await lab.receive([ANNOUNCED.group]);
    const console = await ConsoleClient.connect(lab.url);
    await console.permit(ADDRESS.permittedSentinel, SENTINEL_GROUP, 255);
    await console.permit(ADDRESS.rogueSentinel, SENTINEL_GROUP, 255);
    await console.close();
  });
  test.afterAll(closeAll);

  const arrived = () => receiver.packets(ADDRESS.permitted, ANNOUNCED.group);

  test("an announced session is refused, permitted with a click, received, and revoked", async ({ page }) => {
    await page.goto(lab.url);
    await expect(page.getByRole("heading", { name: "Sessions" })).toBeVisible();
    await expect(page.getByText(ANNOUNCED.title).first()).toBeVisible({ timeout: 15_000 });
    await lab.drain();
    expect(await arrived(), "packets before the permit").toBe(0);

    await page.getByText(ANNOUNCED.title).first().click();
    const details = page.getByRole("dialog", { name: ANNOUNCED.title });
    await details.getByRole("button", { name: "Permit", exact: true }).click();
    await page.getByRole("dialog", { name: "Permit senders" }).getByRole("button", { name: "Permit 1 sender" }).click();
    await until(async () => (await arrived()) > 50, { what: "the packets after the permit" });
    await expect(details.getByRole("button", { name: "Revoke" })).toBeVisible();
    await expect(details.getByText(/\d pkt\/s/)).toBeVisible();
    await picture(page, "console");
    await page.emulateMedia({ colorScheme: "dark" });
    await picture(page, "console-dark");

    await details.getByRole("button", { name: "Revoke" }).click();
    await page.getByRole("button", { name: "Revoke 1 sender" }).click();
    await expect(details.getByRole("button", { name: "Permit", exact: true })).toBeVisible();
    await lab.drain();
    const atRevoke = await arrived();
    await lab.send("permitted", { group: ANNOUNCED.group, count: 100, packetsPerSecond: 1_000 }).finished();
    await lab.drain();
    expect(await arrived(), "packets after the revoke").toBe(atRevoke);
    expect(await receiver.packets(ADDRESS.rogue, ANNOUNCED.group), "packets of the rogue").toBe(0);
  });

  test("the refused sender is on the page of refused senders, with its packets counted", async ({ page }) => {
    await page.goto(lab.url);
    await page.getByRole("link", { name: /^Refused/ }).click();
    await expect(page.getByRole("heading", { name: "Refused senders" })).toBeVisible();
    await expect(page.getByText(ADDRESS.rogue).first()).toBeVisible();
  });

  test("while mauthserver is down the console says so, and afterwards it shows the same", async ({ page }) => {
    await page.goto(lab.url);
    const session = page.getByRole("button", { name: ANNOUNCED.title });
    await expect(session).toBeVisible();
    await lab.service("mauthserver").kill();
    await expect(page.getByRole("alert").filter({ hasText: "No connection" })).toBeVisible();
    await expect(session).toBeVisible();
    await lab.start("mauthserver");
    await expect(page.getByRole("alert").filter({ hasText: "No connection" })).toBeHidden({ timeout: 30_000 });
    await expect(session).toBeVisible();
    await page.getByRole("link", { name: /^Grants/ }).click();
    await expect(page.getByRole("row").filter({ hasText: SENTINEL_GROUP })).toHaveCount(2);
  });
});
