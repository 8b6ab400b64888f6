// SPDX-License-Identifier: MIT

/** A counter's last reading and the rate between its last two readings. */
export interface Meter extends Rate {
  readonly packets: number;
  readonly bytes: number;
  /** When it was read, browser clock. */
  readonly atMs: number;
  /** The readings that rates need: see `SETTLED`. */
  readonly readings: number;
  /** Packets per second of the last readings, oldest first, at most `METER_HISTORY_MAX`. */
  readonly history: readonly number[];
}

export interface Rate {
  readonly packetsPerSecond: number;
  readonly bitsPerSecond: number;
}

/** Readings closer together than this are one reading: their quotient would be noise. */
export const METER_INTERVAL_MIN_MS = 250;
/** A counter without news for this long is silent. mauthserver reads counters at least every two seconds. */
export const METER_SILENT_MS = 5_000;
/** Readings that a sparkline shows. */
export const METER_HISTORY_MAX = 30;

/**
 * From this many readings on the quotient is a rate. A snapshot comes at any time between two of the server's readings, so
 * the first quotient after it divides by the wrong time; a counter that appears later begins with a true reading.
 */
const SETTLED = 3;

const SILENT: Rate = { packetsPerSecond: 0, bitsPerSecond: 0 };

export interface Reading {
  readonly packets: number;
  readonly bytes: number;
  readonly atMs: number;
  readonly isSnapshot: boolean;
}

/** Takes a reading; a counter that runs backwards was reset and starts again. */
export function readMeter(last: Meter | undefined, reading: Reading): Meter {
  const { packets, bytes, atMs, isSnapshot } = reading;
  if (last === undefined || packets < last.packets) {
    return { packets, bytes, atMs, ...SILENT, readings: isSnapshot ? 1 : 2, history: [] };
  }
  const elapsedMs = atMs - last.atMs;
  if (elapsedMs < METER_INTERVAL_MIN_MS) return last;
  const packetsPerSecond = ((packets - last.packets) * 1000) / elapsedMs;
  const bitsPerSecond = (Math.max(0, bytes - last.bytes) * 8000) / elapsedMs;
  const readings = Math.min(SETTLED, last.readings + 1);
  const history = readings < SETTLED ? [] : [...last.history, packetsPerSecond].slice(-METER_HISTORY_MAX);
  return { packets, bytes, atMs, packetsPerSecond, bitsPerSecond, readings, history };
}

/** The rate now: zero once the counter has had no news for `METER_SILENT_MS`, null while it cannot be told yet. */
export function rateAt(meter: Meter | undefined, nowMs: number): Rate | null {
  if (meter === undefined || nowMs - meter.atMs > METER_SILENT_MS) return SILENT;
  return meter.readings < SETTLED ? null : meter;
}

/** The sum of several rates, such as one sender's on every mrouter; null while one of them cannot be told. */
export function sumRates(rates: readonly (Rate | null)[]): Rate | null {
  let sum = SILENT;
  for (const rate of rates) {
    if (rate === null) return null;
    const packetsPerSecond = sum.packetsPerSecond + rate.packetsPerSecond;
    sum = { packetsPerSecond, bitsPerSecond: sum.bitsPerSecond + rate.bitsPerSecond };
  }
  return sum;
}

/** Finds the meters of some counters; the list is the same object as long as they are. */
export class LatestMeters {
  #found: readonly (Meter | undefined)[] = [];

  find(meters: ReadonlyMap<string, Meter>, ids: readonly string[]): readonly (Meter | undefined)[] {
    const found = ids.map((id) => meters.get(id));
    const isSame = found.length === this.#found.length && found.every((meter, at) => meter === this.#found[at]);
    if (!isSame) this.#found = found;
    return this.#found;
  }
}
