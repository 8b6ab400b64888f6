// SPDX-License-Identifier: MIT
import { createHash } from "node:crypto";
import type { Clock } from "../clock.ts";
import { refused } from "./problem.ts";
import type { Result } from "./problem.ts";
import type { Reply } from "./route.ts";

/** Answers that are remembered; the oldest is forgotten first. */
export const ANSWERS_MAX = 1000;
const ANSWER_BYTES_MAX = 64 * 1024;
const REMEMBERED_MS = 24 * 3_600_000;
const KEY_LENGTH_MAX = 200;

interface Remembered {
  readonly content: string;
  readonly atMs: number;
  readonly answer: Promise<Result<Reply>>;
}

/** Gives a request that is repeated under the same key the answer of the first, without doing it again. */
export class Idempotency {
  readonly #clock: Pick<Clock, "monotonicMs">;
  readonly #remembered = new Map<string, Remembered>();

  constructor(clock: Pick<Clock, "monotonicMs">) {
    this.#clock = clock;
  }

  async run(
    asked: { readonly name: string; readonly key: string },
    content: string,
    act: () => Promise<Result<Reply>>,
  ): Promise<Result<Reply>> {
    // Names and keys may hold any character: only quoted are two pairs that differ never the same text.
    const key = JSON.stringify([asked.name, asked.key]);
    if (asked.key.length > KEY_LENGTH_MAX)
      return refused(400, `Idempotency-Key is longer than ${KEY_LENGTH_MAX} characters`);
    const hash = createHash("sha256").update(content).digest("hex");
    const nowMs = this.#clock.monotonicMs();
    const known = this.#remembered.get(key);
    if (known && nowMs - known.atMs < REMEMBERED_MS)
      return known.content === hash ? known.answer : refused(422, "this Idempotency-Key came with another request");
    const answer = act();
    this.#remembered.delete(key);
    this.#remembered.set(key, { content: hash, atMs: nowMs, answer });
    this.#forgetOldest();
    await this.#forgetFailure(key, answer);
    return answer;
  }

  /** What failed may be tried again under the same key; what is too large is not kept. */
  async #forgetFailure(key: string, answer: Promise<Result<Reply>>): Promise<void> {
    const result = await answer.catch(() => undefined);
    const isKept = result?.ok === true && JSON.stringify(result.value).length <= ANSWER_BYTES_MAX;
    if (!isKept && this.#remembered.get(key)?.answer === answer) this.#remembered.delete(key);
  }

  #forgetOldest(): void {
    for (const key of this.#remembered.keys()) {
      if (this.#remembered.size <= ANSWERS_MAX) return;
      this.#remembered.delete(key);
    }
  }
}
