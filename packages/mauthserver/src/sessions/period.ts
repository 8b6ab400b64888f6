// SPDX-License-Identifier: MIT

/** Shorter gaps are copies of one announcement: on several groups, interfaces or mrouters, or sent twice. */
const DUPLICATE_GAP_MS = 500;
/** A timeout never rests on a shorter or longer period than these. */
const PERIOD_MIN_MS = 5000;
const PERIOD_MAX_MS = 3_600_000;
/** Weight of a new gap in the observed period. */
const GAP_WEIGHT = 0.25;
/** Announcements that may be lost in a row (RFC 2974 §4). */
const PERIODS_UNTIL_TIMEOUT = 10;

/** The observed announcement period after another gap, or as it was when the gap is that of a duplicate. */
export function observedPeriodMs(periodMs: number | null, gapMs: number): number | null {
  if (gapMs < DUPLICATE_GAP_MS) return periodMs;
  return periodMs === null ? gapMs : periodMs + (gapMs - periodMs) * GAP_WEIGHT;
}

/** The silence after which a session leaves the directory: 10 periods, at least `minTimeoutMs` (RFC 2974 §4). */
export function timeoutMs(periodMs: number | null, minTimeoutMs: number): number {
  return Math.max(PERIODS_UNTIL_TIMEOUT * clampedPeriodMs(periodMs), minTimeoutMs);
}

/** Ten periods: what a session restored after a restart is given at least, since nobody listened meanwhile. */
export function graceMs(periodMs: number | null): number {
  return PERIODS_UNTIL_TIMEOUT * clampedPeriodMs(periodMs);
}

function clampedPeriodMs(periodMs: number | null): number {
  return Math.min(Math.max(periodMs ?? 0, PERIOD_MIN_MS), PERIOD_MAX_MS);
}
