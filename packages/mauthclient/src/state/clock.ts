// SPDX-License-Identifier: MIT

/** The outside world that the state layer needs besides the socket. */
export interface Clock {
  /** Milliseconds since the Unix epoch. */
  now(): number;
  /** Calls back once after `delayMs`; returns the cancellation. */
  after(delayMs: number, call: () => void): () => void;
  /** Uniform in [0, 1). */
  random(): number;
}

/** The browser's. */
export const browserClock: Clock = {
  now: () => Date.now(),
  after: (delayMs, call) => {
    const timer = setTimeout(call, delayMs);
    return () => clearTimeout(timer);
  },
  random: () => Math.random(),
};
