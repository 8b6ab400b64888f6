// SPDX-License-Identifier: MIT

/** What a row is sorted by. */
export type SortValue<Row> = (row: Row) => string | number;

export interface Ordering<Row> {
  /** Must keep its identity while the column stays the same. */
  readonly value: SortValue<Row>;
  readonly desc: boolean;
}

interface Entry<Row> {
  row: Row;
  value: string | number;
  /** Place among the rows as they were given, which decides between equals. */
  place: number;
  /** The last call that had the row. */
  round: number;
}

/**
 * Sorts a live list. It begins with the order of the last time, in which a few changed rows are all that is out of place: the
 * sort of the language takes one pass over that, where sorting ten thousand rows anew is a long task.
 */
export class Order<Row extends { readonly id: string }> {
  readonly #byId = new Map<string, Entry<Row>>();
  #sorted: Entry<Row>[] = [];
  #value: SortValue<Row> | null = null;
  #round = 0;

  /** The rows in order; equal ones as they were given. */
  sort(rows: readonly Row[], { value, desc }: Ordering<Row>): Row[] {
    if (value !== this.#value) this.#forget();
    this.#value = value;
    this.#round++;
    this.#take(rows, value);
    if (this.#sorted.length > rows.length) this.#dropGone();
    const sign = desc ? -1 : 1;
    this.#sorted.sort((a, b) => sign * compare(a.value, b.value) || a.place - b.place);
    return this.#sorted.map((entry) => entry.row);
  }

  #take(rows: readonly Row[], value: SortValue<Row>): void {
    for (const [place, row] of rows.entries()) {
      const known = this.#byId.get(row.id);
      if (known === undefined) {
        const entry = { row, value: value(row), place, round: this.#round };
        this.#byId.set(row.id, entry);
        this.#sorted.push(entry);
        continue;
      }
      known.place = place;
      known.round = this.#round;
      if (known.row === row) continue;
      known.row = row;
      known.value = value(row);
    }
  }

  #dropGone(): void {
    const isHere = (entry: Entry<Row>): boolean => entry.round === this.#round;
    for (const entry of this.#sorted) if (!isHere(entry)) this.#byId.delete(entry.row.id);
    this.#sorted = this.#sorted.filter(isHere);
  }

  #forget(): void {
    this.#byId.clear();
    this.#sorted = [];
  }
}

/** Numbers before text, which no column mixes. */
function compare(a: string | number, b: string | number): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
