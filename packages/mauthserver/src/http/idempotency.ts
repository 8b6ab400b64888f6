// SPDX-License-Identifier: MIT
import { createHash } from "node:crypto";
import type { Clock } from "../clock.ts";
import { isStoreError } from "../errors.ts";
import { markCommits, REQUEST_KEPT_MS } from "../store/request-mark.ts";
import type { RequestMark } from "../store/request-mark.ts";
import type { Store } from "../store/store.ts";
import { refused } from "./problem.ts";
import type { Result } from "./problem.ts";
import type { Reply } from "./route.ts";

/** Answers that are remembered; the oldest is forgotten first. */
export const ANSWERS_MAX = 1000;
const ANSWER_BYTES_MAX = 64 * 1024;
const KEY_LENGTH_MAX = 200;

const ANOTHER = refused(422, "this Idempotency-Key came with another request");

interface Remembered {
  readonly content: string;
  readonly atMs: number;
  readonly answer: Promise<Result<Reply>>;
}

/** What is asked for under a key. */
export interface Asked {
  /** Who asks. */
  readonly name: string;
  readonly key: string;
  /** Everything that is asked for. */
  readonly content: string;
  /** Neither the question nor the answer is a secret: the answer may be kept over a restart. */
  readonly isKept?: boolean;
}

/** The part of a store that it uses. */
export type RequestMemory = Pick<Store, "findRequest" | "answerRequest" | "forgetRequest">;

/** Gives a request that is repeated under the same key the answer of the first, without doing it again. */
export class Idempotency {
  readonly #clock: Clock;
  readonly #store: RequestMemory;
  readonly #remembered = new Map<string, Remembered>();

  constructor(clock: Clock, store: RequestMemory) {
    this.#clock = clock;
    this.#store = store;
  }

  async run(asked: Asked, act: () => Promise<Result<Reply>>): Promise<Result<Reply>> {
    // Names and keys may hold any character: only quoted are two pairs that differ never the same text.
    const key = JSON.stringify([asked.name, asked.key]);
    if (asked.key.length > KEY_LENGTH_MAX)
      return refused(400, `Idempotency-Key is longer than ${KEY_LENGTH_MAX} characters`);
    const hash = createHash("sha256").update(asked.content).digest("hex");
    const nowMs = this.#clock.monotonicMs();
    const known = this.#remembered.get(key);
    if (known && nowMs - known.atMs < REQUEST_KEPT_MS) return known.content === hash ? known.answer : ANOTHER;
    const answer = asked.isKept === true ? this.#runOnce({ key, digest: hash }, act) : act();
    this.#remembered.delete(key);
    this.#remembered.set(key, { content: hash, atMs: nowMs, answer });
    this.#forgetOldest();
    await this.#forgetFailure(key, answer);
    return answer;
  }

  /** Does what was not done before a restart, and has that survive the next one. */
  async #runOnce(mark: RequestMark, act: () => Promise<Result<Reply>>): Promise<Result<Reply>> {
    const kept = await this.#store.findRequest(mark.key);
    if (kept && this.#clock.wallMs() - kept.at < REQUEST_KEPT_MS) {
      if (kept.digest !== mark.digest) return ANOTHER;
      if (kept.answer !== null) return { ok: true, value: JSON.parse(kept.answer) as Reply };
      return refused(409, `this request was carried out before, from revision ${kept.rev} on, and its answer is lost`);
    }
    const result = await markCommits(mark, act);
    await this.#keep(mark, result);
    return result;
  }

  async #keep(mark: RequestMark, result: Result<Reply>): Promise<void> {
    try {
      if (!result.ok) return await this.#store.forgetRequest(mark.key);
      const answer = JSON.stringify(result.value);
      const kept = answer.length <= ANSWER_BYTES_MAX ? answer : null;
      await this.#store.answerRequest(mark, kept, this.#clock.wallMs());
    } catch (error) {
      // What was asked for is done all the same, and is known to be done by its commit.
      if (!isStoreError(error)) throw error;
    }
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
