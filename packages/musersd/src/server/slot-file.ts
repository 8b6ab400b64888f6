// SPDX-License-Identifier: MIT
import { closeSync, constants, fstatSync, ftruncateSync, openSync, readSync, writeSync } from "node:fs";
import { decodeSlot, encodeSlot, SLOT_LENGTH_BYTES, V1_SLOTS_MAX } from "@mauth/protocol/rpc";
import type { Slot, SlotMemory } from "@mauth/protocol/rpc";

const FREE = new Uint8Array(SLOT_LENGTH_BYTES);

/**
 * v1 slots as records of a file on a memory file system, so that they survive the process. Not synced: a slot need not
 * survive a power failure, after which the quiet time takes its place (V1-11).
 */
export class SlotFile implements SlotMemory {
  readonly slotsMax = V1_SLOTS_MAX;
  /** What was found: records, no file, or a file that is not one of slots. */
  readonly found: "intact" | "absent" | "damaged";
  readonly #fd: number;
  readonly #slots: (readonly [index: number, slot: Slot])[] = [];

  constructor(path: string) {
    this.#fd = openSync(path, openFlags(), 0o600);
    const size = fstatSync(this.#fd).size;
    this.found = size === 0 ? "absent" : this.#read(size) ? "intact" : "damaged";
    if (this.found !== "intact") this.#format();
  }

  load(): Iterable<readonly [index: number, slot: Slot]> {
    return this.#slots;
  }

  write(index: number, slot: Slot): void {
    writeSync(this.#fd, encodeSlot(slot), 0, SLOT_LENGTH_BYTES, index * SLOT_LENGTH_BYTES);
  }

  clear(index: number): void {
    writeSync(this.#fd, FREE, 0, SLOT_LENGTH_BYTES, index * SLOT_LENGTH_BYTES);
  }

  close(): void {
    closeSync(this.#fd);
  }

  #read(size: number): boolean {
    const bytes = new Uint8Array(SLOT_LENGTH_BYTES * V1_SLOTS_MAX);
    if (size !== bytes.length || readSync(this.#fd, bytes, 0, bytes.length, 0) !== bytes.length) return false;
    for (let index = 0; index < V1_SLOTS_MAX; index++) {
      const record = bytes.slice(index * SLOT_LENGTH_BYTES, (index + 1) * SLOT_LENGTH_BYTES);
      const slot = decodeSlot(record);
      if (slot === undefined) return false;
      if (slot !== "free") this.#slots.push([index, slot]);
    }
    return true;
  }

  #format(): void {
    this.#slots.length = 0;
    ftruncateSync(this.#fd, 0);
    ftruncateSync(this.#fd, SLOT_LENGTH_BYTES * V1_SLOTS_MAX);
  }
}

function openFlags(): number {
  const { O_CREAT, O_RDWR } = constants;
  return O_CREAT | O_RDWR;
}
