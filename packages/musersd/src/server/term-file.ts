// SPDX-License-Identifier: MIT
import { readFileSync, renameSync, writeFileSync } from "node:fs";
import type { TermMemory } from "@mauth/protocol/rpc";
import { errnoOf } from "../errors.ts";

/** The highest term of a mauthserver that was seen, in a file of the state directory. */
export class TermFile implements TermMemory {
  readonly #path: string;

  constructor(path: string) {
    this.#path = path;
  }

  load(): number {
    try {
      const term = Number(readFileSync(this.#path, "utf8"));
      return Number.isSafeInteger(term) && term > 0 ? term : 0;
    } catch (error) {
      if (errnoOf(error) === "ENOENT") return 0;
      throw error;
    }
  }

  store(term: number): void {
    const scratch = `${this.#path}.new`;
    writeFileSync(scratch, `${term}\n`, { mode: 0o600 });
    renameSync(scratch, this.#path);
  }
}
