// SPDX-License-Identifier: MIT

/** Thrown when an option or the configuration is wrong; the process exits with 2. */
export class ConfigError extends Error {
  override readonly name = "ConfigError";
}

/** Thrown when something that musersd needs from the machine is missing or fails; the process exits with 1. */
export class StartError extends Error {
  override readonly name = "StartError";
}

/** The errno name that a failed system call carries, such as "ENOENT", or "" when it is another kind of error. */
export function errnoOf(error: unknown): string {
  if (!(error instanceof Error) || !("code" in error)) return "";
  return typeof error.code === "string" ? error.code : "";
}

/** The sentence of any thrown value. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
