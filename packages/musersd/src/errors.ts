// SPDX-License-Identifier: MIT
import { errorCodeOfErrno } from "@mauth/protocol/error-code";
import type { ErrorCode } from "@mauth/protocol/error-code";

/** Thrown when an option or the configuration is wrong; the process exits with 2. */
export class ConfigError extends Error {
  override readonly name = "ConfigError";
}

/** Thrown when something that musersd needs from the machine is missing or fails; the process exits with 1. */
export class StartError extends Error {
  override readonly name = "StartError";
}

/** Thrown when the kernel does not have the filter any more, so that everything passes; the process exits with 1. */
export class FilterLostError extends StartError {
  constructor(cause: unknown) {
    super(FILTER_LOST, { cause });
  }
}

const FILTER_LOST = "the kernel has lost the filter: somebody deleted it or took its module out";

/** The errno name that a failed system call carries, such as "ENOENT", or "" when it is another kind of error. */
export function errnoOf(error: unknown): string {
  if (!(error instanceof Error) || !("code" in error)) return "";
  return typeof error.code === "string" ? error.code : "";
}

/** The sentence of any thrown value. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Makes a change; what the kernel says against it, if anything. Other errors are thrown on. */
export function asErrorCode(change: () => void): ErrorCode | undefined {
  try {
    change();
    return undefined;
  } catch (error) {
    const errno = errnoOf(error);
    if (errno === "") throw error;
    return errorCodeOfErrno(errno);
  }
}
