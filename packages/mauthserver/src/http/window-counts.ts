// SPDX-License-Identifier: MIT
import type { IncrementResponse, Store } from "express-rate-limit";
import { systemClock } from "../clock.ts";
import type { Clock } from "../clock.ts";

/** Whose requests are counted at a time; the others are counted as one. */
const KEYS_MAX = 100_000;
const OTHERS = "others";

/** Counts what each one asks in a window of time. The library's own counts by the wall clock, and refuses for as long as that is set back. */
export class WindowCounts implements Store {
  readonly localKeys = true;
  readonly #windowMs: number;
  readonly #clock: Clock;
  readonly #counts = new Map<string, number>();
  #endMs = 0;

  constructor(windowMs: number, clock: Clock = systemClock) {
    this.#windowMs = windowMs;
    this.#clock = clock;
  }

  increment(asked: string): IncrementResponse {
    const nowMs = this.#clock.monotonicMs();
    if (nowMs >= this.#endMs) {
      this.#counts.clear();
      this.#endMs = nowMs + this.#windowMs;
    }
    const key = this.#keyOf(asked);
    const totalHits = (this.#counts.get(key) ?? 0) + 1;
    this.#counts.set(key, totalHits);
    return { totalHits, resetTime: new Date(this.#clock.wallMs() + this.#endMs - nowMs) };
  }

  decrement(asked: string): void {
    const key = this.#keyOf(asked);
    this.#counts.set(key, Math.max(0, (this.#counts.get(key) ?? 0) - 1));
  }

  resetKey(asked: string): void {
    this.#counts.delete(this.#keyOf(asked));
  }

  #keyOf(asked: string): string {
    return this.#counts.has(asked) || this.#counts.size < KEYS_MAX ? asked : OTHERS;
  }
}
