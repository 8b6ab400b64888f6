// SPDX-License-Identifier: MIT

/** The first wait before a reconnect; it doubles up to `RECONNECT_MAX_MS`. */
export const RECONNECT_MIN_MS = 500;
export const RECONNECT_MAX_MS = 15_000;

/** Milliseconds to wait before attempt `attempt` (0 = first): half fixed, half random, so that consoles do not return as a herd. */
export function reconnectDelayMs(attempt: number, random: number): number {
  const full = Math.min(RECONNECT_MAX_MS, RECONNECT_MIN_MS * 2 ** Math.min(attempt, 16));
  return full / 2 + (full / 2) * random;
}
