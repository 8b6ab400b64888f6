// SPDX-License-Identifier: MIT
import type { Browser, Page } from "@playwright/test";

/** What kept the main thread of a page busy. */
export interface Tasks {
  /** Of the Long Tasks API: longer than 50 ms on the clock. */
  readonly longCount: number;
  /** Milliseconds on the clock; on a busy machine this counts what others do. */
  readonly longestMs: number;
  /** Milliseconds of the processor, of the task that took most of it. */
  readonly longestCpuMs: number;
}

interface TraceEvent {
  readonly name: string;
  readonly ph: string;
  readonly pid: number;
  readonly tid: number;
  readonly dur?: number;
  readonly tdur?: number;
  readonly args?: { readonly name?: string };
}

/** Watches the main thread while something is done. */
export async function watchTasks(browser: Browser, page: Page, act: () => Promise<void>): Promise<Tasks> {
  await page.evaluate(() => {
    const durations: number[] = [];
    const observer = new PerformanceObserver((list) => durations.push(...list.getEntries().map((one) => one.duration)));
    observer.observe({ type: "longtask" });
    Object.assign(window, { longTasks: durations });
  });
  const events = await trace(browser, act);
  const durations = await page.evaluate(() => (window as unknown as { longTasks: number[] }).longTasks);
  const own = durationsOfMain(events);
  return {
    longCount: durations.length,
    longestMs: Math.max(0, ...own.map((one) => one.wallMs)),
    longestCpuMs: Math.max(0, ...own.map((one) => one.cpuMs)),
  };
}

/** What the threads of the browser did meanwhile. */
async function trace(browser: Browser, act: () => Promise<void>): Promise<TraceEvent[]> {
  const session = await browser.newBrowserCDPSession();
  const events: TraceEvent[] = [];
  session.on("Tracing.dataCollected", ({ value }) => events.push(...(value as unknown as TraceEvent[])));
  const complete = new Promise<void>((resolve) => session.once("Tracing.tracingComplete", () => resolve()));
  await session.send("Tracing.start", {
    transferMode: "ReportEvents",
    traceConfig: { includedCategories: ["toplevel"], excludedCategories: ["*"] },
  });
  await act();
  await session.send("Tracing.end");
  await complete;
  await session.detach();
  return events;
}

/** Tasks of the busiest main thread of a renderer: that of the page, since every other one is idle. */
function durationsOfMain(events: readonly TraceEvent[]): { wallMs: number; cpuMs: number }[] {
  const mains = events.filter((one) => one.name === "thread_name" && one.args?.name === "CrRendererMain");
  const byThread = mains.map(({ pid, tid }) =>
    events
      .filter((one) => one.ph === "X" && one.pid === pid && one.tid === tid)
      .map((one) => ({ wallMs: (one.dur ?? 0) / 1000, cpuMs: (one.tdur ?? 0) / 1000 })),
  );
  return byThread.sort((a, b) => b.length - a.length)[0] ?? [];
}

/** Scrolls a list up and down for so long, a few rows with every frame. */
export async function scrollFor(page: Page, durationMs: number): Promise<void> {
  await page.evaluate(async (forMs) => {
    const boxes = [...document.querySelectorAll("main *, body > *")].filter(
      (one) => one.scrollHeight > one.clientHeight + 50 && getComputedStyle(one).overflowY !== "visible",
    );
    const box = boxes.sort((a, b) => b.scrollHeight - a.scrollHeight)[0];
    const endMs = performance.now() + forMs;
    let step = 120;
    while (performance.now() < endMs) {
      const before = box?.scrollTop;
      box?.scrollBy(0, step);
      await new Promise(requestAnimationFrame);
      if (box?.scrollTop === before) step = -step;
    }
  }, durationMs);
}
