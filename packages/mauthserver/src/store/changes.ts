// SPDX-License-Identifier: MIT
import { CompactedError } from "../errors.ts";
import type { HashedLine } from "./line.ts";
import type { Body, Change, Op } from "./store.ts";

/** Changes that a tail hands out at once. */
export const TAIL_BATCH_CHANGES = 1000;

/** What a tail needs from a store: reading the log, and being woken when it has grown. */
export interface LogReader {
  /** At most `TAIL_BATCH_CHANGES` changes after `rev`. */
  read(rev: number): readonly Change[];
  /** The last revision that is no longer in the log. */
  compactedRev(): number;
}

/** Wakes everyone who waits for the log to grow. */
export class LogBell {
  #waiters: Array<() => void> = [];

  ring(): void {
    const waiters = this.#waiters;
    this.#waiters = [];
    for (const wake of waiters) wake();
  }

  /** Resolves at the next ring or when the signal aborts. */
  async heard(signal: AbortSignal): Promise<void> {
    if (signal.aborted) return;
    await new Promise<void>((resolve) => {
      const wake = () => {
        signal.removeEventListener("abort", wake);
        resolve();
      };
      signal.addEventListener("abort", wake);
      this.#waiters.push(wake);
    });
  }
}

/** Follows the log from `rev` until the signal aborts. */
export async function* follow(
  reader: LogReader,
  bell: LogBell,
  rev: number,
  signal: AbortSignal,
): AsyncGenerator<readonly Change[]> {
  let last = rev;
  while (!signal.aborted) {
    if (last < reader.compactedRev())
      throw new CompactedError(`the log no longer holds the changes after revision ${last}`);
    const changes = reader.read(last);
    if (changes.length === 0) {
      await bell.heard(signal);
      continue;
    }
    last = changes[changes.length - 1]!.rev;
    yield changes;
  }
}

/** The change that a line tells of. */
export function changeOf({ before, after, reason, undoes, ...line }: HashedLine): Change {
  const { kind, key } = line;
  const op: Op =
    after === null ? { op: "delete", kind, key } : { op: "put", kind, key, body: JSON.parse(after) as Body };
  return {
    ...line,
    ...op,
    before: before === null ? null : (JSON.parse(before) as Body),
    ...(reason !== null && { reason }),
    ...(undoes !== null && { undoes }),
  };
}
