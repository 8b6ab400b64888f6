// SPDX-License-Identifier: MIT
import type { RequestMark } from "./request-mark.ts";
import type { CommitOptions, Op } from "./store.ts";

/** Operations of one transaction, so that it stays a matter of milliseconds. */
export const GROUP_OPS_MAX = 1000;

/** A commit that waits to be written. */
export interface Commit {
  readonly ops: readonly Op[];
  /** The body of each operation as canonical JSON, null for a delete. */
  readonly texts: readonly (string | null)[];
  readonly options: CommitOptions;
  /** The request that it belongs to. */
  readonly mark: RequestMark | undefined;
  /** The last revision, or why it was refused; set by who writes it. */
  outcome?: number | Error;
  /** To be called once it is durable, or will never be. */
  settle(outcome: number | Error): void;
}

/**
 * Collects the commits of one turn of the event loop and writes them as one group, because what costs is to wait for the
 * disk: while it works, the commits of the next group arrive.
 */
export class CommitQueue {
  readonly #write: (commits: readonly Commit[]) => void;
  #waiting: Commit[] = [];
  #timer: NodeJS.Immediate | undefined;

  /** `write` settles each commit that it is given. */
  constructor(write: (commits: readonly Commit[]) => void) {
    this.#write = write;
  }

  add(commit: Omit<Commit, "settle" | "outcome">): Promise<number> {
    return new Promise((resolve, reject) => {
      const settle = (outcome: number | Error) => (typeof outcome === "number" ? resolve(outcome) : reject(outcome));
      this.#waiting.push({ ...commit, settle });
      this.#timer ??= setImmediate(() => this.flush());
    });
  }

  /** Writes everything that waits. */
  flush(): void {
    clearImmediate(this.#timer);
    this.#timer = undefined;
    const waiting = this.#waiting;
    this.#waiting = [];
    for (let first = 0; first < waiting.length;) {
      let last = first;
      for (let count = 0; last < waiting.length; last++) {
        count += waiting[last]?.ops.length ?? 0;
        if (last > first && count > GROUP_OPS_MAX) break;
      }
      this.#write(waiting.slice(first, last));
      first = last;
    }
  }
}
