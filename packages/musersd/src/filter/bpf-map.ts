// SPDX-License-Identifier: MIT
import type { Native } from "../native.ts";

/** Room beyond the table's size, because the kernel hands over whole hash buckets. */
export const DUMP_SLACK_ENTRIES = 4096;

/** Entries one behind the other; good until the map is read again. */
export interface MapEntries {
  readonly count: number;
  readonly keys: DataView;
  readonly values: DataView;
}

/** One BPF hash map with keys and values of fixed length. */
export class BpfMap {
  readonly entriesMax: number;
  readonly #native: Native;
  readonly #fd: number;
  readonly #keyLength: number;
  readonly #valueLength: number;
  #keys: Uint8Array | undefined;
  #values: Uint8Array | undefined;

  /** Asserts that the map has the lengths that msender.h gives it: the kernel trusts our buffers. */
  constructor(native: Native, fd: number, lengths: { keyLength: number; valueLength: number }) {
    const info = native.mapInfo(fd);
    if (info.keyLength !== lengths.keyLength || info.valueLength !== lengths.valueLength)
      throw new Error(`the BPF map ${info.name} has another layout than this version of musersd`);
    this.entriesMax = info.entriesMax;
    this.#native = native;
    this.#fd = fd;
    this.#keyLength = lengths.keyLength;
    this.#valueLength = lengths.valueLength;
  }

  find(key: Uint8Array): Uint8Array | undefined {
    const value = new Uint8Array(this.#valueLength);
    return this.#native.mapLookup(this.#fd, this.#checked(key), value) ? value : undefined;
  }

  write(key: Uint8Array, value: Uint8Array): void {
    if (value.length !== this.#valueLength) throw new RangeError("a value of the wrong length");
    this.#native.mapUpdate(this.#fd, this.#checked(key), value);
  }

  /** Writes entries that lie one behind the other; returns how many were written before one could not be. */
  writeMany(keys: Uint8Array, values: Uint8Array): number {
    return this.#native.mapUpdateMany(this.#fd, keys, values, this.#countOf(keys, values));
  }

  /** Deletes entries, there or not; returns how many it came through before one could not be deleted. */
  deleteMany(keys: Uint8Array): number {
    return this.#native.mapDeleteMany(this.#fd, keys, this.#keyLength, this.#countOf(keys));
  }

  /** Tells whether the entry was there. */
  delete(key: Uint8Array): boolean {
    return this.#native.mapDelete(this.#fd, this.#checked(key));
  }

  isEmpty(): boolean {
    return this.#native.mapIsEmpty(this.#fd, new Uint8Array(this.#keyLength));
  }

  /** Reads the whole table in batches; entries written meanwhile may be missing or appear twice. */
  read(): MapEntries {
    const room = this.entriesMax + DUMP_SLACK_ENTRIES;
    this.#keys ??= new Uint8Array(room * this.#keyLength);
    this.#values ??= new Uint8Array(room * this.#valueLength);
    const count = this.#native.mapDump(this.#fd, this.#keys, this.#keyLength, this.#values, this.#valueLength);
    return { count, keys: new DataView(this.#keys.buffer), values: new DataView(this.#values.buffer) };
  }

  /** Reads the whole table and decodes each entry. */
  entries<Row>(decode: (key: DataView, value: DataView) => Row): Row[] {
    const { count } = this.read();
    return Array.from({ length: count }, (_, index) => this.decodeAt(index, decode));
  }

  /** Decodes one entry of the last reading. */
  decodeAt<Row>(index: number, decode: (key: DataView, value: DataView) => Row): Row {
    if (this.#keys === undefined || this.#values === undefined) throw new Error("the map was not read");
    const key = new DataView(this.#keys.buffer, index * this.#keyLength, this.#keyLength);
    return decode(key, new DataView(this.#values.buffer, index * this.#valueLength, this.#valueLength));
  }

  #countOf(keys: Uint8Array, values?: Uint8Array): number {
    const count = keys.length / this.#keyLength;
    const isFitting = values === undefined || values.length === count * this.#valueLength;
    if (!Number.isInteger(count) || !isFitting) throw new RangeError("keys or values of the wrong length");
    return count;
  }

  #checked(key: Uint8Array): Uint8Array {
    if (key.length !== this.#keyLength) throw new RangeError("a key of the wrong length");
    return key;
  }
}
