// SPDX-License-Identifier: MIT

interface Deadline {
  readonly name: string;
  readonly at: number;
}

/** Names by the time at which they are due: a binary heap in which what was moved or cancelled is skipped. */
export class Deadlines {
  readonly #heap: Deadline[] = [];
  readonly #at = new Map<string, number>();

  get size(): number {
    return this.#at.size;
  }

  /** The earliest time; undefined when nothing is due ever. */
  get next(): number | undefined {
    this.#skip();
    return this.#heap[0]?.at;
  }

  /** Makes a name due at a time, instead of any time before; undefined for never. */
  set(name: string, at: number | undefined): void {
    if (at === undefined) {
      this.#at.delete(name);
      return;
    }
    if (this.#at.get(name) === at) return;
    this.#at.set(name, at);
    this.#push({ name, at });
  }

  /** Takes out the names that are due. */
  take(now: number): string[] {
    const due: string[] = [];
    for (this.#skip(); this.#heap[0] !== undefined && this.#heap[0].at <= now; this.#skip()) {
      const { name } = this.#pop();
      this.#at.delete(name);
      due.push(name);
    }
    return due;
  }

  #skip(): void {
    for (let top = this.#heap[0]; top !== undefined && this.#at.get(top.name) !== top.at; top = this.#heap[0])
      this.#pop();
  }

  #push(deadline: Deadline): void {
    const heap = this.#heap;
    let index = heap.length;
    for (; index > 0;) {
      const parent = (index - 1) >>> 1;
      if (heap[parent]!.at <= deadline.at) break;
      heap[index] = heap[parent]!;
      index = parent;
    }
    heap[index] = deadline;
  }

  #pop(): Deadline {
    const heap = this.#heap;
    const top = heap[0]!;
    const last = heap.pop()!;
    if (heap.length === 0) return top;
    let index = 0;
    for (;;) {
      let child = 2 * index + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && heap[child + 1]!.at < heap[child]!.at) child++;
      if (heap[child]!.at >= last.at) break;
      heap[index] = heap[child]!;
      index = child;
    }
    heap[index] = last;
    return top;
  }
}
