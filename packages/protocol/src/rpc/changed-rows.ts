// SPDX-License-Identifier: MIT

interface Version<Row> {
  readonly row: Row;
  readonly number: number;
}

/** Rows of a table, numbered in the order in which they changed, so that a reader gets what changed since its last number. */
export class ChangedRows<Row extends object> {
  readonly #keyOf: (row: Row) => string;
  #versions = new Map<string, Version<Row>>();
  /** The same versions by ascending number. */
  #order: Version<Row>[] = [];
  #latest = 0;

  constructor(keyOf: (row: Row) => string) {
    this.#keyOf = keyOf;
  }

  /** Takes what the table holds now; rows that are new or changed get new numbers, those that are gone are forgotten. */
  refresh(rows: Iterable<Row>): void {
    const versions = new Map<string, Version<Row>>();
    const changed: Version<Row>[] = [];
    for (const row of rows) {
      const key = this.#keyOf(row);
      const before = this.#versions.get(key);
      const version = before !== undefined && isEqual(before.row, row) ? before : { row, number: ++this.#latest };
      if (version !== before) changed.push(version);
      versions.set(key, version);
    }
    const kept = this.#order.filter((version) => versions.get(this.#keyOf(version.row)) === version);
    this.#versions = versions;
    this.#order = kept.concat(changed);
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
