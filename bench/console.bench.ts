// SPDX-License-Identifier: MIT
import { loadavg } from "node:os";
import type { Browser } from "@playwright/test";
import { build } from "vite";
import { launch, onPage, openWhole } from "./console/browser.ts";
import { clickToPacket } from "./console/click.ts";
import { firstLoadKib, firstRowMs, wholeMs } from "./console/load.ts";
import { heapGrowth } from "./console/memory.ts";
import { searchMs } from "./console/search.ts";
import { Servers } from "./console/serve.ts";
import { scrollFor, type Tasks, watchTasks } from "./console/tasks.ts";
import { type Bench, type Row, rowOf } from "./row.ts";

const BENCH = "console";
const SESSIONS = 10_000;
const ROUNDS = 3;
const SCROLL_MS = 8_000;
const SETTLE_MS = 2_000;
const FEED_MS = 600_000;
/** Their first digit is in some titles, addresses and codecs and not in all; each key leaves other rows. */
const WORDS = Array.from({ length: 34 }, (_, index) => String(60 + ((index * 7) % 40)));
const PLAIN = "a plain list without a framework";

/** The lists of the console and what the plain page shows beside each. */
const PAGES = [
  ["Sessions", "/sessions", "session"],
  ["Refused", "/refused", "denied"],
  ["Grants", "/grants", "grant"],
  ["Mrouters", "/mrouters", "mrouter"],
  ["Traffic", "/traffic", "sender"],
] as const;

const PARTS: Record<string, Part> = {
  load: measureLoad,
  search: measureSearch,
  feed: measureFeed,
  click: measureClick,
  memory: measureMemory,
};
type Part = (browser: Browser, servers: Servers, progress: (line: string) => void) => Promise<Row[]>;

/**
 * Measures the console in headless Chromium with 10,000 sessions, 2,000 refused senders, 5,000 grants and 100 changes a second,
 * beside the plainest page that shows the same; and from a click to a packet in the real lab, which needs root. The part
 * "memory" takes ten minutes and is measured only when asked for.
 */
export const bench: Bench = async (progress, asked) => {
  const parts = Object.entries(PARTS).filter(([name]) => asked?.includes(name) ?? name !== "memory");
  if (parts.length === 0) throw new Error(`console has the parts ${Object.keys(PARTS).join(", ")}`);
  progress("building the console");
  await build({ root: `${import.meta.dirname}/../packages/mauthclient`, logLevel: "error" });
  const servers = await Servers.start("crowd", SESSIONS);
  const browser = await launch();
  const rows: Row[] = [];
  try {
    for (const [name, measure] of parts) {
      progress(`${name} (load ${loadavg()[0]?.toFixed(1)})`);
      rows.push(...(await measure(browser, servers, progress)));
    }
    progress(`load ${loadavg()[0]?.toFixed(1)}`);
    return rows;
  } finally {
    await browser.close();
    await servers.close();
  }
};

async function measureLoad(browser: Browser, servers: Servers): Promise<Row[]> {
  const kib = await firstLoadKib(browser, servers.console("/sessions"));
  const plainKib = await firstLoadKib(browser, servers.plain("session"));
  const [ours, theirs] = await inTurn(
    () => firstRowMs(browser, servers.console("/sessions")),
    () => firstRowMs(browser, servers.plain("session")),
  );
  const [oursWhole, theirsWhole] = await inTurn(
    () => wholeMs(browser, servers.console("/sessions")),
    () => wholeMs(browser, servers.plain("session")),
  );
  return [
    row("first load, gzip", "KiB", [kib], [plainKib]),
    row(`first of ${SESSIONS} sessions painted`, "ms", ours, theirs),
    row(`all ${SESSIONS} sessions there`, "ms", oursWhole, theirsWhole),
  ];
}

async function measureSearch(browser: Browser, servers: Servers): Promise<Row[]> {
  const [ours, theirs] = await inTurn(
    () => searchMs(browser, servers.console("/sessions"), WORDS),
    () => searchMs(browser, servers.plain("session"), WORDS),
  );
  return ([50, 99] as const).map((percent) =>
    row(
      `search, key to paint, p${percent} of ${ours[0]?.length}`,
      "ms",
      ours.map((round) => percentile(round, percent)),
      theirs.map((round) => percentile(round, percent)),
    ),
  );
}

async function measureFeed(browser: Browser, servers: Servers, progress: (line: string) => void): Promise<Row[]> {
  const rows: Row[] = [];
  for (const [name, path, entity] of PAGES) {
    progress(`${name}: scrolling under the feed`);
    const [ours, theirs] = await inTurn(
      () => tasksOf(browser, servers.console(path)),
      () => tasksOf(browser, servers.plain(entity)),
    );
    const of = (what: string, unit: string, figure: (tasks: Tasks) => number): Row =>
      row(`${name}, ${what}`, unit, ours.map(figure), theirs.map(figure));
    rows.push(
      of("longest task, processor time", "ms", (tasks) => tasks.longestCpuMs),
      of("longest task, on the clock", "ms", (tasks) => tasks.longestMs),
      of(`tasks over 50 ms in ${SCROLL_MS / 1000} s`, "", (tasks) => tasks.longCount),
    );
  }
  return rows;
}

function tasksOf(browser: Browser, url: string): Promise<Tasks> {
  return onPage(browser, async (page) => {
    await openWhole(page, url);
    await page.waitForTimeout(SETTLE_MS);
    return watchTasks(browser, page, () => scrollFor(page, SCROLL_MS));
  });
}

async function measureClick(browser: Browser, _servers: Servers, progress: (line: string) => void): Promise<Row[]> {
  const { click, rest } = await clickToPacket(browser, progress);
  return ([50, 99] as const).map((percent) =>
    rowOf(
      { bench: BENCH, what: `permit click to packet, p${percent} of ${click.length}`, unit: "ms" },
      [percentile(click, percent)],
      { beside: "POST /grants to packet, no browser", rounds: [percentile(rest, percent)] },
    ),
  );
}

async function measureMemory(browser: Browser, servers: Servers): Promise<Row[]> {
  // At the same time: neither does more than follow.
  const [ours, theirs] = await Promise.all([
    heapGrowth(browser, servers.console("/sessions"), FEED_MS),
    heapGrowth(browser, servers.plain("session"), FEED_MS),
  ]);
  return [
    row(`heap before ${FEED_MS / 60_000} min of feed`, "MiB", [ours.beforeMib], [theirs.beforeMib]),
    row(`heap after ${FEED_MS / 60_000} min of feed`, "MiB", [ours.afterMib], [theirs.afterMib]),
  ];
}

/** The two alternate, so that a change of the machine's pace falls on both. */
async function inTurn<Result>(
  ours: () => Promise<Result>,
  theirs: () => Promise<Result>,
): Promise<[Result[], Result[]]> {
  const results: [Result[], Result[]] = [[], []];
  for (let round = 0; round < ROUNDS; round++) {
    results[0].push(await ours());
    results[1].push(await theirs());
  }
  return results;
}

function row(what: string, unit: string, ours: readonly number[], theirs: readonly number[]): Row {
  return rowOf({ bench: BENCH, what, unit }, ours, { beside: PLAIN, rounds: theirs });
}

function percentile(values: readonly number[], percent: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor((sorted.length * percent) / 100))] ?? Number.NaN;
}
