// SPDX-License-Identifier: MIT
import { describe, expect, it } from "vitest";
import { firstBadSeed, SEEDS } from "./seeds.ts";
import { V1_MUTANTS } from "./v1-mutants.ts";
import { V1_RULES, V1World } from "./v1-world.ts";

describe("v1 simulation", () => {
  it(`[V1-17] keeps its promises over ${SEEDS} seeds`, { timeout: SEEDS * 100 }, () => {
    let acks = 0;
    let unknown = 0;
    const bad = firstBadSeed(SEEDS, (seed) => {
      const world = new V1World(seed, V1_RULES);
      world.run();
      for (const call of world.ledger.calls) {
        if (call.outcome === "ack") acks++;
        if (call.outcome === "unknown") unknown++;
      }
    });
    expect(bad).toBe(undefined);
    // The weather must be bad enough to matter and good enough to get something done.
    expect(acks / SEEDS).toBeGreaterThan(20);
    expect(unknown).toBeGreaterThan(SEEDS / 100);
  });

  // Seeds that once broke a promise, and why.
  it.each([[146, "a restart within the quiet time ended it"]])("[V1-17] seed %i: %s", (seed) => {
    new V1World(seed, V1_RULES).run();
  });

  it.each(Object.entries(V1_MUTANTS))("[V1-17] tells the rules from %s within 100 seeds", (_, rules) => {
    expect(firstBadSeed(100, (seed) => new V1World(seed, rules).run())).toBeDefined();
  });
});
