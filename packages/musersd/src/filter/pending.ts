// SPDX-License-Identifier: MIT
import type { Native } from "../native.ts";
import type { BpfMap, MapBatch } from "./bpf-map.ts";
import {
  DENIED_VALUE_LENGTH_BYTES,
  encodeNumberKey,
  PENDING_LENGTH_BYTES,
  PENDING_SLOTS,
  readCount,
} from "./layout.ts";

/** Offsets in struct msender_pending. */
const TICK = 0;
const PACKETS = 8;
const BYTES = 16;
const KEY = 24;
/** Offsets in struct msender_denied. */
const ROW_PACKETS = 0;
const ROW_BYTES = 8;
/** Then the last reading counts, though a CPU may have added its share in the middle of it. */
const ATTEMPTS_MAX = 4;

/** What some CPUs have counted for one row of the table of refused senders, and not yet added to it. */
export interface PendingSlot {
  readonly index: number;
  /** Of the row. */
  readonly key: Uint8Array;
}

/** Packets and bytes. */
export interface PendingCount {
  readonly packets: number;
  readonly bytes: number;
}

/** What the CPUs have counted apart for the rows of one family. */
export class Pending {
  readonly #native: Native;
  readonly #fd: number;
  readonly #first: number;
  readonly #keyLength: number;

  /** `keyLength` in bytes, of the rows. */
  constructor(native: Native, fd: number, { first, keyLength }: { first: number; keyLength: number }) {
    this.#native = native;
    this.#fd = fd;
    this.#first = first;
    this.#keyLength = keyLength;
  }

  /** The rows for which something is counted apart now; one may be there twice. */
  slots(): PendingSlot[] {
    return Array.from({ length: PENDING_SLOTS }, (_, number) => this.#first + number).flatMap((index) =>
      this.#read(index)
        .filter((cpu) => readCount(cpu, PACKETS) > 0)
        .map((cpu) => ({ index, key: this.#keyOf(cpu).slice() })),
    );
  }

  /** Reads a row, and what is counted apart for it, as both were at one moment. */
  readBeside<Row>(slot: PendingSlot, readRow: () => Row): { row: Row; pending: PendingCount } {
    for (let attempt = 1; ; attempt++) {
      const before = this.#ofKey(slot);
      const row = readRow();
      const after = this.#ofKey(slot);
      if (attempt === ATTEMPTS_MAX || isUnsettled(before, after)) return { row, pending: sum(before) };
    }
  }

  /**
   * Reads the table of refused senders with what is counted apart added to its rows. What was apart before a batch counts
   * too, so that nothing is missing that is added meanwhile: no count goes back from one reading to the next.
   */
  *completed(table: BpfMap): Generator<MapBatch> {
    let before = this.slots();
    for (const batch of table.batches()) {
      for (const slot of [...before, ...this.slots()]) this.#complete(table, batch, slot);
      yield batch;
      before = this.slots();
    }
  }

  #complete(table: BpfMap, batch: MapBatch, slot: PendingSlot): void {
    const index = indexOf(batch, slot.key);
    if (index < 0) return;
    const { row, pending } = this.readBeside(slot, () => table.find(slot.key));
    if (row === undefined) return;
    const at = index * DENIED_VALUE_LENGTH_BYTES;
    batch.values.set(row, at);
    const value = new DataView(batch.values.buffer, at);
    value.setBigUint64(ROW_PACKETS, value.getBigUint64(ROW_PACKETS, true) + BigInt(pending.packets), true);
    value.setBigUint64(ROW_BYTES, value.getBigUint64(ROW_BYTES, true) + BigInt(pending.bytes), true);
  }

  #ofKey({ index, key }: PendingSlot): DataView[] {
    return this.#read(index).filter((cpu) => this.#keyOf(cpu).every((octet, at) => octet === key[at]));
  }

  #keyOf(cpu: DataView): Uint8Array {
    return new Uint8Array(cpu.buffer, cpu.byteOffset + KEY, this.#keyLength);
  }

  #read(index: number): DataView[] {
    const value = new Uint8Array(PENDING_LENGTH_BYTES * this.#native.possibleCpus());
    this.#native.mapLookup(this.#fd, encodeNumberKey(index), value);
    const cpus = value.length / PENDING_LENGTH_BYTES;
    return Array.from(
      { length: cpus },
      (_, cpu) => new DataView(value.buffer, cpu * PENDING_LENGTH_BYTES, PENDING_LENGTH_BYTES),
    );
  }
}

/** Tells whether no CPU added to the row in between: that ends its tick, and begins with no packets. */
function isUnsettled(before: readonly DataView[], after: readonly DataView[]): boolean {
  return (
    before.length === after.length &&
    before.every((cpu, index) => {
      const then = after[index];
      if (then === undefined || cpu.byteOffset !== then.byteOffset) return false;
      return (
        cpu.getBigUint64(TICK, true) === then.getBigUint64(TICK, true) &&
        readCount(cpu, PACKETS) <= readCount(then, PACKETS)
      );
    })
  );
}

function sum(cpus: readonly DataView[]): PendingCount {
  return {
    packets: cpus.reduce((packets, cpu) => packets + readCount(cpu, PACKETS), 0),
    bytes: cpus.reduce((bytes, cpu) => bytes + readCount(cpu, BYTES), 0),
  };
}

/** The row of the key in a batch, -1 when it is in another one. */
function indexOf({ count, keys }: MapBatch, key: Uint8Array): number {
  for (let index = 0, at = 0; index < count; index++, at += key.length)
    if (key.every((octet, offset) => octet === keys[at + offset])) return index;
  return -1;
}
