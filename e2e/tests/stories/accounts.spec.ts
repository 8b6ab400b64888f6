// SPDX-License-Identifier: MIT
import { readFile, rm } from "node:fs/promises";
import { expect, type Page, test } from "@playwright/test";
import { Lab, SENTINEL_GROUP } from "../../lab/lab.ts";
import { ADDRESS } from "../../lab/topology.ts";
import { Air, TTL } from "../support/air.ts";
import { ageLogins } from "../support/logins.ts";
import { expectAccessible } from "../support/accessible.ts";
import { complaintsOf, goTo, LOOKS, type Look, pictureIn, rowOf, toast } from "../support/story.ts";
import { uniqueId } from "../support/unique-id.ts";

const ADMIN = { name: "ada", password: "correct horse battery" };
const APPROVER = { name: "ben", password: "battery staple tree" };
const VIEWER = { name: "val", password: "horse tree staple" };
/** Wrong passwords that lock an account (docs/operate.md). */
const FAILURES = 5;

/** A mauthserver that knows nobody yet. */
async function forgetEverybody(lab: Lab): Promise<void> {
  await lab.service("mauthserver").stop();
  for (const file of ["mauth.db", "mauth.db-wal", "mauth.db-shm"])
    await rm(`${lab.directory}/${file}`, { force: true });
  await lab.start("mauthserver");
}

async function logIn(page: Page, { name, password }: { name: string; password: string }): Promise<void> {
  await page.getByRole("textbox", { name: "Name" }).fill(name);
  await page.getByRole("textbox", { name: "Password" }).fill(password);
  await page.getByRole("button", { name: "Log in" }).click();
}

async function enter(page: Page, who: typeof ADMIN): Promise<void> {
  await logIn(page, who);
  await expect(page.getByRole("navigation", { name: "Main" })).toBeVisible();
}

/** On a phone, who is logged in stands with the settings. */
async function logOut(page: Page): Promise<void> {
  await goTo(page, "Settings");
  await page.getByRole("main").getByRole("button", { name: "Log out" }).click();
  await expect(page.getByRole("heading", { name: "Log in" })).toBeVisible();
}

async function addAccount(page: Page, role: string, { name, password }: typeof ADMIN): Promise<void> {
  await page.getByRole("button", { name: "Make an account" }).click();
  const dialog = page.getByRole("dialog", { name: "Make an account" });
  await dialog.getByRole("textbox", { name: "Name" }).fill(name);
  await dialog.getByRole("combobox", { name: "Role" }).selectOption(role);
  await dialog.getByRole("textbox", { name: "Password" }).fill(password);
  await dialog.getByRole("button", { name: "Save" }).click();
  await expect(dialog).toBeHidden();
}

test.describe("people and programs", () => {
  let lab: Lab;
  test.beforeAll(async () => {
    lab = await Lab.create({ id: uniqueId("accounts"), protocol: "v2", isLoginRequired: true });
    await lab.start("musersd");
    await lab.start("mauthserver");
  });
  test.afterAll(() => lab.close());

  for (const look of LOOKS) {
    test.describe(`${look.size}, ${look.colorScheme}`, () => {
      const { viewport, colorScheme } = look;
      test.use({ viewport, colorScheme, contextOptions: { reducedMotion: "reduce" } });
      test("the first admin gives everybody as much as they need, and nobody more", async ({ page }) => {
        test.setTimeout(300_000); // It logs in and out all the time, and hashing a password is slow on purpose.
        const complaints = complaintsOf(page);
        await forgetEverybody(lab);
        await firstRun(page, lab, look);
        await giveOut(page, lab, look);
        await lookOnly(page, look);
        await approve(page, lab, look);
        await cutMany(page, lab, look);
        await takeBack(page, lab);
        expect(complaints).toEqual([]);
      });
    });
  }
});

/** Nobody sees anything before the code of the log was given. */
async function firstRun(page: Page, lab: Lab, look: Look): Promise<void> {
  await page.goto(lab.url);
  await expect(page.getByRole("heading", { name: "Make the first account" })).toBeVisible();
  await expectAccessible(page);
  await pictureIn(look, page, "lab-first-run");
  const make = page.getByRole("button", { name: "Make the account" });
  await page.getByRole("textbox", { name: "Name" }).fill(ADMIN.name);
  for (const field of ["Password", "Password again"])
    await page.getByRole("textbox", { name: field, exact: true }).fill(ADMIN.password);
  await page.getByRole("textbox", { name: "Code" }).fill("0123456789abcdef");
  await make.click();
  await expect(page.getByRole("alert")).toBeVisible();
  const log = await readFile(`${lab.directory}/mauthserver.log`, "utf8");
  const codes = [...log.matchAll(/code[^0-9a-z]+([0-9a-f]{20})/g)].map(([, code]) => code ?? "");
  await page.getByRole("textbox", { name: "Code" }).fill(codes.at(-1) ?? "there is no code in the log");
  await make.click();
  await expect(page.getByRole("heading", { name: "Sessions" })).toBeVisible();
}

/** What the grants say to whoever has the secret of a token. */
async function statusFor(lab: Lab, secret: string): Promise<number> {
  const headers = { authorization: `Bearer ${secret}` };
  return (await fetch(`${lab.url}/api/v1/grants`, { headers })).status;
}

/** Makes a token and returns its secret, which is shown once. */
async function makeToken(page: Page, name: string): Promise<string> {
  await page.getByRole("button", { name: "Make a token" }).click();
  const dialog = page.getByRole("dialog", { name: "Make a token" });
  await dialog.getByRole("textbox", { name: "What it is for" }).fill(name);
  await dialog.getByRole("button", { name: "Make", exact: true }).click();
  const secret = await dialog.getByRole("status").locator("code").innerText();
  await expectAccessible(page);
  await dialog.getByRole("button", { name: "I have kept it" }).click();
  return secret;
}

/** Accounts for people, and a token that works until it is removed. */
async function giveOut(page: Page, lab: Lab, look: Look): Promise<void> {
  await goTo(page, "Accounts");
  await addAccount(page, "approver", APPROVER);
  await addAccount(page, "viewer", VIEWER);
  const secret = await makeToken(page, "playout");
  await pictureIn(look, page, "lab-accounts");
  expect(await statusFor(lab, secret)).toBe(200);
  const remove = page.getByRole("listitem").filter({ hasText: "playout" }).getByRole("button");
  await remove.click();
  await remove.click();
  await expect(page.getByText("playout")).toHaveCount(0);
  expect(await statusFor(lab, secret)).toBe(401);
  await logOut(page);
}

/** A viewer who forgot the password is locked out, is let in again by the admin, and may only look. */
async function lookOnly(page: Page, look: Look): Promise<void> {
  for (let failure = 0; failure < FAILURES; failure++) {
    await logIn(page, { ...VIEWER, password: `wrong ${failure}` });
    await expect(page.getByRole("alert")).toBeVisible();
    await expect(page.getByRole("button", { name: "Log in" })).toBeEnabled();
  }
  await logIn(page, VIEWER);
  await expect(page.getByRole("alert")).toContainText(/lock|too many/i);
  await pictureIn(look, page, "lab-login");
  await enter(page, ADMIN);
  await goTo(page, "Accounts");
  await page.getByRole("button", { name: /^Locked until .*: unlock$/ }).click();
  await expect(page.getByRole("button", { name: /^Locked until/ })).toHaveCount(0);
  await logOut(page);
  await enter(page, VIEWER);
  await goTo(page, "Grants");
  const permit = page.getByRole("button", { name: "Permit a sender" });
  await expect(permit).toBeDisabled();
  await expect(permit).toHaveAttribute("title", "Your role, viewer, does not allow this");
  await goTo(page, "Accounts");
  await expect(page.getByRole("alert").first()).toContainText("This cannot be read now");
  await expectAccessible(page);
  await logOut(page);
}

/** An approver permits, but not for ever. */
async function approve(page: Page, lab: Lab, look: Look): Promise<void> {
  const air = new Air(lab);
  const group = `233.252.0.${140 + look.at}`;
  await air.send("rogue", group);
  await enter(page, APPROVER);
  await goTo(page, "Refused");
  await rowOf(page, "rogue", group).getByRole("button", { name: "Permit", exact: true }).click();
  const dialog = page.getByRole("dialog", { name: "Permit senders" });
  await expect(dialog.getByRole("option", { name: "until revoked" })).toHaveCount(0);
  await dialog.getByRole("button", { name: "Permit 1 sender" }).click();
  // A toast goes by itself: first it, then what lasts.
  await expect(toast(page, "Permitted")).toBeVisible();
  await air.expectFlowing("rogue", group);
  await goTo(page, "Grants");
  await expect(rowOf(page, "rogue", group).getByText(/ends in 1 h 5\d min/)).toBeVisible();
  await air.stop();
  await logOut(page);
}

async function permitByHand(page: Page, source: string, group: string, maxTtl: number): Promise<void> {
  await page.getByRole("button", { name: "Permit a sender" }).click();
  const dialog = page.getByRole("dialog", { name: "Permit a sender" });
  await dialog.getByRole("textbox", { name: "Source" }).fill(source);
  await dialog.getByRole("textbox", { name: "Group" }).fill(group);
  await dialog.getByRole("textbox", { name: "Max TTL" }).fill(String(maxTtl));
  await dialog.getByRole("button", { name: "Permit 1 sender" }).click();
  await expect(dialog).toBeHidden();
}

/** Whoever finds a console open cannot cut many off: a quarter of an hour after the login, the password is asked again. */
async function cutMany(page: Page, lab: Lab, look: Look): Promise<void> {
  const air = new Air(lab);
  const group = `233.252.0.${162 + look.at}`;
  await air.send("permitted", group);
  await enter(page, ADMIN);
  await goTo(page, "Grants");
  for (const host of [ADDRESS.permittedSentinel, ADDRESS.rogueSentinel])
    await permitByHand(page, host, SENTINEL_GROUP, 255);
  const prefixes = ["233.252.0.160/28", "233.252.0.176/28"];
  for (const prefix of prefixes) await permitByHand(page, ADDRESS.permitted, prefix, TTL);
  await air.expectFlowing("permitted", group);

  await lab.service("mauthserver").stop();
  ageLogins(`${lab.directory}/mauth.db`, 15 * 60_000);
  await lab.start("mauthserver");
  await expect(page.getByRole("alert").filter({ hasText: "No connection" })).toBeHidden({ timeout: 40_000 });
  for (const prefix of prefixes)
    await page.getByRole("checkbox", { name: `Select ${ADDRESS.permitted} → ${prefix}` }).check();
  await page.getByRole("region", { name: "2 selected" }).getByRole("button", { name: "Revoke" }).click();
  await page.getByRole("button", { name: "Revoke 2 senders" }).click();
  const again = page.getByRole("dialog", { name: "Your password again" });
  const password = again.getByRole("textbox", { name: "Password" });
  await password.fill("not the password");
  await password.press("Enter");
  await expect(password).toHaveAccessibleDescription(/wrong/);
  await expectAccessible(page);
  await pictureIn(look, page, "lab-password-again");
  await air.expectFlowing("permitted", group);
  await password.fill(ADMIN.password);
  await password.press("Enter");
  await expect(toast(page, "Revoked")).toBeVisible();
  await air.expectCut("permitted", group);
  await air.stop();
}

/** What was done to accounts and tokens is taken back from the log. */
async function takeBack(page: Page, lab: Lab): Promise<void> {
  await goTo(page, "Accounts");
  const secret = await makeToken(page, "by mistake");
  expect(await statusFor(lab, secret)).toBe(200);
  const remove = page
    .getByRole("listitem")
    .filter({ hasText: VIEWER.name })
    .getByRole("button", { name: /val/ })
    .last();
  await remove.click();
  await remove.click();
  await expect(page.getByRole("button", { name: `Edit ${VIEWER.name}` })).toHaveCount(0);
  await goTo(page, "Audit");
  for (const [what, entry] of [
    ["account", `removed account ${VIEWER.name}`],
    ["token", "added token"],
  ] as const) {
    await page.getByRole("combobox", { name: "What" }).selectOption(what);
    const line = page.getByRole("listitem").filter({ hasText: entry }).first();
    await line.getByRole("button", { name: /^Undo/ }).click();
    await expect(page.getByRole("listitem").filter({ hasText: /\(undoes \d+\)/ })).toHaveCount(1);
  }
  expect(await statusFor(lab, secret)).toBe(401);
  await goTo(page, "Accounts");
  await expect(page.getByRole("button", { name: `Edit ${VIEWER.name}` })).toBeVisible();
}
