// SPDX-License-Identifier: MIT
import { REQUEST_LENGTH_BYTES } from "../v1/index.ts";
import type { Slot, SlotMemory, V1Peer } from "./slots.ts";
import { V1_SLOT_LIFETIME_MS, V1_SLOTS_PER_ADDRESS_MAX } from "./v1-timing.ts";

const NO_REQUEST = new Uint8Array(REQUEST_LENGTH_BYTES);

interface Entry {
  readonly index: number;
  slot: Slot;
}

/** Finds slots by peer and keeps them within their limits; a live slot is never evicted. */
export class SlotTable {
  readonly #memory: SlotMemory;
  /** Least recently seen first, so that expired slots are at the front. */
  readonly #entries = new Map<number, Entry>();
  readonly #perAddress = new Map<number, number>();
  readonly #free: number[] = [];
  #quiet: Entry | undefined;

  constructor(memory: SlotMemory) {
    this.#memory = memory;
    const slots = [...memory.load()].sort(([, a], [, b]) => a.lastSeenMs - b.lastSeenMs);
    const used = new Set(slots.map(([index]) => index));
    for (let index = memory.slotsMax - 1; index >= 0; index--) if (!used.has(index)) this.#free.push(index);
    for (const [index, slot] of slots) {
      if (slot.state === "quiet") this.#quiet = { index, slot };
      else this.#insert(index, slot);
    }
  }

  /** When the quiet time ends that an earlier process began and did not live to see the end of; 0 when there is none. */
  get quietUntilMs(): number {
    return this.#quiet?.slot.lastSeenMs ?? 0;
  }

  /** Makes the quiet time outlive the process. */
  beginQuiet(untilMs: number): void {
    const index = this.#quiet?.index ?? this.#free.pop();
    if (index === undefined) return;
    const slot: Slot = { peer: { address: 0, port: 0 }, request: NO_REQUEST, state: "quiet", lastSeenMs: untilMs };
    this.#quiet = { index, slot };
    this.#memory.write(index, slot);
  }

  endQuiet(): void {
    if (this.#quiet === undefined) return;
    this.#memory.clear(this.#quiet.index);
    this.#free.push(this.#quiet.index);
    this.#quiet = undefined;
  }

  get size(): number {
    return this.#entries.size;
  }

  slots(): Slot[] {
    return Array.from(this.#entries.values(), (entry) => entry.slot);
  }

  find(peer: V1Peer): Slot | undefined {
    return this.#entries.get(keyOf(peer))?.slot;
  }

  /** Writes the slot of its peer; false when the peer is new and there is no room. */
  write(slot: Slot): boolean {
    const key = keyOf(slot.peer);
    const entry = this.#entries.get(key);
    if (entry === undefined) {
      if ((this.#perAddress.get(slot.peer.address) ?? 0) >= V1_SLOTS_PER_ADDRESS_MAX) return false;
      const index = this.#free.pop();
      if (index === undefined) return false;
      this.#memory.write(index, slot);
      this.#insert(index, slot);
      return true;
    }
    this.#memory.write(entry.index, slot);
    entry.slot = slot;
    this.#entries.delete(key);
    this.#entries.set(key, entry);
    return true;
  }

  /** Forgets the slots that no datagram can need any more. */
  expire(nowMs: number): void {
    for (const [key, entry] of this.#entries) {
      // A time to come was written before a reboot: such a slot lives one lifetime from now.
      if (entry.slot.lastSeenMs > nowMs) {
        entry.slot = { ...entry.slot, lastSeenMs: nowMs };
        continue;
      }
      if (nowMs - entry.slot.lastSeenMs <= V1_SLOT_LIFETIME_MS) return;
      this.#remove(key, entry);
    }
  }

  #insert(index: number, slot: Slot): void {
    this.#entries.set(keyOf(slot.peer), { index, slot });
    this.#perAddress.set(slot.peer.address, (this.#perAddress.get(slot.peer.address) ?? 0) + 1);
  }

  #remove(key: number, entry: Entry): void {
    const { address } = entry.slot.peer;
    const left = (this.#perAddress.get(address) ?? 1) - 1;
    if (left === 0) this.#perAddress.delete(address);
    else this.#perAddress.set(address, left);
    this.#entries.delete(key);
    this.#free.push(entry.index);
    this.#memory.clear(entry.index);
  }
}

function keyOf(peer: V1Peer): number {
  return peer.address * 65_536 + peer.port;
}
