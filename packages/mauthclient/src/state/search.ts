// SPDX-License-Identifier: MIT

/** The words of a query; a row fits when each of them occurs in its text. */
export function wordsOf(query: string): readonly string[] {
  return query.toLowerCase().split(/\s+/).filter(Boolean);
}

/**
 * Searches a live list. While a query grows, only what it left before is looked at; and as long as it leaves the same rows, the
 * list is the same object, so that nothing is drawn again.
 */
export class Search<Row extends { readonly text: string }> {
  #rows: readonly Row[] = [];
  #isShown: ((row: Row) => boolean) | null = null;
  #words: readonly string[] = [];
  #found: readonly Row[] = [];

  /** The rows in which every word of the query occurs and that the filters let through; `isShown` keeps its identity while they do. */
  find(rows: readonly Row[], query: string, isShown: (row: Row) => boolean): readonly Row[] {
    const words = wordsOf(query);
    const isGrown = rows === this.#rows && isShown === this.#isShown && isNarrower(words, this.#words);
    const among = isGrown ? this.#found : rows;
    const found = among.filter((row) => hasAll(row.text, words) && isShown(row));
    this.#rows = rows;
    this.#isShown = isShown;
    this.#words = words;
    if (!isSame(found, this.#found)) this.#found = found;
    return this.#found;
  }
}

function hasAll(text: string, words: readonly string[]): boolean {
  for (const word of words) if (!text.includes(word)) return false;
  return true;
}

/** Whether every row that has all of `words` has all of `before`. */
function isNarrower(words: readonly string[], before: readonly string[]): boolean {
  return before.every((old) => words.some((word) => word.includes(old)));
}

function isSame<Row>(rows: readonly Row[], others: readonly Row[]): boolean {
  if (rows.length !== others.length) return false;
  for (let at = 0; at < rows.length; at++) if (rows[at] !== others[at]) return false;
  return true;
}
