// SPDX-License-Identifier: MIT
import type { Native } from "../native.ts";
import { COUNT_LENGTH_BYTES, encodeNumberKey, readCount } from "./layout.ts";

/** A map of counts by reason, one for each CPU. */
export class ReasonCounts {
  readonly #native: Native;
  readonly #fd: number;
  readonly #value: Uint8Array;

  constructor(native: Native, fd: number) {
    this.#native = native;
    this.#fd = fd;
    this.#value = new Uint8Array(COUNT_LENGTH_BYTES * native.possibleCpus());
  }

  /** Sums the count of all CPUs. */
  read(reason: number): { readonly packets: number; readonly bytes: number } {
    this.#native.mapLookup(this.#fd, encodeNumberKey(reason), this.#value);
    const view = new DataView(this.#value.buffer);
    let packets = 0;
    let bytes = 0;
    for (let offset = 0; offset < this.#value.length; offset += COUNT_LENGTH_BYTES) {
      packets += readCount(view, offset);
      bytes += readCount(view, offset + 8);
    }
    return { packets, bytes };
  }
}
