// SPDX-License-Identifier: MIT

/** Part of a text, from its first byte to the one behind its last. */
interface Span {
  start: number;
  end: number;
}

const encoder = new TextEncoder();
const bytesOf = (text: string): Uint8Array => encoder.encode(text);
const MARKS = {
  begin: bytesOf('["'),
  between: bytesOf(">"),
  rev: bytesOf('",'),
  group: bytesOf(',{"group":"'),
  id: bytesOf('","id":"'),
  maxTtl: bytesOf('","maxTtl":'),
  permittedAt: bytesOf(',"permittedAt":'),
  permittedBy: bytesOf(',"permittedBy":"'),
  reason: bytesOf(',"reason":"'),
  source: bytesOf(',"source":"'),
  end: bytesOf('"}]\n'),
};
const [QUOTE, BACKSLASH, DOT, ZERO, NINE] = [0x22, 0x5c, 0x2e, 0x30, 0x39];
/** Digits with which a number is exact as a double, whatever they are. */
const DIGITS_MAX = 15;

/**
 * Reads the line `["KEY",REV,BODY]` of a grant of one source and one group without limits, its body as canonical JSON
 * (RFC 8785). It knows what is written so byte for byte, and leaves anything else to a parser of JSON, which would take five
 * times as long for a million of them.
 */
export class PlainLine {
  source = 0;
  group = 0;
  rev = 0;
  maxTtl = 0;
  permittedAt = 0;
  /** Empty when there is none. */
  readonly permittedBy: Span = { start: 0, end: 0 };
  readonly reason: Span = { start: 0, end: 0 };
  readonly #sourceText: Span = { start: 0, end: 0 };
  readonly #groupText: Span = { start: 0, end: 0 };
  #bytes: Uint8Array = new Uint8Array();
  #at = 0;
  #number = 0;

  /** Tells whether there is such a line at `start`; then this is what it says. */
  read(bytes: Uint8Array, start: number): boolean {
    this.#bytes = bytes;
    this.#at = start;
    return this.#readKey() && this.#readNames() && this.#readRest() && this.maxTtl >= 1 && this.maxTtl <= 255;
  }

  #readKey(): boolean {
    if (!this.#skip(MARKS.begin) || !this.#readAddress(this.#sourceText)) return false;
    this.source = this.#number;
    if (!this.#skip(MARKS.between) || !this.#readAddress(this.#groupText)) return false;
    this.group = this.#number;
    if (!this.#skip(MARKS.rev) || !this.#readNumber()) return false;
    this.rev = this.#number;
    return true;
  }

  /** The body has to name what the key names. */
  #readNames(): boolean {
    return (
      this.#skip(MARKS.group) &&
      this.#skipSame(this.#groupText) &&
      this.#skip(MARKS.id) &&
      this.#skipSame(this.#sourceText) &&
      this.#skip(MARKS.between) &&
      this.#skipSame(this.#groupText)
    );
  }

  #readRest(): boolean {
    if (!this.#skip(MARKS.maxTtl) || !this.#readNumber()) return false;
    this.maxTtl = this.#number;
    if (!this.#skip(MARKS.permittedAt) || !this.#readNumber()) return false;
    this.permittedAt = this.#number;
    if (!this.#readText(MARKS.permittedBy, this.permittedBy) || !this.#readText(MARKS.reason, this.reason))
      return false;
    return this.#skip(MARKS.source) && this.#skipSame(this.#sourceText) && this.#skip(MARKS.end);
  }

  #skip(mark: Uint8Array): boolean {
    for (let index = 0; index < mark.length; index++) if (this.#bytes[this.#at + index] !== mark[index]) return false;
    this.#at += mark.length;
    return true;
  }

  #skipSame({ start, end }: Span): boolean {
    for (let index = start; index < end; index++)
      if (this.#bytes[this.#at + index - start] !== this.#bytes[index]) return false;
    this.#at += end - start;
    return true;
  }

  /** A text without escapes, if it is there; false when there is one that cannot be taken as it is. */
  #readText(mark: Uint8Array, span: Span): boolean {
    span.start = span.end = 0;
    if (!this.#skip(mark)) return true;
    span.start = this.#at;
    for (let byte = this.#bytes[this.#at]; byte !== QUOTE; byte = this.#bytes[++this.#at])
      if (byte === undefined || byte === BACKSLASH) return false;
    span.end = this.#at++;
    return span.end > span.start;
  }

  /** Decimal without sign and leading zeros. */
  #readNumber(): boolean {
    const start = this.#at;
    this.#number = 0;
    for (let byte = this.#bytes[start] ?? 0; byte >= ZERO && byte <= NINE; byte = this.#bytes[++this.#at] ?? 0)
      this.#number = this.#number * 10 + byte - ZERO;
    const digits = this.#at - start;
    return digits > 0 && digits <= DIGITS_MAX && (digits === 1 || this.#bytes[start] !== ZERO);
  }

  /** Dotted decimal, as strict as `parseIpv4`. */
  #readAddress(span: Span): boolean {
    span.start = this.#at;
    let address = 0;
    for (let octet = 0; octet < 4; octet++) {
      if (octet > 0 && this.#bytes[this.#at++] !== DOT) return false;
      if (!this.#readNumber() || this.#number > 255) return false;
      address = address * 256 + this.#number;
    }
    span.end = this.#at;
    this.#number = address;
    return true;
  }
}
