// SPDX-License-Identifier: MIT
import { pino } from "pino";

/** Where things are written that an operator may want to read later; a subset of pino's. */
export interface Log {
  info(fields: object, sentence: string): void;
  warn(fields: object, sentence: string): void;
  error(fields: object, sentence: string): void;
}

/** JSON Lines on standard output, for journald. */
export function openLog(): Log {
  return pino({ name: "mauthserver", base: { name: "mauthserver" } });
}

/** For tests and tools that do not look. */
export const silentLog: Log = { info() {}, warn() {}, error() {} };
