// SPDX-License-Identifier: MIT
import { expect, it } from "vitest";
import { limitLog, LINES_BURST } from "./log.ts";
import type { Log } from "./log.ts";

it("writes a sentence only so often, and says how many lines of it were left out", () => {
  const lines: string[] = [];
  const take = (level: string) => (fields: object, sentence: string) =>
    void lines.push(`${level} ${sentence} ${JSON.stringify(fields)}`);
  const target: Log = { info: take("info"), warn: take("warn"), error: take("error") };
  let nowMs = 0;
  const log = limitLog(target, { monotonicMs: () => nowMs });
  for (let count = 0; count < 100_000; count++) log.warn({ from: "192.0.2.1" }, "refused a WebSocket");
  expect(lines).toHaveLength(LINES_BURST);
  log.error({}, "a request failed");
  log.info({}, "mauthserver stops");
  expect(lines.splice(0).slice(-2)).toEqual(["error a request failed {}", "info mauthserver stops {}"]);
  nowMs += 5000;
  for (let count = 0; count < 3; count++) log.warn({ from: "192.0.2.1" }, "refused a WebSocket");
  expect(lines.splice(0)).toEqual([`warn refused a WebSocket {"from":"192.0.2.1","leftOut":${100_000 - LINES_BURST}}`]);
  // An hour of it: 720 lines, one each 5 s.
  for (let count = 0; count < 36_000; count++) {
    nowMs += 100;
    log.warn({}, "refused a WebSocket");
  }
  expect(lines.length).toBeGreaterThan(710);
  expect(lines.length).toBeLessThan(730);
});

it("counts no more than some thousand sentences", () => {
  const lines: string[] = [];
  const take = (_: object, sentence: string) => void lines.push(sentence);
  const log = limitLog({ info: take, warn: take, error: take }, { monotonicMs: () => 0 });
  for (let count = 0; count < LINES_BURST; count++) log.warn({}, "first");
  for (let count = 0; count < 5000; count++) log.warn({}, `mrouter ${count} is offline`);
  log.warn({}, "first");
  expect(lines.at(-1)).toBe("first");
});
