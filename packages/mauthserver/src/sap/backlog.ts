// SPDX-License-Identifier: MIT

/** Datagrams taken from the kernel and not yet handled. */
export const BACKLOG_MAX = 65_536;
/** Handled in one turn of the event loop while more keep coming in, and when none does. */
const BATCH_WHILE_READING = 4;
const BATCH_WHEN_QUIET = 256;

/**
 * Lets a burst out of the kernel's small buffer first and handles it afterwards: reading takes microseconds, parsing
 * and storing ten times as many, and what the kernel cannot hold meanwhile is lost.
 */
export class Backlog<Item> {
  readonly #handle: (item: Item) => void;
  readonly #max: number;
  #items: Item[] = [];
  #next = 0;
  #pushedThisTurn = 0;
  #immediate: NodeJS.Immediate | undefined;

  constructor(handle: (item: Item) => void, max = BACKLOG_MAX) {
    this.#handle = handle;
    this.#max = max;
  }

  get length(): number {
    return this.#items.length - this.#next;
  }

  /** Queues an item, or returns false when too many wait. */
  push(item: Item): boolean {
    if (this.length >= this.#max) return false;
    this.#pushedThisTurn += 1;
    this.#items.push(item);
    this.#immediate ??= setImmediate(() => this.#turn());
    return true;
  }

  /** Handles all that waits. */
  drain(): void {
    clearImmediate(this.#immediate);
    this.#immediate = undefined;
    this.#take(this.length);
  }

  #turn(): void {
    this.#immediate = undefined;
    this.#take(this.#pushedThisTurn > BATCH_WHILE_READING ? BATCH_WHILE_READING : BATCH_WHEN_QUIET);
    this.#pushedThisTurn = 0;
    if (this.length > 0) this.#immediate ??= setImmediate(() => this.#turn());
  }

  #take(count: number): void {
    const end = Math.min(this.#next + count, this.#items.length);
    while (this.#next < end) {
      const item = this.#items[this.#next];
      this.#next += 1;
      if (item !== undefined) this.#handle(item);
    }
    if (this.#next < this.#items.length) return;
    this.#items = [];
    this.#next = 0;
  }
}
