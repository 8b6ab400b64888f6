// SPDX-License-Identifier: MIT
import { RowMemory } from "./row-memory.ts";
import type { RowBatch, RowTable, RowTableName } from "./row-table.ts";

/** Rows that are taken in one go; with what the kernel does for them, a millisecond or two. */
const ROWS_PER_STEP = 2048;
/** Rows that are looked at for one page: a reader of few among many gets pages that are not full, or empty. */
const LOOKS_PER_PAGE = 8192;

interface Part<Row> {
  readonly table: RowTable<Row>;
  readonly memory: RowMemory<Row>;
}

/** A page of rows, and the cursor for what comes behind it. */
export interface RowPage<Row> {
  readonly rows: Row[];
  readonly cursor: number;
  readonly latest: number;
}

/** A reading at work. */
interface Reading {
  readonly startedMs: number;
  /** The index of the table that is read, and its rows. */
  part: number;
  rows: Iterator<RowBatch> | undefined;
}

/**
 * Rows of tables that are read together, numbered in the order in which they changed, so that a reader gets what changed since
 * its last number. Reading them is cut into short steps, because there may be a million.
 */
export class ChangedRows<Row> {
  readonly #parts: readonly Part<Row>[];
  #latest = 0;
  #reading: Reading | undefined;
  #begun = 0;
  #ended = 0;
  #startedMs = -Infinity;

  constructor(tables: readonly RowTable<Row>[]) {
    this.#parts = tables.map((table) => ({ table, memory: new RowMemory(table) }));
  }

  get isReading(): boolean {
    return this.#reading !== undefined;
  }

  /**
   * The number of the first reading that shows the tables as they were at most so long before now; it may have to begin.
   * @param ageMsMax 0 is as they are now.
   */
  readingFor(nowMs: number, ageMsMax: number): number {
    if (nowMs - this.#startedMs < ageMsMax) return this.#ended;
    const isYoung = this.#reading !== undefined && nowMs - this.#reading.startedMs < ageMsMax;
    return isYoung ? this.#begun : this.#begun + 1;
  }

  /** Tells whether a reading has ended; if not, one is at work from now on. */
  hasEnded(reading: number, nowMs: number): boolean {
    if (this.#ended >= reading) return true;
    if (this.#reading !== undefined) return false;
    this.#begin(nowMs);
    this.step();
    return this.#ended >= reading;
  }

  /** Goes on reading for a while; at the end of it, rows that are new or changed get new numbers, those that are gone are forgotten. */
  step(): void {
    for (let left = ROWS_PER_STEP; left > 0 && this.#reading !== undefined;) left -= this.#takeBatch(this.#reading);
  }

  /** Tells whether a reader with this cursor is between two pages: what it has not read yet was there at its first. */
  isBetweenPages(cursor: number): boolean {
    return cursor > 0 && cursor < this.#latest;
  }

  /** At most `countMax` of the rows of a table with numbers above the cursor, of the first that it looks at. */
  page(name: RowTableName, { cursor, countMax }: { cursor: number; countMax: number }, nowMs: number): RowPage<Row> {
    const rows: Row[] = [];
    const walks = this.#parts.filter(({ table }) => table.names.includes(name)).map((part) => new Walk(part, cursor));
    for (let looks = 0; ; looks++) {
      const walk = walks.reduce<Walk<Row> | undefined>(lower, undefined);
      if (walk === undefined || walk.number === Infinity) return { rows, cursor: this.#latest, latest: this.#latest };
      const { number } = walk;
      const row = walk.take(name, nowMs);
      if (row !== undefined) rows.push(row);
      if (number < this.#latest && (rows.length === countMax || looks === LOOKS_PER_PAGE))
        return { rows, cursor: number, latest: this.#latest };
    }
  }

  #begin(nowMs: number): void {
    this.#begun++;
    this.#reading = { startedMs: nowMs, part: 0, rows: undefined };
    for (const { memory } of this.#parts) memory.begin();
  }

  /** Takes the next rows of the reading, or ends it; returns how many it took. */
  #takeBatch(reading: Reading): number {
    const part = this.#parts[reading.part];
    if (part === undefined) {
      this.#finish(reading);
      return 0;
    }
    reading.rows ??= part.table.read();
    const next = reading.rows.next();
    if (next.done === true) {
      reading.part++;
      reading.rows = undefined;
      return 0;
    }
    part.memory.take(next.value);
    return next.value.count;
  }

  #finish(reading: Reading): void {
    for (const { memory } of this.#parts) this.#latest = memory.finish(this.#latest + 1) - 1;
    this.#startedMs = reading.startedMs;
    this.#ended = this.#begun;
    this.#reading = undefined;
  }
}

/** Walks along the rows of a table by ascending number. */
class Walk<Row> {
  readonly #part: Part<Row>;
  #place: number;

  constructor(part: Part<Row>, cursor: number) {
    this.#part = part;
    this.#place = part.memory.firstAfter(cursor);
  }

  /** Of the next row; Infinity behind the last one. */
  get number(): number {
    const id = this.#part.memory.order[this.#place];
    return id === undefined ? Infinity : this.#part.memory.numberOf(id);
  }

  /** Goes behind the next row; returns it when it is listed. */
  take(name: RowTableName, nowMs: number): Row | undefined {
    const { table, memory } = this.#part;
    const id = memory.order[this.#place++] ?? 0;
    const key = memory.keyOf(id);
    const value = memory.valueOf(id);
    return table.isIn(name, key, value, nowMs) ? table.decode(key, value) : undefined;
  }
}

function lower<Row>(a: Walk<Row> | undefined, b: Walk<Row>): Walk<Row> {
  return a !== undefined && a.number <= b.number ? a : b;
}
