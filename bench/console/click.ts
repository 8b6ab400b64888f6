// SPDX-License-Identifier: MIT
import type { Browser, Page } from "@playwright/test";
import type { Lab } from "../../e2e/lab/lab.ts";
import type { Receiver } from "../../e2e/lab/traffic/receiver.ts";
import { until } from "../../e2e/lab/until.ts";
import { startSystem } from "../../e2e/tests/support/system.ts";
import { onPage } from "./browser.ts";

/** One group each; a host joins no more than 20. */
const BATCHES = 20;
/** Permitted in each batch by click, and as many by REST. */
const PAIRS = 10;
/** A packet is at most 4 ms away once the path is open. */
const PACKETS_PER_SECOND = 250;
const TTL = 16;

/** Milliseconds from each decision to the first packet at the receiver. */
export interface ClickTimes {
  readonly click: readonly number[];
  readonly rest: readonly number[];
}

interface Flow {
  readonly source: string;
  readonly group: string;
}

/** Permits refused senders of the real lab, by clicks in the console and by REST in turn, and sees when their packets arrive. */
export async function clickToPacket(browser: Browser, progress: (line: string) => void): Promise<ClickTimes> {
  const lab = await startSystem("click", "v2");
  try {
    return await onPage(browser, (page) => measure(lab, page, progress));
  } finally {
    await lab.close();
  }
}

async function measure(lab: Lab, page: Page, progress: (line: string) => void): Promise<ClickTimes> {
  const groups = Array.from({ length: BATCHES }, (_, batch) => `233.252.0.${101 + batch}`);
  const sources = Array.from({ length: 2 * PAIRS }, (_, index) => `192.0.2.${70 + index}`);
  for (const source of sources) await lab.run("rogue", "ip", "addr", "add", `${source}/24`, "dev", "eth0");
  const receiver = await lab.receive(groups);
  await page.addInitScript(watchClicks);
  const times = { click: [] as number[], rest: [] as number[] };
  for (const [batch, group] of groups.entries()) {
    if (batch % 5 === 0) progress(`click to packet: ${batch * PAIRS} of ${BATCHES * PAIRS}`);
    const senders = sources.map((source) =>
      lab.send("rogue", { source, group, packetsPerSecond: PACKETS_PER_SECOND, ttl: TTL }),
    );
    await page.goto(`${lab.url}/refused?q=${group}`);
    for (const [index, source] of sources.entries()) {
      const flow = { source, group };
      const isClick = index % 2 === 0;
      const decidedAtMs = isClick ? await click(page, flow) : await ask(lab, flow);
      times[isClick ? "click" : "rest"].push((await arrivedAtMs(receiver, flow)) - decidedAtMs);
    }
    await Promise.all(senders.map((sender) => sender.stop()));
  }
  await receiver.stop();
  return times;
}

/** Opens the dialog of a refused sender and confirms it; when that was, milliseconds since the Unix epoch. */
async function click(page: Page, { source, group }: Flow): Promise<number> {
  const row = page.getByRole("row").filter({ hasText: `${source} → ${group}` });
  await row.getByRole("button", { name: "Permit", exact: true }).click();
  await page.getByRole("button", { name: "Permit 1 sender" }).click();
  await page.getByRole("dialog").waitFor({ state: "detached" });
  return page.evaluate(() => (window as unknown as { clickedAtMs: number }).clickedAtMs);
}

async function ask(lab: Lab, flow: Flow): Promise<number> {
  const body = JSON.stringify({ ...flow, maxTtl: TTL });
  const askedAtMs = performance.timeOrigin + performance.now();
  const headers = { "content-type": "application/json" };
  const response = await fetch(`${lab.url}/api/v1/grants`, { method: "POST", headers, body });
  if (!response.ok) throw new Error(`POST /grants: ${response.status} ${await response.text()}`);
  return askedAtMs;
}

async function arrivedAtMs(receiver: Receiver, { source, group }: Flow): Promise<number> {
  const look = async (): Promise<number | undefined> => (await receiver.flow(source, group)).firstAtMs || undefined;
  return until(look, { what: `packets of ${source} to ${group}` });
}

/** Runs in the page: remembers when a button was last clicked, by the clock of the machine. */
function watchClicks(): void {
  document.addEventListener(
    "click",
    (event) => Object.assign(window, { clickedAtMs: Date.now() - (performance.now() - event.timeStamp) }),
    { capture: true },
  );
}
