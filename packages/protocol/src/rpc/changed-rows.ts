// SPDX-License-Identifier: MIT

interface Version<Row> {
  readonly row: Row;
  readonly number: number;
  /** The reading of the table in which it was there last. */
  reading: number;
}

/** Rows of a table, numbered in the order in which they changed, so that a reader gets what changed since its last number. */
export class ChangedRows<Row extends object> {
  readonly #keyOf: (row: Row) => string;
  readonly #versions = new Map<string, Version<Row>>();
  /** The same versions by ascending number. */
  #order: Version<Row>[] = [];
  #latest = 0;
  #reading = 0;

  constructor(keyOf: (row: Row) => string) {
    this.#keyOf = keyOf;
  }

  /** Takes what the table holds now; rows that are new or changed get new numbers, those that are gone are forgotten. */
  refresh(rows: Iterable<Row>): void {
    const reading = ++this.#reading;
    const known = this.#latest;
    const changed: Version<Row>[] = [];
    for (const row of rows) {
      const key = this.#keyOf(row);
      const version = this.#versions.get(key);
      if (version !== undefined && isEqual(version.row, row)) {
        version.reading = reading;
        continue;
      }
      // What a reader was given keeps its number; the row goes on under another one.
      const next = { row, number: ++this.#latest, reading };
      this.#versions.set(key, next);
      changed.push(next);
    }
    const kept = this.#order.filter((version) => version.reading === reading);
    if (kept.length + changed.length < this.#versions.size) this.#forget(reading);
    this.#order = known === this.#latest ? kept : kept.concat(changed);
  }

  /** Tells whether a reader with this cursor is between two pages: what it has not read yet was there at its first. */
  isBetweenPages(cursor: number): boolean {
    return cursor > 0 && cursor < this.#latest;
  }

  /** At most `countMax` of the listed rows with numbers above the cursor. */
  page(
    cursor: number,
    countMax: number,
    isListed: (row: Row) => boolean = () => true,
  ): { rows: Row[]; cursor: number; latest: number } {
    const rows: Row[] = [];
    for (let index = this.#firstAfter(cursor); index < this.#order.length; index++) {
      const version = this.#order[index];
      if (version === undefined || !isListed(version.row)) continue;
      rows.push(version.row);
      const isLast = index === this.#order.length - 1;
      if (rows.length === countMax && !isLast) return { rows, cursor: version.number, latest: this.#latest };
    }
    return { rows, cursor: this.#latest, latest: this.#latest };
  }

  /** Drops the versions that were not there in this reading. */
  #forget(reading: number): void {
    for (const [key, version] of this.#versions) if (version.reading !== reading) this.#versions.delete(key);
  }

  #firstAfter(cursor: number): number {
    let low = 0;
    let high = this.#order.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#order[middle]?.number ?? 0) > cursor) high = middle;
      else low = middle + 1;
    }
    return low;
  }
}

/** Compares rows, whose fields are numbers and texts, and may be absent. */
function isEqual<Row extends object>(a: Row, b: Row): boolean {
  for (const name in a) if (a[name] !== b[name]) return false;
  for (const name in b) if (!(name in a)) return false;
  return true;
}
