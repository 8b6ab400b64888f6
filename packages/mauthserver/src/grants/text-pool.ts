// SPDX-License-Identifier: MIT

/** Texts of a pool; their numbers fit 16 bits. */
export const TEXTS_MAX = 65_535;

const utf8 = new TextDecoder("utf-8", { ignoreBOM: true });

/** Numbers for texts that many share, such as the name of whoever permitted; 0 stands for no text. */
export class TextPool {
  readonly #texts: string[] = [];
  readonly #numbers = new Map<string, number>();
  /** What `numberOfBytes` was last asked for, and said. */
  #lastBytes = new Uint8Array();
  #lastNumber = 0;

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

  /** The number of a text in UTF-8, empty for none. Who permitted many has permitted the one before as well. */
  numberOfBytes(
    bytes: Uint8Array,
    { start, end }: { readonly start: number; readonly end: number },
  ): number | undefined {
    if (start === end) return 0;
    const last = this.#lastBytes;
    let isLast = last.length === end - start;
    for (let index = 0; isLast && index < last.length; index++) isLast = last[index] === bytes[start + index];
    if (isLast) return this.#lastNumber;
    const number = this.number(utf8.decode(bytes.subarray(start, end)));
    if (number === undefined) return undefined;
    this.#lastBytes = new Uint8Array(bytes.subarray(start, end)); // Not `slice`, which copies nothing of a Buffer.
    this.#lastNumber = number;
    return number;
  }

  /** The text of a number; undefined for 0. */
  text(number: number): string | undefined {
    return this.#texts[number - 1];
  }
}
