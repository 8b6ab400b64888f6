// SPDX-License-Identifier: MIT

/** Thrown when the command line or the configuration cannot be used; the command ends with exit code 2. */
export class UsageError extends Error {
  readonly code = "USAGE";
}

/** Thrown when the surroundings do not let the server start or go on (port taken, no disk); exit code 1. */
export class StartError extends Error {
  readonly code = "START";
}

/** Thrown when a commit comes from a holder that lost its lease: nothing was written. */
export class FencedError extends Error {
  readonly code = "FENCED";
}

/** Thrown when a row is not as the commit expects it: nothing was written. */
export class ConflictError extends Error {
  readonly code = "CONFLICT";
}

/** Thrown when a tail starts before the oldest change that the log still holds: take a snapshot first. */
export class CompactedError extends Error {
  readonly code = "COMPACTED";
}

/** Thrown when the store cannot write (read-only, disk full, closed): nothing was written. */
export class StoreUnavailableError extends Error {
  readonly code = "STORE_UNAVAILABLE";
}

/** Tells whether the store refused: nothing was written, and the message says why. */
export function isStoreError(error: unknown): error is FencedError | ConflictError | StoreUnavailableError {
  return error instanceof FencedError || error instanceof ConflictError || error instanceof StoreUnavailableError;
}
