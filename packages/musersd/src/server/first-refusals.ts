// SPDX-License-Identifier: MIT
import type { DeniedRow } from "@mauth/protocol/v2";

/** Events for one look at the table; a flood of sources is seen in the table, not in events. */
export const NEWS_MAX = 100;

/** Finds the rows of the table of refusals that are younger than the last look. */
export class FirstRefusals {
  #sinceMs: number;

  /** `nowMs` is on the clock of the filter. */
  constructor(nowMs: number) {
    this.#sinceMs = nowMs;
  }

  /** Nobody listens: what is refused until now is no news. */
  skip(nowMs: number): void {
    this.#sinceMs = nowMs;
  }

  /** The rows that were first refused since the last look, oldest first, at most `NEWS_MAX`. */
  news(rows: readonly DeniedRow[]): DeniedRow[] {
    const young = rows.filter((row) => row.firstMs > this.#sinceMs).sort((a, b) => a.firstMs - b.firstMs);
    this.#sinceMs = young.at(-1)?.firstMs ?? this.#sinceMs;
    return young.slice(0, NEWS_MAX);
  }
}
