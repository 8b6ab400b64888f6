// SPDX-License-Identifier: MIT
import type { Clock } from "../clock.ts";
import type { Op, Store } from "../store/store.ts";

/** Who changes something, from where and why. */
export interface By {
  /** Account, "token:NAME", "console" without accounts, "mauthserver" or "sap". */
  readonly name: string;
  /** Address the change comes from, null when it comes from within. */
  readonly from: string | null;
  readonly reason?: string;
}

/** Writes rows and returns the revision; the store, the clock and the fence are bound already. */
export type Commit = (ops: readonly Op[], by: By) => Promise<number>;

/** What accounts, logins and tokens are kept with. */
export interface Keeping {
  readonly commit: Commit;
  /** For passing state. */
  readonly store: Pick<Store, "refresh">;
  readonly clock: Clock;
  readonly random: (bytes: number) => Uint8Array;
}
