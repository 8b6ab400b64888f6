// SPDX-License-Identifier: MIT
import { execFileSync } from "node:child_process";

/** Runs a command of the guest and returns what it printed. */
export function run(...command: string[]): string {
  const [file = "", ...args] = command;
  return execFileSync(file, args, { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
}

/** Runs ip(8). */
export function ip(...args: string[]): string {
  return run("/bin/ip", ...args);
}
