// SPDX-License-Identifier: MIT
import { setImmediate as turn } from "node:timers/promises";
import { expect, it } from "vitest";
import { Backlog } from "./backlog.ts";

const many = Array.from({ length: 1000 }, (_, index) => index);

it("[LSN-4] while more comes in, most of it waits; then all is handled in its order", async () => {
  const handled: number[] = [];
  const backlog = new Backlog<number>((item) => handled.push(item));
  for (const item of many) {
    backlog.push(item);
    if (item % 100 === 99) await turn();
  }
  expect(handled.length).toBeLessThan(100);
  while (backlog.length > 0) await turn();
  expect(handled).toEqual(many);
});

it("[LSN-4] what is one too many is refused, and later ones are taken again", () => {
  const handled: number[] = [];
  const backlog = new Backlog<number>((item) => handled.push(item), 3);
  expect([1, 2, 3, 4].map((item) => backlog.push(item))).toEqual([true, true, true, false]);
  backlog.drain();
  expect(backlog.push(5)).toBe(true);
  backlog.drain();
  expect(handled).toEqual([1, 2, 3, 5]);
});
