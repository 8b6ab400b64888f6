// SPDX-License-Identifier: MIT
import { closeSync, openSync, rmSync, statfsSync, statSync, writeSync } from "node:fs";
import { dirname } from "node:path";

/** Disk space that is kept for commits which take rights away: thousands of revokes with their journal. */
export const RESERVE_BYTES = 2 * 1024 * 1024;

/** What must be free beyond it, so that taking it does not fill the disk. */
const MARGIN_BYTES = 256 * 1024;

/** A file beside the database that holds disk space until it is needed. */
export class Reserve {
  readonly #path: string;

  constructor(path: string) {
    this.#path = path;
  }

  /** Tells whether the space is there to be released. */
  get isHeld(): boolean {
    return statSync(this.#path, { throwIfNoEntry: false })?.size === RESERVE_BYTES;
  }

  /** Bytes of the disk that are free beside it; 0 when that cannot be told. */
  get freeBytes(): number {
    try {
      const { bavail, bsize } = statfsSync(dirname(this.#path));
      return bavail * bsize;
    } catch {
      // A disk that cannot be looked at counts as full.
      return 0;
    }
  }

  /** Takes the space, or says that the disk has none; the zeros are written, because a hole holds nothing. */
  hold(): "held" | "full" | "failed" {
    if (this.isHeld) return "held";
    try {
      if (this.freeBytes < RESERVE_BYTES + MARGIN_BYTES) return "full";
      const file = openSync(this.#path, "w", 0o600);
      try {
        const zeros = new Uint8Array(RESERVE_BYTES);
        for (let offset = 0; offset < RESERVE_BYTES;) offset += writeSync(file, zeros, offset);
      } finally {
        closeSync(file);
      }
      return "held";
    } catch (error) {
      // What was taken is given back, and the next commit tries again.
      this.release();
      return (error as NodeJS.ErrnoException).code === "ENOSPC" ? "full" : "failed";
    }
  }

  /** Gives the space back to the disk. */
  release(): void {
    try {
      rmSync(this.#path, { force: true });
    } catch {
      // A read-only disk: there is nothing to gain on it.
    }
  }
}
