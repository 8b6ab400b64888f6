// SPDX-License-Identifier: MIT
import { Violation } from "./ledger.ts";

/** Seeds of each simulation; a soak sets MAUTH_SEEDS. */
export const SEEDS = Number(process.env["MAUTH_SEEDS"] ?? 2000);

/** Where seeds begin; a soak may go where no run has been. */
const FIRST = Number(process.env["MAUTH_FIRST_SEED"] ?? 1);

/** Runs worlds until one breaks a promise; returns its seed and what happened, or undefined. */
export function firstBadSeed(count: number, run: (seed: number) => void): string | undefined {
  for (let seed = FIRST; seed < FIRST + count; seed++) {
    try {
      run(seed);
    } catch (error) {
      if (error instanceof Violation) return `seed ${seed}: ${error.message}`;
      throw new Error(`seed ${seed}`, { cause: error });
    }
  }
  return undefined;
}
