// SPDX-License-Identifier: MIT

/** Milliseconds between two looks at the state that is waited for. */
const POLL_MS = 25;

/** Thrown when something in the lab did not come to pass within its deadline. */
export class DeadlineError extends Error {
  readonly code = "DEADLINE";
}

export interface UntilOptions {
  /** What is waited for, as the rest of "waited N s for …". */
  readonly what: string;
  readonly deadlineMs?: number;
  /** Adds to the message what was there instead. */
  readonly instead?: () => string | Promise<string>;
}

/** Polls real state until it is truthy, and returns it. */
export async function until<Value>(
  look: () => Value | Promise<Value>,
  options: UntilOptions,
): Promise<NonNullable<Value>> {
  const deadlineMs = options.deadlineMs ?? 10_000;
  const endMs = performance.now() + deadlineMs;
  for (;;) {
    const value = await look();
    if (value) return value;
    if (performance.now() > endMs) break;
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
  const instead = options.instead === undefined ? "" : `; instead: ${await options.instead()}`;
  throw new DeadlineError(`waited ${deadlineMs / 1000} s for ${options.what}${instead}`);
}
