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

/** Rows that are not shown, because of a search perhaps, keep their place for when they return; of more, all lose it. */
export const HIDDEN_MAX = 20_000;

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
    if (this.#sorted.length > rows.length + HIDDEN_MAX) this.#dropHidden();
    const sign = desc ? -1 : 1;
    this.#sorted.sort((a, b) => sign * compare(a.value, b.value) || a.place - b.place);
    const shown: Row[] = [];
    for (const entry of this.#sorted) if (entry.round === this.#round) shown.push(entry.row);
    return shown;
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

  #dropHidden(): void {
    this.#sorted = this.#sorted.filter((entry) => entry.round === this.#round);
    this.#byId.clear();
    for (const entry of this.#sorted) this.#byId.set(entry.row.id, entry);
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
