// SPDX-License-Identifier: MIT
import type { By } from "../by.ts";
import type { Clock } from "../clock.ts";
import type { Op, Store } from "../store/store.ts";

/**
 * Writes rows and returns the revision; the store, the clock and the fence are bound already. Essential is what takes rights
 * away: it is stored even when the disk is full.
 */
export type Commit = (
  ops: readonly Op[],
  by: By,
  note?: { readonly isEssential?: true; readonly undoes?: number },
) => Promise<number>;

/** What accounts, logins and tokens are kept with. */
export interface Keeping {
  readonly commit: Commit;
  /** For passing state. */
  readonly store: Pick<Store, "refresh">;
  readonly clock: Clock;
  readonly random: (bytes: number) => Uint8Array;
}
