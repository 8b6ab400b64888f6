// SPDX-License-Identifier: MIT

/** Seconds between 1900, where NTP begins, and 1970. */
export const NTP_TO_UNIX_S = 2_208_988_800;

/** A t= line with its r= lines (RFC 8866 §5.9, §5.10). */
export interface TimeActive {
  /** NTP seconds; 0 means unbounded. */
  readonly start: number;
  readonly stop: number;
  /** Interval, duration and offsets of each r= line in seconds. */
  readonly repeats: number[][];
}

/** Times that one description may state. */
export const TIMES_MAX = 64;
const REPEAT_FIELDS_MAX = 64;

const UNIT_SECONDS: Readonly<Record<string, number>> = { d: 86_400, h: 3600, m: 60, s: 1 };

/** Parses the value of a t= line; returns undefined when malformed, which then counts as unbounded. */
export function parseTime(value: string): TimeActive | undefined {
  const match = /^\s*(\d{1,15})\s+(\d{1,15})\s*$/.exec(value);
  return match ? { start: Number(match[1]), stop: Number(match[2]), repeats: [] } : undefined;
}

/** Parses the value of an r= line in either notation ("7d 1h 0 25h"); returns undefined when malformed. */
export function parseRepeat(value: string): number[] | undefined {
  const seconds: number[] = [];
  for (const field of value.trim().split(/\s+/, REPEAT_FIELDS_MAX)) {
    const match = /^(-?\d{1,15})([dhms]?)$/.exec(field);
    if (!match) return undefined;
    seconds.push(Number(match[1]) * (UNIT_SECONDS[match[2] ?? ""] ?? 1));
  }
  return seconds.length >= 2 ? seconds : undefined;
}

/** The Unix second at which the last t= ends, or null when one of them is unbounded or there is none. */
export function endOf(times: readonly TimeActive[]): number | null {
  if (times.length === 0 || times.some((time) => time.stop === 0)) return null;
  return Math.max(...times.map((time) => time.stop)) - NTP_TO_UNIX_S;
}
