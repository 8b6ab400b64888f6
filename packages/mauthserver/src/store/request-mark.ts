// SPDX-License-Identifier: MIT
import { AsyncLocalStorage } from "node:async_hooks";

/** A request of a program that may ask again, because it did not hear the answer. */
export interface RequestMark {
  /** Who asks, and the key under which that one would ask again. */
  readonly key: string;
  /** SHA-256 of what is asked for, in hex. */
  readonly digest: string;
}

/** What a store knows of a request of which it has kept a commit or the answer. */
export interface KeptRequest {
  readonly digest: string;
  /** When it was carried out, in milliseconds since the Unix epoch. */
  readonly at: number;
  /** Of its first commit. */
  readonly rev: number;
  /** JSON; null when it was not kept, as after a crash right behind the commit. */
  readonly answer: string | null;
}

/** Requests that a store keeps; the oldest is forgotten first. */
export const REQUESTS_MAX = 10_000;
/** How long one is kept. */
export const REQUEST_KEPT_MS = 24 * 3_600_000;

const marks = new AsyncLocalStorage<RequestMark>();

/**
 * Has every commit that `action` makes say in its own transaction to which request it belongs. A request makes many commits
 * in many places, none of which has anything to do with that, so it goes with the asynchronous context.
 */
export function markCommits<Result>(mark: RequestMark, action: () => Promise<Result>): Promise<Result> {
  return marks.run(mark, action);
}

/** The request for which is being committed now. */
export function currentMark(): RequestMark | undefined {
  return marks.getStore();
}
