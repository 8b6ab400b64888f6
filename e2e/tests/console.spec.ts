// SPDX-License-Identifier: MIT
import { expect, type Locator, type Page, test } from "@playwright/test";
import { closeAll } from "../lab/interrupt.ts";
import type { Lab } from "../lab/lab.ts";
import { ADDRESS } from "../lab/topology.ts";
import type { Receiver } from "../lab/traffic/receiver.ts";
import type { Sender } from "../lab/traffic/sender.ts";
import { until } from "../lab/until.ts";
import { startSystem } from "./support/system.ts";

/** A host that nobody permitted sends to each of these all the time, TTL 16. */
const GROUPS = ["233.252.0.31", "233.252.0.32", "233.252.0.33", "233.252.0.34", "233.252.0.35"] as const;
const [INBOX, IGNORED, GRANT, EXPLAINED, AUDITED] = GROUPS;
const TTL = 16;
const pair = (group: string): string => `${ADDRESS.rogue} → ${group}`;

function rowOf(page: Page, group: string): Locator {
  return page.getByRole("row").filter({ hasText: pair(group) });
}

test.describe("an operator at the console", () => {
  let lab: Lab;
  let receiver: Receiver;
  let senders: Sender[];

  test.beforeAll(async () => {
    lab = await startSystem("console", "v2");
    receiver = await lab.receive(GROUPS);
    senders = GROUPS.map((group) => lab.send("rogue", { group, packetsPerSecond: 20, ttl: TTL }));
  });
  test.afterAll(async () => {
    await Promise.all(senders.map((sender) => sender.stop()));
    await closeAll();
  });

  const arrived = (group: string) => receiver.packets(ADDRESS.rogue, group);

  async function expectFlowing(group: string): Promise<void> {
    const before = await arrived(group);
    await until(async () => (await arrived(group)) > before + 20, { what: `packets to ${group}` });
  }

  /** No packet arrives after what was on its way has: the sentinel comes later. */
  async function expectCut(group: string): Promise<void> {
    await lab.drain();
    const before = await arrived(group);
    await lab.drain();
    expect(await arrived(group), `packets to ${group}`).toBe(before);
  }

  const grant = async (page: Page, group: string): Promise<void> => {
    await page.goto(`${lab.url}/refused`);
    await rowOf(page, group).getByRole("button", { name: "Permit", exact: true }).click();
    await page.getByRole("button", { name: "Permit 1 sender" }).click();
    await expectFlowing(group);
  };

  for (const [size, viewport] of [
    ["desktop", { width: 1440, height: 900 }],
    ["phone", { width: 390, height: 844 }],
  ] as const) {
    test(`permits a refused sender for 15 minutes on a ${size}, revokes in bulk, and undoes it`, async ({ page }) => {
      await page.setViewportSize(viewport);
      await page.goto(`${lab.url}/refused`);
      await expectCut(INBOX);
      await page.getByRole("button", { name: `Permit ${pair(INBOX)} for a while` }).click();
      await page.getByRole("menuitem", { name: "for 15 minutes" }).click();
      const dialog = page.getByRole("dialog", { name: "Permit senders" });
      await expect(dialog).toContainText("For the next 15 minutes");
      await dialog.getByRole("button", { name: "Permit 1 sender" }).click();
      await expectFlowing(INBOX);

      await page.getByRole("link", { name: /^Grants/ }).click();
      await expect(rowOf(page, INBOX).getByText(/ends in 1[45] min/)).toBeVisible();
      await page.getByRole("checkbox", { name: `Select ${pair(INBOX)}` }).check();
      await page.getByRole("region", { name: "1 selected" }).getByRole("button", { name: "Revoke" }).click();
      await expect(page.getByRole("dialog")).toContainText(/sending [\d,.]+ pkt\/s/);
      await page.getByRole("button", { name: "Revoke 1 sender" }).click();
      const revoked = page.getByRole("alert").filter({ hasText: "Revoked" });
      await expect(revoked).toBeVisible();
      const undo = revoked.getByRole("button", { name: "Undo" });
      await undo.click();
      await expectFlowing(INBOX);
      await expect(rowOf(page, INBOX).getByText(/ends in 1[45] min/)).toBeVisible();

      await rowOf(page, INBOX).getByRole("button", { name: "Revoke" }).click();
      await page.getByRole("button", { name: "Revoke 1 sender" }).click();
      await expect(rowOf(page, INBOX)).toHaveCount(0);
      await expectCut(INBOX);
    });
  }

  test("ignores a refused sender, and it stays reviewed", async ({ page }) => {
    await page.goto(`${lab.url}/refused`);
    await page.getByRole("button", { name: `Permit ${pair(IGNORED)} for a while` }).click();
    await page.getByRole("menuitem", { name: "Ignore" }).click();
    await expect(rowOf(page, IGNORED)).toHaveCount(0);
    await page.reload();
    await expect(rowOf(page, EXPLAINED)).toBeVisible();
    await expect(rowOf(page, IGNORED)).toHaveCount(0);
    await page.getByRole("combobox", { name: "Show" }).selectOption("ignored");
    await expect(rowOf(page, IGNORED)).toContainText("Ignored by console");
    await expectCut(IGNORED);
  });

  test("lowers a grant's TTL where it stands, and the packets above it are refused", async ({ page }) => {
    await grant(page, GRANT);
    await page.getByRole("link", { name: /^Grants/ }).click();
    const change = async (ttl: number): Promise<void> => {
      await rowOf(page, GRANT).getByRole("button", { name: "Change TTL" }).click();
      await page.getByRole("textbox", { name: "Max TTL" }).fill(String(ttl));
      await page.getByRole("textbox", { name: "Max TTL" }).press("Enter");
    };
    await change(TTL - 1);
    await expect(rowOf(page, GRANT).getByText(`site ${TTL - 1}`)).toBeVisible();
    await expectCut(GRANT);
    await change(TTL);
    await expectFlowing(GRANT);
  });

  test("is told why packets are refused, and lets them pass with one click", async ({ page }) => {
    await page.goto(`${lab.url}/refused`);
    await page.getByRole("button", { name: `Permit ${pair(EXPLAINED)} for a while` }).click();
    await page.getByRole("menuitem", { name: "Explain" }).click();
    await expect(page.getByRole("heading", { name: "Its packets are refused" })).toBeVisible();
    await page.getByRole("button", { name: "Permit this sender" }).click();
    await page.getByRole("button", { name: "Permit 1 sender" }).click();
    await expectFlowing(EXPLAINED);
    await expect(page.getByRole("heading", { name: "Its packets pass" })).toBeVisible();
  });

  test("undoes a decision from the audit", async ({ page }) => {
    await grant(page, AUDITED);
    await page.getByRole("link", { name: "Audit" }).click();
    const entry = page
      .getByRole("listitem")
      .filter({ hasText: pair(AUDITED) })
      .first();
    await entry.getByText(/fields, revision/).click();
    await expect(entry.getByRole("row", { name: /maxTtl – 16/ })).toBeVisible();
    await entry.getByRole("button", { name: /^Undo/ }).click();
    await expect(page.getByRole("alert").filter({ hasText: "Undone" })).toBeVisible();
    await expectCut(AUDITED);
    const download = page.waitForEvent("download");
    await page.getByRole("link", { name: "Export CSV" }).click();
    expect((await download).suggestedFilename()).toMatch(/\.csv$/);
  });

  test("switches an interface to monitor and back, and is told what that cuts", async ({ page }) => {
    await page.goto(`${lab.url}/mrouters`);
    await page.getByRole("button", { name: "Only monitor: edge-1 lan0" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Only monitor" }).click();
    await expectFlowing(AUDITED);
    await page.getByRole("button", { name: "Enforce: edge-1 lan0" }).click();
    const dialog = page.getByRole("dialog", { name: "Enforce on edge-1 lan0" });
    await expect(dialog).toContainText(/This will cut \d live flows?/);
    await expect(dialog).toContainText(pair(AUDITED));
    await dialog.getByRole("button", { name: "Enforce" }).click();
    await expect(dialog).toBeHidden();
    await expectCut(AUDITED);
  });

  test("sees the network as a picture, and one mrouter's sources", async ({ page }) => {
    await page.goto(`${lab.url}/mrouters`);
    await page.getByText("Topology", { exact: true }).click();
    await expect(page.getByRole("img", { name: /^192\.0\.2\.0\/24/ })).toBeVisible();
    await page.getByRole("button", { name: /^edge-1, Online/ }).press("Enter");
    await expect(page.getByRole("img", { name: new RegExp(`^${ADDRESS.rogue}`) })).toBeVisible();
  });

  test("sees the refused packets per second on a plot, in all and of one sender", async ({ page }) => {
    await page.goto(`${lab.url}/traffic`);
    await expect(page.getByRole("img", { name: /now .* refused/ })).toBeVisible();
    await page.getByText("Refused", { exact: true }).last().click();
    await page.getByRole("link", { name: `Traffic of ${pair(IGNORED)}` }).click({ timeout: 30_000 });
    await expect(page.getByRole("img", { name: new RegExp(`Packets per second of ${pair(IGNORED)}`) })).toBeVisible();
  });

  test("announces a session, hears it, and ends it", async ({ page }) => {
    await page.goto(`${lab.url}/announce`);
    await page.getByRole("button", { name: "Announce a session" }).click();
    await page.getByRole("textbox", { name: "Title" }).fill("Door bell of hall 3");
    await page.getByRole("textbox", { name: "Sources" }).fill(ADDRESS.permitted);
    await page.getByRole("button", { name: "Announce", exact: true }).click();
    await page.getByRole("link", { name: "Door bell of hall 3" }).click();
    const details = page.getByRole("dialog", { name: "Door bell of hall 3" });
    await expect(details.getByText("mauthserver announces this session itself.")).toBeVisible();
    await page.goto(`${lab.url}/announce`);
    await page.getByRole("button", { name: "End" }).click();
    await expect(page.getByText("mauthserver announces nothing")).toBeVisible();
  });

  test("makes the first account, from then on has to log in, and a viewer may only look", async ({ page }) => {
    await page.goto(lab.url);
    await page.getByRole("link", { name: "Make the first account" }).click();
    await page.getByRole("button", { name: "Make an account" }).click();
    await page.getByRole("textbox", { name: "Name" }).fill("ada");
    await page.getByRole("textbox", { name: "Password" }).fill("correct horse battery");
    await page.getByRole("button", { name: "Save" }).click();
    await expect(page.getByText("ada (admin)")).toBeVisible();
    await page.getByRole("button", { name: "Make an account" }).click();
    await page.getByRole("textbox", { name: "Name" }).fill("val");
    await page.getByRole("combobox", { name: "Role" }).selectOption("viewer");
    await page.getByRole("textbox", { name: "Password" }).fill("battery staple tree");
    await page.getByRole("button", { name: "Save" }).click();
    await expect(page.getByRole("listitem").filter({ hasText: "val" })).toBeVisible();
    await page.getByRole("button", { name: "Log out" }).click();

    await page.getByRole("textbox", { name: "Name" }).fill("val");
    await page.getByRole("textbox", { name: "Password" }).fill("wrong");
    await page.getByRole("button", { name: "Log in" }).click();
    await expect(page.getByRole("alert")).toBeVisible();
    await page.getByRole("textbox", { name: "Password" }).fill("battery staple tree");
    await page.getByRole("button", { name: "Log in" }).click();
    await page.getByRole("link", { name: /^Refused/ }).click();
    await expect(rowOf(page, AUDITED).getByRole("button", { name: "Permit", exact: true })).toBeDisabled();
  });
});
