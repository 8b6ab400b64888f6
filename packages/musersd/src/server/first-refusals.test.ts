// SPDX-License-Identifier: MIT
import { deniedRows } from "@mauth/protocol/rpc";
import type { DeniedRow } from "@mauth/protocol/v2";
import { expect, it } from "vitest";
import type { RefusedTable } from "../filter/filter.ts";
import { FirstRefusals, NEWS_MAX } from "./first-refusals.ts";

function row(firstMs: number): DeniedRow {
  const counts = { reason: "UNKNOWN", ttl: 1, packets: 1, bytes: 60, lastMs: firstMs } as const;
  return { interface: "lan0", source: 0xc0000200 + firstMs, group: 0xe9fc0001, firstMs, ...counts };
}

/** A table over rows that a test may change, which hands them over one by one. */
function tableOf(rows: () => readonly DeniedRow[]): RefusedTable<DeniedRow> {
  const table = deniedRows(rows);
  return {
    names: table.names,
    keyWords: table.keyWords,
    valueWords: table.valueWords,
    *read() {
      const { value } = table.read().next();
      for (let index = 0; index < value.count; index++)
        yield { count: 1, keys: value.keys.slice(index, index + 1), values: value.values.slice(index, index + 1) };
    },
    isIn: () => true,
    decode: (key, value) => table.decode(key, value),
    firstMs: ({ keys }) => table.decode(new DataView(keys.buffer), new DataView(keys.buffer)).firstMs,
  };
}

/** Looks from beginning to end. */
function look(refusals: FirstRefusals, nowMs: number): number[] {
  const found: number[] = [];
  for (refusals.begin(nowMs); refusals.isLooking;) found.push(...refusals.step().map(({ firstMs }) => firstMs));
  return found;
}

it("tells each row once, the oldest first, as soon as no older one can come", () => {
  let rows = [row(90), row(130), row(110), row(210)];
  const refusals = new FirstRefusals([tableOf(() => rows.slice(0, 2)), tableOf(() => rows.slice(2))], 100);
  expect(look(refusals, 220)).toEqual([110, 130]);
  expect(look(refusals, 230)).toEqual([]);
  rows = [...rows, row(240)];
  expect(look(refusals, 231)).toEqual([210]);
  expect(look(refusals, 1000)).toEqual([240]);
});

it("does not tell what was refused while nobody listened", () => {
  const refusals = new FirstRefusals([tableOf(() => [row(150), row(201)])], 100);
  refusals.begin(180);
  refusals.skip(200);
  expect(look(refusals, 1000)).toEqual([201]);
});

it("tells the oldest of too many, and not the rest later", () => {
  const rows = Array.from({ length: 3 * NEWS_MAX }, (_, index) => row(3 * NEWS_MAX - index));
  const refusals = new FirstRefusals([tableOf(() => rows)], 0);
  expect(look(refusals, 10_000)).toEqual(Array.from({ length: NEWS_MAX }, (_, index) => index + 1));
  expect(look(refusals, 20_000)).toEqual([]);
});
