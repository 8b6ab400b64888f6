// SPDX-License-Identifier: MIT
import { CHANGES_PER_REQUEST_MAX } from "../v2/index.ts";

/** Requests of a client that are under way at a time. */
export const V2_OUTSTANDING_MAX = 32;

/** At most a third is taken, so that a search is short. */
const CAPACITY = 8192;
if (CAPACITY < 3 * V2_OUTSTANDING_MAX * CHANGES_PER_REQUEST_MAX) throw new Error("too few slots for what is under way");

/** How many requests under way touch an (S,G), by its hash; flat, because every entry that is sent goes in and out. */
export class KeyCounts {
  readonly #hashes = new Int32Array(CAPACITY);
  /** 0 in a free slot. */
  readonly #counts = new Uint16Array(CAPACITY);

  has(hash: number): boolean {
    return this.#counts[this.#find(hash)] !== 0;
  }

  add(hash: number): void {
    const slot = this.#find(hash);
    this.#hashes[slot] = hash;
    this.#counts[slot] = (this.#counts[slot] ?? 0) + 1;
  }

  /** Takes back one `add`. */
  delete(hash: number): void {
    let free = this.#find(hash);
    const count = this.#counts[free] ?? 0;
    if (count !== 1) {
      this.#counts[free] = Math.max(0, count - 1);
      return;
    }
    // What was pushed behind the slot moves up, so that a free slot ends every search.
    for (let slot = next(free); this.#counts[slot] !== 0; slot = next(slot)) {
      const home = homeOf(this.#hashes[slot] ?? 0);
      if (distance(home, slot) < distance(free, slot)) continue;
      this.#hashes[free] = this.#hashes[slot] ?? 0;
      this.#counts[free] = this.#counts[slot] ?? 0;
      free = slot;
    }
    this.#counts[free] = 0;
  }

  #find(hash: number): number {
    const word = hash | 0;
    let slot = homeOf(word);
    while (this.#counts[slot] !== 0 && this.#hashes[slot] !== word) slot = next(slot);
    return slot;
  }
}

function homeOf(hash: number): number {
  return hash & (CAPACITY - 1);
}

function next(slot: number): number {
  return (slot + 1) & (CAPACITY - 1);
}

function distance(from: number, to: number): number {
  return (to - from) & (CAPACITY - 1);
}
