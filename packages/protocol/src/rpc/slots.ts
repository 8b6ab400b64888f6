// SPDX-License-Identifier: MIT
import type { Ipv4 } from "../ipv4.ts";
import { REQUEST_LENGTH_BYTES } from "../v1/index.ts";
import { V1_SLOTS_MAX } from "./v1-timing.ts";

/** A v1 client: the source address and port of its datagrams. */
export interface V1Peer {
  readonly address: Ipv4;
  readonly port: number;
}

/** What the server remembers of the last call of one peer. */
export interface Slot {
  readonly peer: V1Peer;
  /** The whole request, because the sequence number alone does not tell two calls apart. */
  readonly request: Uint8Array;
  /** executing: the kernel may or may not have been asked. quiet: no call, but the quiet time of the server itself. */
  readonly state: "executing" | "ack" | "error" | "quiet";
  /** On the boot clock; of a quiet record, when the quiet time ends. */
  readonly lastSeenMs: number;
}

/** Where slots outlive the process. Every call returns when the record would survive a kill of the process. */
export interface SlotMemory {
  readonly slotsMax: number;
  load(): Iterable<readonly [index: number, slot: Slot]>;
  write(index: number, slot: Slot): void;
  clear(index: number): void;
}

/*
 * A record, 32 bytes, big-endian; a free one is all zero.
 *
 *  0       1      2      4            8                16                 27        32
 * +-------+------+------+------------+----------------+------------------+---------+
 * | state | zero | port | address    | last seen, ms  | request          | zero    |
 * +-------+------+------+------------+----------------+------------------+---------+
 */

/** Length of a record. */
export const SLOT_LENGTH_BYTES = 32;

const STATES = [undefined, "executing", "ack", "error", "quiet"] as const;
const REQUEST_OFFSET_BYTES = 16;

/** Encodes a slot as a record. */
export function encodeSlot(slot: Slot): Uint8Array {
  const bytes = new Uint8Array(SLOT_LENGTH_BYTES);
  const view = new DataView(bytes.buffer);
  view.setUint8(0, STATES.indexOf(slot.state));
  view.setUint16(2, slot.peer.port);
  view.setUint32(4, slot.peer.address);
  view.setBigUint64(8, BigInt(Math.floor(slot.lastSeenMs)));
  bytes.set(slot.request, REQUEST_OFFSET_BYTES);
  return bytes;
}

/** Decodes a record: a slot, "free", or undefined where the bytes are neither. */
export function decodeSlot(bytes: Uint8Array): Slot | "free" | undefined {
  if (bytes.length !== SLOT_LENGTH_BYTES) return undefined;
  if (bytes.every((byte) => byte === 0)) return "free";
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const state = STATES[view.getUint8(0)];
  const end = REQUEST_OFFSET_BYTES + REQUEST_LENGTH_BYTES;
  if (state === undefined || view.getUint8(1) !== 0 || bytes.subarray(end).some((byte) => byte !== 0)) return undefined;
  return {
    state,
    peer: { port: view.getUint16(2), address: view.getUint32(4) },
    lastSeenMs: Number(view.getBigUint64(8)),
    request: bytes.slice(REQUEST_OFFSET_BYTES, end),
  };
}

/** Slots in the memory of the process, as records, so that they survive a server made anew in the same test. */
export class MemorySlots implements SlotMemory {
  readonly slotsMax: number;
  readonly #records = new Map<number, Uint8Array>();

  constructor(slotsMax: number = V1_SLOTS_MAX) {
    this.slotsMax = slotsMax;
  }

  *load(): Generator<readonly [number, Slot]> {
    for (const [index, record] of this.#records) {
      const slot = decodeSlot(record);
      if (slot !== undefined && slot !== "free") yield [index, slot];
    }
  }

  write(index: number, slot: Slot): void {
    this.#records.set(index, encodeSlot(slot));
  }

  clear(index: number): void {
    this.#records.delete(index);
  }
}
