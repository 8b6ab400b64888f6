// SPDX-License-Identifier: MIT
import { expect, it } from "vitest";
import { reconnectDelayMs } from "./backoff.ts";

it("waits 0.25 to 0.5 s at first and 7.5 to 15 s at last", () => {
  expect([reconnectDelayMs(0, 0), reconnectDelayMs(0, 1)]).toEqual([250, 500]);
  expect([reconnectDelayMs(1, 0), reconnectDelayMs(1, 1)]).toEqual([500, 1000]);
  expect([reconnectDelayMs(5, 0), reconnectDelayMs(5, 1)]).toEqual([7500, 15_000]);
  expect(reconnectDelayMs(1000, 1)).toBe(15_000);
});
