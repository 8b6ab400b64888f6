// SPDX-License-Identifier: MIT
import { pino } from "pino";
import { systemClock } from "./clock.ts";
import type { Clock } from "./clock.ts";
import { TokenBucket } from "./token-bucket.ts";

/** Lines of the same sentence: so many at once, so many a second. */
export const LINES_BURST = 100;
const LINES_PER_SECOND = 0.2;
/** Sentences that are counted; those of mrouters hold their names. */
const SENTENCES_MAX = 5000;

/** Where things are written that an operator may want to read later; a subset of pino's. */
export interface Log {
  info(fields: object, sentence: string): void;
  warn(fields: object, sentence: string): void;
  error(fields: object, sentence: string): void;
}

/** JSON Lines on standard output, for journald. */
export function openLog(): Log {
  return limitLog(pino({ name: "mauthserver", base: { name: "mauthserver" } }), systemClock);
}

/**
 * Bounds each sentence by itself, because strangers can cause some of them and none may fill the disk. The line after those that were
 * left out says how many there were.
 */
export function limitLog(log: Log, clock: Pick<Clock, "monotonicMs">): Log {
  const limits = new Map<string, { readonly bucket: TokenBucket; leftOut: number }>();
  const write = (level: keyof Log, fields: object, sentence: string): void => {
    const nowMs = clock.monotonicMs();
    const options = { burst: LINES_BURST, perSecond: LINES_PER_SECOND, nowMs };
    const limit = limits.get(sentence) ?? { bucket: new TokenBucket(options), leftOut: 0 };
    limits.set(sentence, limit);
    const [oldest] = limits.size > SENTENCES_MAX ? limits.keys() : [];
    if (oldest !== undefined) limits.delete(oldest);
    if (!limit.bucket.take(nowMs)) return void limit.leftOut++;
    log[level](limit.leftOut > 0 ? { ...fields, leftOut: limit.leftOut } : fields, sentence);
    limit.leftOut = 0;
  };
  return {
    info: (fields, sentence) => write("info", fields, sentence),
    warn: (fields, sentence) => write("warn", fields, sentence),
    error: (fields, sentence) => write("error", fields, sentence),
  };
}

/** For tests and tools that do not look. */
export const silentLog: Log = { info() {}, warn() {}, error() {} };
