// SPDX-License-Identifier: MIT
import type { RowBatch, RowTable } from "./row-table.ts";

const CAPACITY_MIN = 1024;

/**
 * Rows of one table by their keys in flat memory, each with the number of its last change. Rows have ids that stay the same;
 * open addressing with linear probing finds the id of a key.
 */
export class RowMemory<Row> {
  readonly #table: RowTable<Row>;
  #capacity = 0;
  #keys = new Uint32Array(0);
  #values = new Uint32Array(0);
  #numbers = new Float64Array(0);
  /** The reading in which a row was there last, and the one in which it changed last; 0 is none. */
  #seenIn = new Uint32Array(0);
  #changedIn = new Uint32Array(0);
  /** Twice as many as rows: an id and 1, 0 in a free one. */
  #slots = new Uint32Array(0);
  /** Ids that were given out once, and those of them that are free again. */
  #idsEnd = 0;
  #freeIds: number[] = [];
  /** Ids by ascending number, and those that the reading at work has found new or changed. */
  #order = new Uint32Array(0);
  #changed: number[] = [];
  #seenCount = 0;
  #reading = 0;

  constructor(table: RowTable<Row>) {
    this.#table = table;
    this.#allocate(CAPACITY_MIN);
  }

  /** Ids by ascending number. */
  get order(): Uint32Array {
    return this.#order;
  }

  numberOf(id: number): number {
    return this.#numbers[id] ?? 0;
  }

  keyOf(id: number): DataView {
    const lengthBytes = this.#table.keyWords * 4;
    return new DataView(this.#keys.buffer, id * lengthBytes, lengthBytes);
  }

  valueOf(id: number): DataView {
    const lengthBytes = this.#table.valueWords * 4;
    return new DataView(this.#values.buffer, id * lengthBytes, lengthBytes);
  }

  /** Begins a reading; until it is finished, numbers and order stay what they were. */
  begin(): void {
    this.#reading++;
    this.#seenCount = 0;
    this.#changed = [];
  }

  /** Takes rows that the table holds now. */
  take({ count, keys, values }: RowBatch): void {
    const { keyWords, valueWords } = this.#table;
    for (let index = 0; index < count; index++) {
      const id = this.#idOf(keys, index * keyWords);
      const isSame = this.#seenIn[id] !== 0 && this.#hasValue(id, values, index * valueWords);
      if (this.#seenIn[id] !== this.#reading) this.#seenCount++;
      this.#seenIn[id] = this.#reading;
      if (isSame) continue;
      for (let word = 0; word < valueWords; word++)
        this.#values[id * valueWords + word] = values[index * valueWords + word] ?? 0;
      if (this.#changedIn[id] !== this.#reading) this.#changed.push(id);
      this.#changedIn[id] = this.#reading;
    }
  }

  /** Ends a reading: what changed is numbered from `next` on, what was not there is forgotten; returns the next free number. */
  finish(next: number): number {
    const isGone = this.#seenCount < this.#idsEnd - this.#freeIds.length;
    if (isGone || this.#changed.length > 0) this.#reorder();
    if (isGone) this.#forgetUnseen();
    for (const id of this.#changed) this.#numbers[id] = next++;
    this.#changed = [];
    return next;
  }

  /** The place in `order` of the first number above the cursor. */
  firstAfter(cursor: number): number {
    let low = 0;
    let high = this.#order.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.numberOf(this.#order[middle] ?? 0) > cursor) high = middle;
      else low = middle + 1;
    }
    return low;
  }

  /** What stays as it was keeps its order; what changed comes behind it. */
  #reorder(): void {
    const order = new Uint32Array(this.#order.length + this.#changed.length);
    let length = 0;
    for (const id of this.#order)
      if (this.#seenIn[id] === this.#reading && this.#changedIn[id] !== this.#reading) order[length++] = id;
    order.set(this.#changed, length);
    this.#order = order.subarray(0, length + this.#changed.length);
  }

  #forgetUnseen(): void {
    for (let id = 0; id < this.#idsEnd; id++) {
      if (this.#seenIn[id] === 0 || this.#seenIn[id] === this.#reading) continue;
      this.#freeSlot(this.#slotOf(this.#keys, id * this.#table.keyWords));
      this.#seenIn[id] = 0;
      this.#freeIds.push(id);
    }
  }

  /** The id of a key, which is new when there is none. */
  #idOf(keys: Uint32Array, at: number): number {
    const slot = this.#slotOf(keys, at);
    const present = this.#slots[slot] ?? 0;
    if (present > 0) return present - 1;
    const id = this.#freeIds.pop() ?? this.#idsEnd++;
    const { keyWords } = this.#table;
    if (id === this.#capacity) {
      this.#allocate(this.#capacity * 2);
      return this.#keep(id, keys, at, this.#slotOf(keys, at), keyWords);
    }
    return this.#keep(id, keys, at, slot, keyWords);
  }

  #keep(id: number, keys: Uint32Array, at: number, slot: number, keyWords: number): number {
    for (let word = 0; word < keyWords; word++) this.#keys[id * keyWords + word] = keys[at + word] ?? 0;
    this.#slots[slot] = id + 1;
    return id;
  }

  /** Where the id of a key is, or the free slot where it belongs. */
  #slotOf(keys: Uint32Array, at: number): number {
    const mask = this.#slots.length - 1;
    let slot = this.#hash(keys, at) & mask;
    // At most half of the slots are taken, so the search ends.
    for (; this.#slots[slot] !== 0; slot = (slot + 1) & mask) {
      if (this.#hasKey((this.#slots[slot] ?? 0) - 1, keys, at)) break;
    }
    return slot;
  }

  /** What was pushed behind the slot moves up, so that a free slot ends every search. */
  #freeSlot(slot: number): void {
    const mask = this.#slots.length - 1;
    let free = slot;
    for (let at = (free + 1) & mask; this.#slots[at] !== 0; at = (at + 1) & mask) {
      const home = this.#hash(this.#keys, ((this.#slots[at] ?? 0) - 1) * this.#table.keyWords) & mask;
      if (((at - home) & mask) < ((at - free) & mask)) continue;
      this.#slots[free] = this.#slots[at] ?? 0;
      free = at;
    }
    this.#slots[free] = 0;
  }

  #hasKey(id: number, keys: Uint32Array, at: number): boolean {
    const { keyWords } = this.#table;
    for (let word = 0; word < keyWords; word++) if (this.#keys[id * keyWords + word] !== keys[at + word]) return false;
    return true;
  }

  #hasValue(id: number, values: Uint32Array, at: number): boolean {
    const { valueWords } = this.#table;
    for (let word = 0; word < valueWords; word++)
      if (this.#values[id * valueWords + word] !== values[at + word]) return false;
    return true;
  }

  #hash(keys: Uint32Array, at: number): number {
    let hash = 0;
    for (let word = 0; word < this.#table.keyWords; word++) {
      hash = Math.imul(hash ^ (keys[at + word] ?? 0), 0x9e3779b1);
      hash ^= hash >>> 15;
    }
    return hash >>> 0;
  }

  #allocate(capacity: number): void {
    const { keyWords, valueWords } = this.#table;
    this.#capacity = capacity;
    this.#keys = grown(this.#keys, new Uint32Array(capacity * keyWords));
    this.#values = grown(this.#values, new Uint32Array(capacity * valueWords));
    this.#seenIn = grown(this.#seenIn, new Uint32Array(capacity));
    this.#changedIn = grown(this.#changedIn, new Uint32Array(capacity));
    const numbers = new Float64Array(capacity);
    numbers.set(this.#numbers);
    this.#numbers = numbers;
    const before = this.#slots;
    this.#slots = new Uint32Array(capacity * 2);
    for (const taken of before) {
      if (taken > 0) this.#slots[this.#slotOf(this.#keys, (taken - 1) * keyWords)] = taken;
    }
  }
}

function grown(before: Uint32Array<ArrayBuffer>, larger: Uint32Array<ArrayBuffer>): Uint32Array<ArrayBuffer> {
  larger.set(before);
  return larger;
}
