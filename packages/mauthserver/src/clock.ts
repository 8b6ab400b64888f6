// SPDX-License-Identifier: MIT

/** The time, as a parameter. */
export interface Clock {
  /** Milliseconds that only go forward. */
  monotonicMs(): number;
  /** Milliseconds since the Unix epoch. */
  wallMs(): number;
}

/** The clock of this machine. */
export const systemClock: Clock = {
  monotonicMs: () => Math.round(performance.now()),
  wallMs: () => Date.now(),
};
