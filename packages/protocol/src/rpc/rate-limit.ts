// SPDX-License-Identifier: MIT

/** A bucket of tokens that fills within one second. */
export class RateLimit {
  readonly #perSecondMax: number;
  #tokens: number;
  #filledMs: number;

  constructor(perSecondMax: number, nowMs: number) {
    this.#perSecondMax = perSecondMax;
    this.#tokens = perSecondMax;
    this.#filledMs = nowMs;
  }

  /** Takes so many tokens, or none when there are fewer. */
  take(count: number, nowMs: number): boolean {
    const elapsedMs = Math.max(0, nowMs - this.#filledMs);
    this.#tokens = Math.min(this.#perSecondMax, this.#tokens + (elapsedMs * this.#perSecondMax) / 1000);
    this.#filledMs = nowMs;
    if (this.#tokens < count) return false;
    this.#tokens -= count;
    return true;
  }
}
