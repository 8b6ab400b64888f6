// SPDX-License-Identifier: MIT
import { expect, it } from "vitest";
import { REFUSAL_LOG_INTERVAL_MS, RefusalLog } from "./refusal-log.ts";

const rows = (mac: number, length: number) => [
  { name: "v2.answered", value: 99 },
  { name: "v2.droppedMac", value: mac },
  { name: "v2.droppedLength", value: length },
];

it("says what was refused since the last line, and who was refused last", () => {
  const log = new RefusalLog();
  expect(log.line(rows(0, 0), 0)).toBeUndefined();
  log.note({ address: 0xcb007109, port: 4242 });
  expect(log.line(rows(2, 0), 1)).toEqual({ refused: { "v2.droppedMac": 2 }, last: "203.0.113.9:4242" });
  expect(log.line(rows(5, 1), 1 + REFUSAL_LOG_INTERVAL_MS)).toEqual({
    refused: { "v2.droppedMac": 3, "v2.droppedLength": 1 },
    last: undefined,
  });
});

it("says nothing more until its interval is over, and then all of it", () => {
  const log = new RefusalLog();
  log.line(rows(1, 0), 0);
  expect(log.line(rows(1000, 0), REFUSAL_LOG_INTERVAL_MS - 1)).toBeUndefined();
  expect(log.line(rows(2000, 0), REFUSAL_LOG_INTERVAL_MS)).toMatchObject({ refused: { "v2.droppedMac": 1999 } });
  expect(log.line(rows(2000, 0), 2 * REFUSAL_LOG_INTERVAL_MS)).toBeUndefined();
});
