// SPDX-License-Identifier: MIT
import { closeSync, constants, openSync, readSync, writeSync } from "node:fs";
import type { TermMemory } from "@mauth/protocol/rpc";

/** 16 digits of a number below 2^53, and a line feed: written in one call, so that it is whole or not there. */
const LENGTH_BYTES = 17;

/** The highest term of a mauthserver that was seen, in a file that stays open: the directory may be out of reach later. */
export class TermFile implements TermMemory {
  readonly #fd: number;

  constructor(path: string) {
    this.#fd = openSync(path, constants.O_CREAT | constants.O_RDWR, 0o600);
  }

  load(): number {
    const bytes = new Uint8Array(LENGTH_BYTES);
    const length = readSync(this.#fd, bytes, 0, LENGTH_BYTES, 0);
    const term = Number(new TextDecoder().decode(bytes.subarray(0, length)));
    return Number.isSafeInteger(term) && term > 0 ? term : 0;
  }

  store(term: number): void {
    writeSync(this.#fd, `${String(term).padStart(LENGTH_BYTES - 1, "0")}\n`, 0);
  }

  close(): void {
    closeSync(this.#fd);
  }
}
