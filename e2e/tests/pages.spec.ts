// SPDX-License-Identifier: MIT
import { AxeBuilder } from "@axe-core/playwright";
import { expect, type Page, test } from "@playwright/test";
import { FakeServer } from "../../packages/mauthclient/dev/fake-server/server.ts";

/** Each page with its heading, and what must be there before it counts as drawn. */
const PAGES = [
  ["/sessions", "Sessions", "row", /233\.252\.0\./],
  ["/refused", "Refused senders", "row", /233\.252\.0\./],
  ["/grants", "Grants", "row", /233\.252\.0\./],
  ["/mrouters", "Mrouters", "heading", /edge-1/],
  ["/mrouters?view=topology", "Mrouters", "button", /^edge-1/],
  ["/traffic", "Traffic", "img", /Packets per second/],
  ["/explain?mrouter=edge-1&source=192.0.2.10&group=233.252.0.249", "Explain", "heading", /packets are refused/],
  ["/announce", "Announce", "button", /Announce a session/],
  ["/audit", "Audit", "button", /^Undo/],
  ["/accounts", "Accounts", "button", /Make an account/],
  ["/settings", "Settings", "radio", /They stay/],
] as const;

const SIZES = [
  ["desktop", { width: 1440, height: 900 }],
  ["phone", { width: 390, height: 844 }],
] as const;

let server: FakeServer;
let url: string;

test.beforeAll(async () => {
  server = new FakeServer({ scene: "lively", sessions: 24, seed: 1 });
  url = `http://127.0.0.1:${await server.listen(0)}`;
});
test.afterAll(() => server.close());

for (const colorScheme of ["light", "dark"] as const) {
  for (const [size, viewport] of SIZES) {
    test(`axe finds nothing on any page, ${colorScheme}, on a ${size}`, async ({ page }) => {
      await page.setViewportSize(viewport);
      await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
      const errors: string[] = [];
      page.on("pageerror", (error) => errors.push(error.message));
      page.on("console", (message) => message.type() === "error" && errors.push(message.text()));
      for (const [path, heading, role, name] of PAGES) {
        await page.goto(`${url}${path}`);
        await expect(page.getByRole("heading", { level: 1, name: heading })).toBeVisible();
        await expect(page.getByRole(role, { name }).first()).toBeVisible();
        expect(await violationsOf(page), path).toEqual([]);
        await picture(
          page,
          `${path.split("?")[0]?.slice(1)}${path.includes("view") ? "-topology" : ""}-${size}-${colorScheme}`,
        );
      }
      expect(errors).toEqual([]);
    });
  }
}

test("axe finds nothing in the details and the dialogs", async ({ page }) => {
  await page.emulateMedia({ reducedMotion: "reduce" });
  await page.goto(`${url}/sessions`);
  await page.getByRole("button", { name: "Stage right I/O", exact: true }).click();
  await expect(page.getByRole("dialog", { name: "Stage right I/O" })).toBeVisible();
  expect(await violationsOf(page), "details").toEqual([]);
  await picture(page, "session-desktop-light");
  await page.getByRole("dialog").getByRole("button", { name: "Permit", exact: true }).click();
  await expect(page.getByRole("dialog", { name: "Permit senders" })).toBeVisible();
  expect(await violationsOf(page), "permit").toEqual([]);
  await picture(page, "permit-desktop-light");
});

test("the keyboard alone permits a refused sender", async ({ page }) => {
  await page.goto(`${url}/refused`);
  await expect(page.getByRole("row", { name: /233\.252\.0\./ }).first()).toBeVisible();
  await page.keyboard.press("/");
  await page.keyboard.type("192.0.2.12 → 233.252.0.19");
  await expect(page.getByText(/^1 of \d+ refused senders$/)).toBeVisible();
  const permit = page.getByRole("button", { name: "Permit", exact: true });
  for (let tabs = 0; tabs < 30 && !(await permit.evaluate((one) => one === document.activeElement)); tabs++)
    await page.keyboard.press("Tab");
  await page.keyboard.press("Enter");
  await expect(page.getByRole("dialog", { name: "Permit senders" })).toBeVisible();
  await page.keyboard.press("Enter");
  await expect(page.getByRole("alert").filter({ hasText: "Permitted" })).toBeVisible();
});

test("50 mrouters have a row each, and no two boxes of a layer overlap", async ({ page }) => {
  const campus = new FakeServer({ scene: "campus", sessions: 200, seed: 1 });
  await page.goto(`http://127.0.0.1:${await campus.listen(0)}/mrouters?view=topology`);
  const boxes = page.getByRole("button", { name: /^hall-\d+,/ });
  await expect(boxes).toHaveCount(50);
  const places = await boxes.evaluateAll((list) => list.map((one) => one.getBoundingClientRect().toJSON() as DOMRect));
  const sorted = places.toSorted((a, b) => a.top - b.top);
  for (const [at, box] of sorted.entries()) {
    expect(box.height).toBeGreaterThan(14);
    expect(box.top).toBeGreaterThanOrEqual(sorted[at - 1]?.bottom ?? 0);
  }
  await picture(page, "campus-desktop-light");
  await campus.close();
});

async function violationsOf(page: Page): Promise<string[]> {
  const { violations } = await new AxeBuilder({ page }).analyze();
  return violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html.slice(0, 300)).join(" ")}`);
}

/** Pictures of the documentation are renewed on purpose only: MAUTH_SCREENSHOTS=1. */
async function picture(page: Page, name: string): Promise<void> {
  if (process.env["MAUTH_SCREENSHOTS"] !== "1") return;
  await page.screenshot({ path: `docs/images/console/${name}.png`, animations: "disabled" });
}
