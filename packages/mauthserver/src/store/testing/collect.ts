// SPDX-License-Identifier: MIT
import type { Fold, Folded } from "../fold.ts";
import type { Row } from "../store.ts";

/** Makes of rows a list of them. */
export class Collect implements Fold<Row[]> {
  readonly #rows: Row[] = [];

  take(row: Row): void {
    this.#rows.push(row);
  }

  end(): Folded<Row[]> {
    return { result: this.#rows, transfer: [] };
  }
}
