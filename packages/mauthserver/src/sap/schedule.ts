// SPDX-License-Identifier: MIT

/** How often a session is announced. */
export type AnnouncementInterval =
  /** Every so many ms, give or take a third; 30 s is what AES67 devices do. */
  | { readonly mode: "fixed"; readonly intervalMs: number }
  /** RFC 2974 §3.1: all announcers of a group together use no more than a bandwidth. */
  | { readonly mode: "rfc" };

/** What is announced on a SAP group by everybody, as far as it was heard. */
export interface GroupLoad {
  readonly announcements: number;
  /** Of this announcement. */
  readonly bytes: number;
}

/** 4000 bit/s for each SAP group (RFC 2974 §3.1). */
const BANDWIDTH_LIMIT_BPS = 4000;
const INTERVAL_MIN_MS = 300_000;

/** The base interval in ms (RFC 2974 §3.1). */
export function baseIntervalMs(interval: AnnouncementInterval, load: GroupLoad): number {
  if (interval.mode === "fixed") return interval.intervalMs;
  const bits = 8 * load.announcements * load.bytes;
  return Math.max(INTERVAL_MIN_MS, (bits / BANDWIDTH_LIMIT_BPS) * 1000);
}

/** The interval after a random offset of up to a third either way; `random` is in [0, 1). */
export function offsetIntervalMs(baseMs: number, random: number): number {
  return baseMs + random * ((baseMs * 2) / 3) - baseMs / 3;
}
