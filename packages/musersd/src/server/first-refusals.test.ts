// SPDX-License-Identifier: MIT
import type { DeniedRow } from "@mauth/protocol/v2";
import { expect, it } from "vitest";
import { FirstRefusals, NEWS_MAX } from "./first-refusals.ts";

function row(firstMs: number): DeniedRow {
  const counts = { reason: "UNKNOWN", ttl: 1, packets: 1, bytes: 60, lastMs: firstMs } as const;
  return { interface: "lan0", source: 0xc0000200 + firstMs, group: 0xe9fc0001, firstMs, ...counts };
}

it("tells each row once, the oldest first", () => {
  const refusals = new FirstRefusals(100);
  expect(refusals.news([row(90), row(130), row(110)])).toEqual([row(110), row(130)]);
  expect(refusals.news([row(90), row(130), row(110)])).toEqual([]);
  expect(refusals.news([row(130), row(140)])).toEqual([row(140)]);
});

it("does not tell what was refused while nobody listened", () => {
  const refusals = new FirstRefusals(100);
  refusals.skip(200);
  expect(refusals.news([row(150), row(201)])).toEqual([row(201)]);
});

it("tells at most so many at a time, and not the rest later", () => {
  const refusals = new FirstRefusals(0);
  const rows = Array.from({ length: NEWS_MAX + 50 }, (_, index) => row(index + 1));
  expect(refusals.news(rows)).toHaveLength(NEWS_MAX);
  expect(refusals.news(rows)).toEqual([]);
});
