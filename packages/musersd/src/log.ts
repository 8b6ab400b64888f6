// SPDX-License-Identifier: MIT
import { pino } from "pino";
import type { Logger } from "pino";

export type Log = Logger;

/** Structured log on standard output, one JSON object a line. */
export function openLog(): Log {
  return pino({
    base: { daemon: "musersd" },
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (level) => ({ level }) },
    serializers: { error: pino.stdSerializers.err },
  });
}
