// SPDX-License-Identifier: MIT

/** Ends a switch over a union; the compiler objects when a case is missing. */
export function assertNever(value: never): never {
  throw new Error(`unexpected ${JSON.stringify(value)}`);
}
