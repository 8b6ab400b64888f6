// SPDX-License-Identifier: MIT
import type { Address } from "../address.ts";
import type { Ipv6 } from "../ipv6.ts";

/** Reads big-endian fields one after the other; reading past the end gives zeros and sets `isBroken`, it never throws. */
export class ByteReader {
  isBroken = false;
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #offset = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** Bytes not read yet; none once broken, so that loops end. */
  get left(): number {
    return this.isBroken ? 0 : this.#bytes.length - this.#offset;
  }

  /** Whether everything was read and nothing was missing. */
  get isComplete(): boolean {
    return !this.isBroken && this.#offset === this.#bytes.length;
  }

  u8(): number {
    const at = this.#take(1);
    return at === undefined ? 0 : this.#view.getUint8(at);
  }

  u16(): number {
    const at = this.#take(2);
    return at === undefined ? 0 : this.#view.getUint16(at);
  }

  u24(): number {
    return this.u8() * 65_536 + this.u16();
  }

  u32(): number {
    const at = this.#take(4);
    return at === undefined ? 0 : this.#view.getUint32(at);
  }

  /** A 64-bit field whose values stay within 2^53 - 1; a greater one breaks the reader. */
  u64(): number {
    const value = this.u32() * 2 ** 32 + this.u32();
    if (!Number.isSafeInteger(value)) this.isBroken = true;
    return this.isBroken ? 0 : value;
  }

  big64(): bigint {
    const at = this.#take(8);
    return at === undefined ? 0n : this.#view.getBigUint64(at);
  }

  /** An IPv6 address, 16 bytes. */
  ipv6(): Ipv6 {
    const upper = this.big64();
    return (upper << 64n) | this.big64();
  }

  /** A copy of the next bytes. */
  bytes(length: number): Uint8Array {
    const at = this.#take(length);
    return at === undefined ? new Uint8Array(length) : this.#bytes.slice(at, at + length);
  }

  /** A text with its length in one byte before it. */
  text(): string {
    return TEXT_DECODER.decode(this.bytes(this.u8()));
  }

  #take(length: number): number | undefined {
    const at = this.#offset;
    if (this.isBroken || at + length > this.#bytes.length) {
      this.isBroken = true;
      return undefined;
    }
    this.#offset = at + length;
    return at;
  }
}

const TEXT_DECODER = new TextDecoder();
const TEXT_ENCODER = new TextEncoder();

/** Most writers write little, and clearing memory for the longest body costs more than to grow. */
const WRITER_LENGTH_BYTES = 128;

/** Writes big-endian fields one after the other up to a greatest length; writing past it throws. */
export class ByteWriter {
  readonly #lengthBytesMax: number;
  #bytes: Uint8Array;
  #view: DataView;
  #offset = 0;

  /** `lengthBytes`: what it will probably write. */
  constructor(lengthBytesMax: number, lengthBytes: number = WRITER_LENGTH_BYTES) {
    this.#lengthBytesMax = lengthBytesMax;
    this.#bytes = new Uint8Array(Math.min(lengthBytesMax, lengthBytes));
    this.#view = new DataView(this.#bytes.buffer);
  }

  u8(value: number): this {
    const at = this.#skip(1);
    this.#view.setUint8(at, value);
    return this;
  }

  u16(value: number): this {
    const at = this.#skip(2);
    this.#view.setUint16(at, value);
    return this;
  }

  u24(value: number): this {
    return this.u8(value >>> 16).u16(value & 0xffff);
  }

  u32(value: number): this {
    const at = this.#skip(4);
    this.#view.setUint32(at, value);
    return this;
  }

  /** `value`: 0 to 2^53 - 1. */
  u64(value: number): this {
    return this.u32(Math.floor(value / 2 ** 32)).u32(value % 2 ** 32);
  }

  big64(value: bigint): this {
    const at = this.#skip(8);
    this.#view.setBigUint64(at, value);
    return this;
  }

  /** An address in the length of its family, 4 or 16 bytes. */
  address(value: Address): this {
    if (typeof value === "number") return this.u32(value);
    return this.big64(value >> 64n).big64(value & 0xffff_ffff_ffff_ffffn);
  }

  bytes(value: Uint8Array): this {
    const at = this.#skip(value.length);
    this.#bytes.set(value, at);
    return this;
  }

  /** A text of at most 255 bytes with its length in one byte before it. */
  text(value: string): this {
    const bytes = TEXT_ENCODER.encode(value);
    return this.u8(bytes.length).bytes(bytes);
  }

  /** What was written so far, not copied. */
  written(): Uint8Array {
    return this.#bytes.subarray(0, this.#offset);
  }

  #skip(length: number): number {
    const at = this.#offset;
    if (at + length > this.#bytes.length) this.#grow(at + length);
    this.#offset = at + length;
    return at;
  }

  #grow(lengthBytes: number): void {
    if (lengthBytes > this.#lengthBytesMax) {
      throw new RangeError(`${lengthBytes} bytes do not fit into ${this.#lengthBytesMax}`);
    }
    const bytes = new Uint8Array(Math.min(this.#lengthBytesMax, Math.max(lengthBytes, 4 * this.#bytes.length)));
    bytes.set(this.#bytes);
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer);
  }
}
