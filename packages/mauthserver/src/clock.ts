// SPDX-License-Identifier: MIT
import { uptime } from "node:os";

/** The time, as a parameter. */
export interface Clock {
  /** Milliseconds that only go forward. */
  monotonicMs(): number;
  /** Milliseconds since the Unix epoch. */
  wallMs(): number;
  /** Milliseconds that only go forward, also while the machine is suspended. */
  bootMs?(): number;
}

/** The clock of this machine. */
export const systemClock: Clock = {
  monotonicMs: () => Math.round(performance.now()),
  wallMs: () => Date.now(),
  bootMs: () => Math.round(uptime() * 1000),
};
