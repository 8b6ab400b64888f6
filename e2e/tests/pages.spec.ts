// SPDX-License-Identifier: MIT
import { expect, test } from "@playwright/test";
import { FakeServer } from "../../packages/mauthclient/dev/fake-server/server.ts";
import { expectAccessible } from "./support/accessible.ts";
import { picture } from "./support/picture.ts";
import { expectWithinReach } from "./support/reach.ts";
import { complaintsOf, LOOKS, toast } from "./support/story.ts";

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

/** What the picture of the traffic shows of its 15 minutes. */
const HISTORY_MS = 240_000;

let server: FakeServer;
let url: string;

test.beforeAll(async () => {
  server = new FakeServer({ scene: "lively", sessions: 24, seed: 1 });
  url = `http://127.0.0.1:${await server.listen(0)}`;
});
test.afterAll(() => server.close());

for (const { size, viewport, colorScheme } of LOOKS) {
  test(`axe finds nothing on any page, ${colorScheme}, on a ${size}`, async ({ page }) => {
    await page.setViewportSize(viewport);
    await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
    test.setTimeout(400_000 + HISTORY_MS); // Axe looks at eleven pages, for seconds each on a busy machine.
    const complaints = complaintsOf(page);
    for (const [path, heading, role, name] of PAGES) {
      await page.goto(`${url}${path}`);
      await expect(page.getByRole("heading", { level: 1, name: heading })).toBeVisible();
      await expect(page.getByRole(role, { name }).first()).toBeVisible();
      await expectAccessible(page);
      const shown = `${path.split("?")[0]?.slice(1)}${path.includes("view") ? "-topology" : ""}`;
      const historyMs = path === "/traffic" ? HISTORY_MS : 0;
      await picture(page, `console/${shown}-${size}-${colorScheme}`, { historyMs });
    }
    expect(complaints).toEqual([]);
  });
}

/** A desktop, a phone, and a desktop at 200 % and 400 % zoom. */
const WINDOWS = [
  { width: 1440, height: 900 },
  { width: 390, height: 844 },
  { width: 640, height: 400 },
  { width: 360, height: 225 },
] as const;

for (const scene of ["packed", "bare"] as const)
  test(`every page can be scrolled to its end by the keyboard, whatever the zoom: ${scene}`, async ({ page }) => {
    test.setTimeout(400_000);
    const other = new FakeServer({ scene, sessions: 24, seed: 1 });
    const origin = `http://127.0.0.1:${await other.listen(0)}`;
    await page.emulateMedia({ reducedMotion: "reduce" });
    for (const [path, heading] of [...PAGES, ["/more", "More"], ["/explain", "Explain"], ["/nowhere", "There is"]]) {
      await page.setViewportSize(WINDOWS[0]);
      await page.goto(`${origin}${path}`);
      await expect(page.getByRole("heading", { level: 1, name: heading })).toBeVisible();
      await expect(page.getByText("Live", { exact: true })).toBeVisible();
      for (const window of WINDOWS) {
        await page.setViewportSize(window);
        await test.step(`${path} in ${window.width} × ${window.height}`, async () => {
          await expectWithinReach(page);
          await expectAccessible(page, { rules: ["scrollable-region-focusable"] });
        });
      }
    }
    await other.close();
  });

test("axe finds nothing in the details and the dialogs", async ({ page }) => {
  await page.emulateMedia({ reducedMotion: "reduce" });
  // Sessions come while the tests run, and what is far down is not in the document.
  await page.goto(`${url}/sessions?sort=-title`);
  await page.getByRole("button", { name: "Stage right I/O", exact: true }).click();
  await expect(page.getByRole("dialog", { name: "Stage right I/O" })).toBeVisible();
  await expectAccessible(page);
  await picture(page, "console/session-desktop-light");
  await page.getByRole("dialog").getByRole("button", { name: "Permit", exact: true }).click();
  await expect(page.getByRole("dialog", { name: "Permit senders" })).toBeVisible();
  await expectAccessible(page);
  await picture(page, "console/permit-desktop-light");
});

test("a toast leaves the navigation of a phone within reach", async ({ page }) => {
  const other = new FakeServer({ scene: "lively", sessions: 24, seed: 1 });
  await page.setViewportSize({ width: 390, height: 844 });
  await page.emulateMedia({ reducedMotion: "reduce" });
  await page.goto(`http://127.0.0.1:${await other.listen(0)}/refused`);
  await page.getByRole("button", { name: "Permit", exact: true }).first().click();
  await page.getByRole("dialog").getByRole("button", { name: "Permit 1 sender" }).click();
  const bottom = async () => {
    const box = await toast(page, "Permitted").boundingBox();
    return (box?.y ?? 0) + (box?.height ?? 0);
  };
  const navigation = await page.getByRole("navigation", { name: "Main" }).boundingBox();
  await expect.poll(bottom).toBeGreaterThan(0);
  await expect.poll(bottom).toBeLessThanOrEqual(navigation?.y ?? 0);
  // Nor does anything unseen lie over the page.
  await page.getByRole("searchbox").click({ timeout: 2000 });
  await other.close();
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
  await picture(page, "console/campus-desktop-light");
  await campus.close();
});
