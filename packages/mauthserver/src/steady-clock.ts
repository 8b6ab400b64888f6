// SPDX-License-Identifier: MIT
import type { Clock } from "./clock.ts";

/** A wall clock that is further off than this was set, not corrected. */
export const JUMP_MS = 60_000;

/** As long as the wall clock and the monotonic clock go on in step, the clock since boot is looked at only so often. */
const LOOK_PERIOD_MS = 1000;
/** Both are rounded, and not read at once. */
const STEP_MS = 2;

/**
 * The time by which grants end: the wall clock as it was at the start, carried on by the clock since boot, and led back to
 * the wall clock as long as that is only corrected. A wall clock that jumps, by a wrong hand or a broken time server, ends
 * nothing and prolongs nothing; only a restart believes it.
 */
export class SteadyClock {
  readonly #clock: Clock;
  #offsetMs: number;
  #jumpMs = 0;
  /** The clocks at the last look. */
  #look = { monotonicMs: Number.NEGATIVE_INFINITY, wallMs: 0, steadyMs: 0 };

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#offsetMs = clock.wallMs() - elapsedMs(clock);
  }

  /** Milliseconds since the Unix epoch. */
  nowMs(): number {
    const [monotonicMs, wallMs] = [this.#clock.monotonicMs(), this.#clock.wallMs()];
    const sinceMs = monotonicMs - this.#look.monotonicMs;
    // To be set and to be suspended both part the clocks; to read the clock since boot is to read a file.
    if (sinceMs < LOOK_PERIOD_MS && Math.abs(wallMs - this.#look.wallMs - sinceMs) <= STEP_MS)
      return this.#look.steadyMs + wallMs - this.#look.wallMs;
    const steadyMs = this.#lookAgain(wallMs);
    this.#look = { monotonicMs, wallMs, steadyMs };
    return steadyMs;
  }

  #lookAgain(wallMs: number): number {
    const steadyMs = elapsedMs(this.#clock) + this.#offsetMs;
    this.#jumpMs = wallMs - steadyMs;
    if (Math.abs(this.#jumpMs) >= JUMP_MS) return steadyMs;
    this.#offsetMs += this.#jumpMs;
    this.#jumpMs = 0;
    return wallMs;
  }

  /** How far the wall clock was set, when it was last looked at; 0 when it was not. */
  get jumpMs(): number {
    return this.#jumpMs;
  }
}

/** Time that goes on while the machine is suspended, where there is such a clock. */
function elapsedMs(clock: Clock): number {
  return clock.bootMs?.() ?? clock.monotonicMs();
}
