// SPDX-License-Identifier: MIT
import { describe, expect, it } from "vitest";
import { firstBadSeed, SEEDS } from "./seeds.ts";
import { V2_MUTANTS } from "./v2-mutants.ts";
import { V2_RULES, V2World } from "./v2-world.ts";

describe("v2 simulation", () => {
  it(`[V2-27] keeps its promises over ${SEEDS} seeds`, { timeout: SEEDS * 100 }, () => {
    let acks = 0;
    let unknown = 0;
    let refused = 0;
    const bad = firstBadSeed(SEEDS, (seed) => {
      const world = new V2World(seed, V2_RULES);
      world.run();
      for (const call of world.ledger.calls) {
        if (call.outcome === "ack") acks++;
        if (call.outcome === "unknown") unknown++;
        if (call.outcome === "error") refused++;
      }
    });
    expect(bad).toBe(undefined);
    // The weather must be bad enough to matter and good enough to get something done.
    expect(acks / SEEDS).toBeGreaterThan(20);
    expect(unknown / SEEDS).toBeGreaterThan(1);
    expect(refused / SEEDS).toBeGreaterThan(1);
  });

  it.each(Object.entries(V2_MUTANTS))("[V2-27] notices within 100 seeds when %s", (_, rules) => {
    expect(firstBadSeed(100, (seed) => new V2World(seed, rules).run())).toBeDefined();
  });
});
