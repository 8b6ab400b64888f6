// SPDX-License-Identifier: MIT
import { readFileSync } from "node:fs";
import { ConfigError, messageOf, StartError } from "./errors.ts";

/** Of this package. */
export function version(): string {
  const url = new URL("../package.json", import.meta.url);
  return (JSON.parse(readFileSync(url, "utf8")) as { version: string }).version;
}

/**
 * Runs a command and ends the process by its outcome: a wrong option or configuration is one sentence and 2, a failure
 * of the machine one sentence and 1. A programmer's error keeps its stack trace.
 */
export async function runCommand(name: string, command: () => Promise<number>): Promise<void> {
  try {
    process.exitCode = await command();
  } catch (error) {
    if (error instanceof ConfigError || isParseArgsError(error)) {
      // Of a wrong option Node says in further sentences how to write what nobody meant.
      const [why] = messageOf(error).split(". To specify");
      process.stderr.write(`${name}: ${why} (see ${name} --help)\n`);
      process.exitCode = 2;
    } else if (error instanceof StartError) {
      process.stderr.write(`${name}: ${error.message}\n`);
      process.exitCode = 1;
    } else {
      throw error;
    }
  }
}

function isParseArgsError(error: unknown): boolean {
  return error instanceof TypeError && "code" in error && String(error.code).startsWith("ERR_PARSE_ARGS");
}
