// SPDX-License-Identifier: MIT

interface Item {
  readonly atMs: number;
  readonly number: number;
  readonly run: () => void;
}

/** Virtual time: what is due next runs next, and the clock jumps to it. */
export class Scheduler {
  nowMs = 0;
  /** A binary heap by time, then by the order of scheduling. */
  readonly #heap: Item[] = [];
  #number = 0;

  at(atMs: number, run: () => void): void {
    const heap = this.#heap;
    heap.push({ atMs, number: this.#number++, run });
    for (let index = heap.length - 1; index > 0;) {
      const parent = (index - 1) >> 1;
      if (!isBefore(heap[index], heap[parent])) break;
      swap(heap, index, parent);
      index = parent;
    }
  }

  after(durationMs: number, run: () => void): void {
    this.at(this.nowMs + durationMs, run);
  }

  /** Runs everything up to a time; what is due later stays. */
  runUntil(endMs: number): void {
    for (let first = this.#heap[0]; first !== undefined && first.atMs <= endMs; first = this.#heap[0]) {
      this.#removeFirst();
      this.nowMs = Math.max(this.nowMs, first.atMs);
      first.run();
    }
    this.nowMs = endMs;
  }

  #removeFirst(): void {
    const heap = this.#heap;
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return;
    heap[0] = last;
    for (let index = 0; ;) {
      const left = 2 * index + 1;
      const child = isBefore(heap[left + 1], heap[left]) ? left + 1 : left;
      if (!isBefore(heap[child], heap[index])) break;
      swap(heap, index, child);
      index = child;
    }
  }
}

function isBefore(a: Item | undefined, b: Item | undefined): boolean {
  if (a === undefined || b === undefined) return false;
  return a.atMs < b.atMs || (a.atMs === b.atMs && a.number < b.number);
}

function swap(heap: Item[], a: number, b: number): void {
  const item = heap[a];
  const other = heap[b];
  if (item === undefined || other === undefined) return;
  heap[a] = other;
  heap[b] = item;
}
