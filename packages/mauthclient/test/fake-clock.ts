// SPDX-License-Identifier: MIT
import type { Clock } from "../src/state/clock.ts";

interface Timer {
  readonly atMs: number;
  readonly call: () => void;
}

/** A clock that moves when it is told to. */
export class FakeClock implements Clock {
  nowMs = 1_800_000_000_000;
  /** What `random` returns. */
  chance = 0;
  readonly #timers = new Set<Timer>();

  readonly now = (): number => this.nowMs;
  readonly random = (): number => this.chance;

  readonly after = (delayMs: number, call: () => void): (() => void) => {
    const timer = { atMs: this.nowMs + delayMs, call };
    this.#timers.add(timer);
    return () => void this.#timers.delete(timer);
  };

  /** Moves on and fires what falls due, in order. */
  advance(durationMs: number): void {
    const endMs = this.nowMs + durationMs;
    for (;;) {
      const next = [...this.#timers].filter((timer) => timer.atMs <= endMs).sort((a, b) => a.atMs - b.atMs)[0];
      if (next === undefined) break;
      this.#timers.delete(next);
      this.nowMs = Math.max(this.nowMs, next.atMs);
      next.call();
    }
    this.nowMs = endMs;
  }
}
