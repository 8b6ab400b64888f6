// SPDX-License-Identifier: MIT
import { expect, type Locator, type Page, test, type WebSocketRoute } from "@playwright/test";
import { ConsoleClient } from "../lab/console.ts";
import { closeAll } from "../lab/interrupt.ts";
import type { Lab } from "../lab/lab.ts";
import { ADDRESS } from "../lab/topology.ts";
import { startSystem } from "./support/system.ts";

/** Permitted before the connection breaks; one of them is revoked while it is broken, and a third is permitted. */
const [STAYS, GOES, COMES] = ["233.252.0.41", "233.252.0.42", "233.252.0.43"] as const;

/** The console's connection, which can be cut in the browser; what mauthserver said in each. */
class Line {
  readonly connections: { readonly url: string; readonly frames: string[] }[] = [];
  #isCut = false;
  #close: () => void = () => undefined;

  static async of(page: Page): Promise<Line> {
    const line = new Line();
    await page.routeWebSocket(/\/ws/, (browser) => {
      if (line.#isCut) void browser.close();
      else line.#join(browser);
    });
    return line;
  }

  #join(browser: WebSocketRoute): void {
    const connection = { url: browser.url(), frames: [] as string[] };
    this.connections.push(connection);
    const server = browser.connectToServer();
    server.onMessage((frame) => {
      if (typeof frame === "string") connection.frames.push(frame);
      browser.send(frame);
    });
    this.#close = () => {
      void server.close();
      void browser.close();
    };
  }

  cut(): void {
    this.#isCut = true;
    this.#close();
  }

  mend(): void {
    this.#isCut = false;
  }

  get last() {
    return this.connections.at(-1);
  }
}

function rowOf(page: Page, group: string): Locator {
  return page.getByRole("row").filter({ hasText: group });
}

test.describe("a console that comes back", () => {
  let lab: Lab;
  test.beforeAll(async () => {
    lab = await startSystem("resume", "v2");
  });
  test.afterAll(closeAll);

  async function decide(...decisions: readonly (readonly ["permit" | "revoke", string])[]): Promise<void> {
    const operator = await ConsoleClient.connect(lab.url);
    for (const [act, group] of decisions) {
      const call = act === "permit" ? operator.permit(ADDRESS.rogue, group, 16) : operator.revoke(ADDRESS.rogue, group);
      expect(await call).toBe("ack");
    }
    await operator.close();
  }

  for (const [what, meanwhile] of [
    ["the link was cut", () => Promise.resolve()],
    [
      "mauthserver was killed and started again",
      async () => {
        await lab.service("mauthserver").kill();
        await lab.start("mauthserver");
      },
    ],
  ] as const) {
    test(`has missed nothing and never showed an empty list after ${what}`, async ({ page }) => {
      await decide(["permit", STAYS], ["permit", GOES], ["revoke", COMES]);
      const line = await Line.of(page);
      await page.goto(`${lab.url}/grants`);
      await expect(rowOf(page, GOES)).toBeVisible();
      await expect(rowOf(page, COMES)).toHaveCount(0);
      const kept = await rowOf(page, STAYS).elementHandle();
      await page.evaluate(watchEmptiness, STAYS);

      line.cut();
      await expect(page.getByText("No connection to mauthserver.")).toBeVisible();
      await meanwhile();
      await decide(["permit", COMES], ["revoke", GOES]);
      line.mend();

      // It waits for up to 15 s between two attempts.
      await expect(rowOf(page, COMES)).toBeVisible({ timeout: 40_000 });
      await expect(rowOf(page, GOES)).toHaveCount(0);
      await expect(page.getByText("No connection to mauthserver.")).toHaveCount(0);
      expect(line.last?.url).toMatch(/[?&]rev=\d+/);
      expect(JSON.parse(line.last?.frames[0] ?? "[]")).toContainEqual(expect.objectContaining({ entity: "resumed" }));
      expect(await kept?.evaluate((row) => row.isConnected)).toBe(true);
      expect(await page.evaluate(() => document.body.dataset["wasEmpty"])).toBeUndefined();
    });
  }
});

/** Runs in the page: remembers whether the list was ever without a row that it has all the time. */
function watchEmptiness(group: string): void {
  const look = (): void => {
    if (document.querySelector("tbody")?.textContent.includes(group) !== true)
      document.body.dataset["wasEmpty"] = "yes";
  };
  new MutationObserver(look).observe(document.body, { childList: true, subtree: true });
  look();
}
