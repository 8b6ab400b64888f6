// SPDX-License-Identifier: MIT
import { CHAIN_START, hashLine, isChained } from "./line.ts";
import type { HashedLine } from "./line.ts";
import type { Verification } from "./store.ts";

/** Goes through a log, line by line in order, and finds the first that is not as it was written. */
export class Verifier {
  readonly #rev: number;
  readonly #compactedRev: number;
  #head = CHAIN_START;
  #last = 0;
  #lines = 0;
  #brokenAt: number | undefined;

  /** `rev`: the last revision; up to `compactedRev`, lines of passing kinds may be missing. */
  constructor({ rev, compactedRev }: { readonly rev: number; readonly compactedRev: number }) {
    this.#rev = rev;
    this.#compactedRev = compactedRev;
  }

  /** Takes the next line; false when the chain is broken and the rest says nothing. */
  take(line: HashedLine): boolean {
    this.#noteGap(line.rev);
    if (this.#brokenAt === undefined && hashLine(this.#head, line) !== line.hash) this.#brokenAt = line.rev;
    if (this.#brokenAt !== undefined) return false;
    if (isChained(line.kind)) this.#head = line.hash;
    this.#last = line.rev;
    this.#lines++;
    return true;
  }

  end(): Verification {
    if (this.#brokenAt === undefined) this.#noteGap(this.#rev + 1);
    const found = { lines: this.#lines, head: this.#head };
    return this.#brokenAt === undefined ? found : { ...found, brokenAt: this.#brokenAt };
  }

  /** A chained line that is missing shows in the hash of the next one; what is missing after a compaction shows here. */
  #noteGap(next: number): void {
    const missing = Math.max(this.#last, this.#compactedRev) + 1;
    if (next > missing) this.#brokenAt ??= missing;
  }
}
