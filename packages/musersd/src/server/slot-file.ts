// SPDX-License-Identifier: MIT
import { closeSync, constants, fstatSync, ftruncateSync, openSync } from "node:fs";
import { decodeSlot, encodeSlot, SLOT_LENGTH_BYTES, V1_SLOTS_MAX } from "@mauth/protocol/rpc";
import type { Slot, SlotMemory } from "@mauth/protocol/rpc";
import type { Native } from "../native.ts";

const FILE_LENGTH_BYTES = SLOT_LENGTH_BYTES * V1_SLOTS_MAX;

/**
 * v1 slots as records of a file that is mapped into memory, so that they survive the process and cost no system call. Not
 * synced: a slot need not survive a power failure, after which the quiet time takes its place (V1-11).
 */
export class SlotFile implements SlotMemory {
  readonly slotsMax = V1_SLOTS_MAX;
  /** What was found: records, no file, or a file that is not one of slots. */
  readonly found: "intact" | "absent" | "damaged";
  readonly #records: Uint8Array;

  constructor(native: Native, path: string) {
    const fd = openSync(path, constants.O_CREAT | constants.O_RDWR, 0o600);
    try {
      const { size } = fstatSync(fd);
      if (size !== FILE_LENGTH_BYTES) ftruncateSync(fd, 0);
      ftruncateSync(fd, FILE_LENGTH_BYTES);
      this.#records = native.mapFile(fd, FILE_LENGTH_BYTES);
      this.found = size === 0 ? "absent" : size === FILE_LENGTH_BYTES && this.#isReadable() ? "intact" : "damaged";
    } finally {
      closeSync(fd);
    }
    if (this.found === "damaged") this.#records.fill(0);
  }

  *load(): Generator<readonly [index: number, slot: Slot]> {
    for (let index = 0; index < V1_SLOTS_MAX; index++) {
      const slot = decodeSlot(this.#record(index).slice());
      if (slot !== undefined && slot !== "free") yield [index, slot];
    }
  }

  write(index: number, slot: Slot): void {
    this.#record(index).set(encodeSlot(slot));
  }

  clear(index: number): void {
    this.#record(index).fill(0);
  }

  #isReadable(): boolean {
    for (let index = 0; index < V1_SLOTS_MAX; index++) if (decodeSlot(this.#record(index)) === undefined) return false;
    return true;
  }

  #record(index: number): Uint8Array {
    return this.#records.subarray(index * SLOT_LENGTH_BYTES, (index + 1) * SLOT_LENGTH_BYTES);
  }
}
