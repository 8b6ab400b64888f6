// SPDX-License-Identifier: MIT
import { groupLengthOf, hasExtensions, isWildcard } from "../v2/index.ts";
import type { DeniedRow, Table } from "../v2/index.ts";
import type { HeldRow } from "./v2-table.ts";

/** Tables of STATS whose rows are numbered by their changes. */
export type RowTableName = Exclude<Table, "status" | "counters">;

/** Entries one behind the other; good until the next are asked for. */
export interface RowBatch {
  readonly count: number;
  readonly keys: Uint32Array;
  readonly values: Uint32Array;
}

/**
 * A table of rows as words, so that 100,000 of them need no objects: the key is what names a row, the value is the rest. What
 * the words mean only the table knows.
 */
export interface RowTable<Row> {
  /** The tables of STATS that its rows may be in. */
  readonly names: readonly RowTableName[];
  readonly keyWords: number;
  readonly valueWords: number;
  /**
   * Reads the table, some rows at a time; each step is short. Rows that come or go meanwhile may be missing, or be there twice.
   */
  read(): Iterator<RowBatch>;
  /** Tells whether STATS lists the row in this table now. */
  isIn(name: RowTableName, key: DataView, value: DataView, nowMs: number): boolean;
  decode(key: DataView, value: DataView): Row;
}

/** A table whose rows are objects in memory, for few of them: a key and a value are numbers that stand for them. */
export class ObjectRows<Row extends object> implements RowTable<Row> {
  readonly keyWords = 1;
  readonly valueWords = 1;
  readonly names: readonly RowTableName[];
  readonly #options: ObjectRowsOptions<Row>;
  readonly #ids = new Map<string, number>();
  readonly #rows: { readonly row: Row; readonly version: number }[] = [];
  #present = new Set<number>();
  #free: number[] = [];

  constructor(options: ObjectRowsOptions<Row>) {
    this.names = options.names;
    this.#options = options;
  }

  *read(): Generator<RowBatch> {
    // What the last reading did not show its reader has forgotten, too.
    this.#forgetAbsent();
    const ids = Array.from(this.#options.rows(), (row) => this.#note(row));
    this.#present = new Set(ids);
    const values = Uint32Array.from(ids, (id) => this.#rows[id]?.version ?? 0);
    yield { count: ids.length, keys: Uint32Array.from(ids), values };
  }

  isIn(name: RowTableName, key: DataView, value: DataView, nowMs: number): boolean {
    return this.#options.isIn(name, this.decode(key, value), nowMs);
  }

  decode(key: DataView, _value: DataView): Row {
    return this.#rowOf(key.getUint32(0, true));
  }

  /** The row of an index in a batch. */
  rowAt({ keys }: RowBatch, index: number): Row {
    return this.#rowOf(keys[index] ?? 0);
  }

  #rowOf(id: number): Row {
    const noted = this.#rows[id];
    if (noted === undefined) throw new RangeError("a row that was never read");
    return noted.row;
  }

  #note(row: Row): number {
    const name = this.#options.nameOf(row);
    const present = this.#ids.get(name);
    const id = present ?? this.#free.pop() ?? this.#rows.length;
    const before = this.#rows[id];
    this.#ids.set(name, id);
    if (present === undefined || before === undefined || !isEqual(before.row, row))
      this.#rows[id] = { row, version: (before?.version ?? 0) + 1 };
    return id;
  }

  #forgetAbsent(): void {
    for (const [name, id] of this.#ids) {
      if (this.#present.has(id)) continue;
      this.#ids.delete(name);
      this.#free.push(id);
    }
  }
}

/** Senders that are objects. */
export function senderRows<Row extends HeldRow>(rows: () => Iterable<Row>): RowTable<Row> {
  return new ObjectRows({
    names: ["senders", "sendersIpv6", "limited"],
    rows,
    nameOf: (row) => `${row.source}>${row.group}/${groupLengthOf(row)}`,
    isIn: (name, row, nowMs) => isAliveAt(row, nowMs) && (name === "limited" ? isLimited(row) : isSingleOf(name, row)),
  });
}

/** Refused (interface, S, G)s that are objects. */
export function deniedRows(rows: () => Iterable<DeniedRow>): RowTable<DeniedRow> {
  return new ObjectRows({
    names: ["denied", "deniedIpv6"],
    rows,
    nameOf: (row) => `${row.interface}|${row.source}>${row.group}`,
    isIn: (name, { group }) => (typeof group === "bigint") === (name === "deniedIpv6"),
  });
}

function isAliveAt({ expiresMs = Infinity }: HeldRow, nowMs: number): boolean {
  return expiresMs > nowMs;
}

function isLimited(row: HeldRow): boolean {
  return row.expiresMs !== undefined || hasExtensions(row);
}

function isSingleOf(name: RowTableName, row: HeldRow): boolean {
  return !isWildcard(row) && (typeof row.group === "bigint") === (name === "sendersIpv6");
}

/** Where the objects come from, and what they are. */
export interface ObjectRowsOptions<Row> {
  readonly names: readonly RowTableName[];
  readonly rows: () => Iterable<Row>;
  readonly nameOf: (row: Row) => string;
  readonly isIn: (name: RowTableName, row: Row, nowMs: number) => boolean;
}

/** Compares rows, whose fields are numbers and texts, and may be absent. */
function isEqual<Row extends object>(a: Row, b: Row): boolean {
  for (const name in a) if (a[name] !== b[name]) return false;
  for (const name in b) if (!(name in a)) return false;
  return true;
}
