// SPDX-License-Identifier: MIT

/** Texts of a pool; their numbers fit 16 bits. */
export const TEXTS_MAX = 65_535;

/** Numbers for texts that many share, such as the name of whoever permitted; 0 stands for no text. */
export class TextPool {
  readonly #texts: string[] = [];
  readonly #numbers = new Map<string, number>();

  constructor(texts: Iterable<string> = []) {
    for (const text of texts) this.number(text);
  }

  /** Every text, in the order of their numbers from 1. */
  get texts(): readonly string[] {
    return this.#texts;
  }

  /** The number of a text; undefined when it is new and the pool is full. */
  number(text: string | undefined): number | undefined {
    if (text === undefined) return 0;
    const known = this.#numbers.get(text);
    if (known !== undefined || this.#texts.length >= TEXTS_MAX) return known;
    const number = this.#texts.push(text);
    this.#numbers.set(text, number);
    return number;
  }

  /** The text of a number; undefined for 0. */
  text(number: number): string | undefined {
    return this.#texts[number - 1];
  }
}
