// SPDX-License-Identifier: MIT
import type { Native } from "../native.ts";

/** Entries that the kernel hands over at once, in about a millisecond; it knows only whole hash buckets, which are short. */
export const BATCH_ENTRIES = 2048;
/** Room in the batches of small tables for a bucket more than fits. */
const SLACK_ENTRIES = 256;
const CURSOR_LENGTH_BYTES = 65;
const CURSOR_ENDED = 2;

/** Entries one behind the other; good until the map is read on. */
export interface MapBatch {
  readonly count: number;
  readonly keys: Uint8Array<ArrayBuffer>;
  readonly values: Uint8Array<ArrayBuffer>;
}

/**
 * Reads a whole map, a batch at a time; entries written meanwhile may be missing or appear twice.
 * @param room Memory for batches, used again and again.
 */
export function* readBatches(
  native: Native,
  fd: number,
  {
    room: { keys, values },
    keyLength,
    valueLength,
  }: { room: Omit<MapBatch, "count">; keyLength: number; valueLength: number },
): Generator<MapBatch> {
  const cursor = new Uint8Array(CURSOR_LENGTH_BYTES);
  while (cursor[0] !== CURSOR_ENDED) {
    const count = native.mapRead(fd, cursor, keys, keyLength, values, valueLength);
    if (count > 0) yield { count, keys, values };
  }
}

/** One BPF hash map with keys and values of fixed length. */
export class BpfMap {
  readonly entriesMax: number;
  readonly #native: Native;
  readonly #fd: number;
  readonly #keyLength: number;
  readonly #valueLength: number;
  #room: Omit<MapBatch, "count"> | undefined;

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

  /** Reads the whole table, a batch at a time; entries written meanwhile may be missing or appear twice. */
  batches(): Generator<MapBatch> {
    const entries = Math.min(BATCH_ENTRIES, this.entriesMax + SLACK_ENTRIES);
    const [keyLength, valueLength] = [this.#keyLength, this.#valueLength];
    this.#room ??= { keys: new Uint8Array(entries * keyLength), values: new Uint8Array(entries * valueLength) };
    return readBatches(this.#native, this.#fd, { room: this.#room, keyLength, valueLength });
  }

  /** Reads the whole table and decodes each entry. */
  entries<Row>(decode: (key: DataView, value: DataView) => Row, batches = this.batches()): Row[] {
    const rows: Row[] = [];
    for (const batch of batches)
      for (let index = 0; index < batch.count; index++) rows.push(this.decodeAt(batch, index, decode));
    return rows;
  }

  /** Decodes one entry of a batch. */
  decodeAt<Row>({ keys, values }: MapBatch, index: number, decode: (key: DataView, value: DataView) => Row): Row {
    const key = new DataView(keys.buffer, index * this.#keyLength, this.#keyLength);
    return decode(key, new DataView(values.buffer, index * this.#valueLength, this.#valueLength));
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
