// SPDX-License-Identifier: MIT
import { describe, expect, it } from "vitest";
import { Random } from "../../test/simulation/random.ts";
import { bucketOf, BUCKETS } from "../v2/index.ts";
import { PlainSenders } from "./plain-senders.ts";

const GROUP = 0xe9fc0000;
/** Few enough that senders meet again, enough to make the table grow twice. */
const SENDERS = 6000;

/** Adds and removes at random, in the table and in a Map beside it. */
function fill(seed: number, steps: number): { table: PlainSenders; model: Map<string, number> } {
  const random = new Random(seed);
  const table = new PlainSenders();
  const model = new Map<string, number>();
  for (let step = 0; step < steps; step++) {
    const number = random.below(SENDERS);
    const [source, group] = [0xc0000200 + (number & 0xff), GROUP + (number >> 8)];
    const maxTtl = random.chance(0.6) ? 1 + random.below(255) : 0;
    if (maxTtl === 0) table.delete(source, group);
    else table.set(source, group, maxTtl);
    if (maxTtl === 0) model.delete(`${source}>${group}`);
    else model.set(`${source}>${group}`, maxTtl);
  }
  return { table, model };
}

describe("plain senders", () => {
  it.each([1, 2, 3])("holds what a Map holds after 40,000 random changes (seed %i)", (seed) => {
    const { table, model } = fill(seed, 40_000);
    const held = Array.from({ length: BUCKETS }, (_, index) => table.bucket(index)).flat();
    expect(new Map(held.map(({ source, group, maxTtl }) => [`${source}>${group}`, maxTtl]))).toEqual(model);
    expect(held).toHaveLength(model.size);
    for (const { source, group, maxTtl } of held) expect(table.get(source, group)).toBe(maxTtl);
  });

  it("[V2-12] has each sender in the bucket of its (S,G), also one that was pushed over the end of the table", () => {
    const last = BUCKETS - 1;
    const table = new PlainSenders();
    const groups: number[] = [];
    for (let group = GROUP; groups.length < 9; group++) if (bucketOf(1, group) === last) groups.push(group);
    for (const group of groups) table.set(1, group, 16);
    expect(table.bucket(last).map(({ group }) => group)).toHaveLength(9);
    expect(table.bucket(0)).toEqual([]);
    for (const group of groups.slice(0, 8)) table.delete(1, group);
    expect(table.bucket(last)).toEqual([{ source: 1, group: groups[8], maxTtl: 16 }]);
  });

  it("finds nothing that was never there", () => {
    const { table } = fill(4, 10_000);
    expect(table.get(0xc6336401, GROUP)).toBe(0);
    table.delete(0xc6336401, GROUP);
    expect(new PlainSenders().get(0xc6336401, GROUP)).toBe(0);
  });
});
