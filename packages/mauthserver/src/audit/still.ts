// SPDX-License-Identifier: MIT
import type { Change } from "../store/store.ts";

/** Tells of the revision that is there now whether it is what a change made: others may change it while that is taken back. */
export function isStill({ op, rev }: Change): (now: number | undefined) => boolean {
  return (now) => now === (op === "put" ? rev : undefined);
}
