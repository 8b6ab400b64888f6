// SPDX-License-Identifier: MIT
import { expect, test } from "@playwright/test";
import { closeAll } from "../lab/interrupt.ts";
import type { Lab } from "../lab/lab.ts";
import { ADDRESS } from "../lab/topology.ts";
import { announce } from "./support/announcement.ts";
import { startSystem } from "./support/system.ts";

/** Titles that would do something on a page that took them for anything but text. */
const TITLES = [
  "<script>document.title='owned'</script>",
  "<img src=x onerror=document.title='owned'>",
  "<svg onload=document.title='owned'>",
  "<iframe src=javascript:document.title='owned'>",
  "<a href=javascript:document.title='owned'>click</a>",
  "</td></tr></table><h1>owned</h1>",
  "</title><script>document.title='owned'</script>",
  "\"><script>document.title='owned'</script>",
  "' onmouseover='document.title=1",
  "<style>*{display:none}</style>",
  "<base href=//203.0.113.9/>",
  "<meta http-equiv=refresh content=0;url=//203.0.113.9/>",
  "<form action=//203.0.113.9/><button>Permit</button></form>",
  "<link rel=stylesheet href=//203.0.113.9/x.css>",
  "<object data=//203.0.113.9/x></object>",
  "{{constructor.constructor('document.title=1')()}}",
  "${document.title='owned'}",
  "javascript:document.title='owned'",
  "data:text/html,<script>document.title='owned'</script>",
  "&lt;script&gt;document.title='owned'&lt;/script&gt;",
  "&#60;img src=x onerror=document.title=1&#62;",
  "%3Cscript%3Edocument.title%3D1%3C/script%3E",
  "__proto__",
  "constructor",
  "\u202egnp.elif-a-ton\u202c",
  "\u2066isolated\u2067reversed",
  `combining ${"\u0301\u0489\u0336".repeat(30)}`,
  "\u{1f469}\u200d\u{1f469}\u200d\u{1f467}\ufe0f\u{e0041}",
  "W".repeat(400),
  '=HYPERLINK("//203.0.113.9","Stage left")',
] as const;

test.describe(`${TITLES.length} hostile announcements`, () => {
  let lab: Lab;
  test.beforeAll(async () => {
    lab = await startSystem("hostile");
  });
  test.afterAll(closeAll);

  test("are shown as text and do nothing", async ({ page }) => {
    const strangers: string[] = [];
    page.on("request", (request) => {
      if (!request.url().startsWith(lab.url) && !request.url().startsWith("data:")) strangers.push(request.url());
    });
    page.on("dialog", (dialog) => {
      strangers.push(`dialog ${dialog.message()}`);
      void dialog.dismiss();
    });
    const source = ADDRESS.permitted;
    const sessions = TITLES.map((title, number) => ({ title, number, source, group: `233.252.0.${100 + number}` }));
    await announce(lab, "permitted", sessions);

    await page.goto(`${lab.url}/sessions?q=L16/48000/2`);
    await expect(page.getByText(new RegExp(`^${TITLES.length} of \\d+ sessions$`))).toBeVisible();
    for (const index of TITLES.keys()) {
      const group = `233.252.0.${100 + index}`;
      await page.getByRole("searchbox").fill(group);
      const row = page.getByRole("row", { name: group });
      await row.getByRole("button").first().click();
      await expect(page.getByRole("dialog").getByRole("region")).toContainText(`o=${index} `);
      await page.keyboard.press("Escape");
      await expect(page.getByRole("dialog")).toBeHidden();
    }
    const injected =
      "main script, main iframe, main object, main base, main form[action], main link, main h1 ~ h1, td img, td style";
    await expect(page.locator(injected)).toHaveCount(0);
    expect(await page.title()).toBe("Sessions · mauth");
    expect(strangers).toEqual([]);
  });
});
