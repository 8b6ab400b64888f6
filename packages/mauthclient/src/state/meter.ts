// SPDX-License-Identifier: MIT

/** A counter's last reading and the rate between its last two readings. */
export interface Meter {
  readonly packets: number;
  readonly bytes: number;
  /** When it was read, browser clock. */
  readonly atMs: number;
  readonly packetsPerSecond: number;
  readonly bitsPerSecond: number;
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

const SILENT: Rate = { packetsPerSecond: 0, bitsPerSecond: 0 };

/** Takes a reading; a counter that runs backwards was reset, and its rate starts again at zero. */
export function readMeter(last: Meter | undefined, read: { packets: number; bytes: number }, atMs: number): Meter {
  const { packets, bytes } = read;
  if (last === undefined || packets < last.packets) return { packets, bytes, atMs, ...SILENT, history: [] };
  const seconds = (atMs - last.atMs) / 1000;
  if (seconds * 1000 < METER_INTERVAL_MIN_MS) return last;
  const packetsPerSecond = (packets - last.packets) / seconds;
  return {
    packets,
    bytes,
    atMs,
    packetsPerSecond,
    bitsPerSecond: (Math.max(0, bytes - last.bytes) * 8) / seconds,
    history: [...last.history, packetsPerSecond].slice(-METER_HISTORY_MAX),
  };
}

/** The rate now: zero once the counter has had no news for `METER_SILENT_MS`. */
export function rateAt(meter: Meter | undefined, nowMs: number): Rate {
  return meter === undefined || nowMs - meter.atMs > METER_SILENT_MS ? SILENT : meter;
}

/** The sum of several rates, such as one sender's on every mrouter. */
export function sumRates(rates: readonly Rate[]): Rate {
  return {
    packetsPerSecond: rates.reduce((sum, rate) => sum + rate.packetsPerSecond, 0),
    bitsPerSecond: rates.reduce((sum, rate) => sum + rate.bitsPerSecond, 0),
  };
}
