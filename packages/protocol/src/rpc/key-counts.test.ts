// SPDX-License-Identifier: MIT
import { describe, expect, it } from "vitest";
import { Random } from "../../test/simulation/random.ts";
import { KeyCounts } from "./key-counts.ts";

/** As many as there may be under way; half of them have the same home, and the last ones meet the end of the table. */
const HASHES = Array.from({ length: 2592 }, (_, index) =>
  index % 2 === 0 ? 0x1fff + index * 8192 : 0xf0000000 + index,
);

describe("counts of keys under way", () => {
  it("[V2-22] knows after 50,000 random steps what a Map knows", () => {
    const random = new Random(1);
    const counts = new KeyCounts();
    const model = new Map<number, number>();
    for (let step = 0; step < 50_000; step++) {
      const hash = HASHES[random.below(HASHES.length)] ?? 0;
      const before = model.get(hash) ?? 0;
      if (before > 0 && random.chance(0.5)) {
        counts.delete(hash);
        model.set(hash, before - 1);
      } else {
        counts.add(hash);
        model.set(hash, before + 1);
      }
    }
    expect(HASHES.filter((hash) => counts.has(hash))).toEqual(HASHES.filter((hash) => (model.get(hash) ?? 0) > 0));
    for (const [hash, count] of model) for (let step = 0; step < count; step++) counts.delete(hash);
    expect(HASHES.filter((hash) => counts.has(hash))).toEqual([]);
  });
});
