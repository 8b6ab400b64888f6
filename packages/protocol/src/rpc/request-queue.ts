// SPDX-License-Identifier: MIT
import { hashKey } from "../v2/index.ts";
import type { V2Request } from "../v2/index.ts";

/** A request and the handle under which its caller knows it. */
export interface Queued {
  readonly handle: number;
  readonly request: V2Request;
  /** Hashes of the (S,G)s that it touches; a hash that two share only makes one wait. */
  readonly keys: readonly number[];
}

/** Requests that were not sent yet, first in, first out, and the (S,G)s of those that are under way. */
export class RequestQueue {
  #waiting: Queued[] = [];
  #first = 0;
  /** By hash, how many requests under way touch it. */
  readonly #touched = new Map<number, number>();

  get length(): number {
    return this.#waiting.length - this.#first;
  }

  push(handle: number, request: V2Request): void {
    this.#waiting.push({ handle, request, keys: keysOf(request) });
  }

  /** The next request, unless it would overtake one under way that touches the same (S,G). */
  peek(): Queued | undefined {
    const queued = this.#waiting[this.#first];
    if (queued === undefined || queued.keys.some((key) => this.#touched.has(key))) return undefined;
    return queued;
  }

  /** Takes the next request out and puts it under way. */
  shift(): void {
    const queued = this.#waiting[this.#first++];
    if (queued !== undefined) for (const key of queued.keys) this.#count(key, 1);
    if (this.#first < 1024 || this.#first * 2 < this.#waiting.length) return;
    this.#waiting = this.#waiting.slice(this.#first);
    this.#first = 0;
  }

  /** A request is no longer under way. */
  settle(queued: Queued): void {
    for (const key of queued.keys) this.#count(key, -1);
  }

  /** Takes everything out. */
  clear(): Queued[] {
    const waiting = this.#waiting.slice(this.#first);
    this.#waiting = [];
    this.#first = 0;
    return waiting;
  }

  #count(key: number, step: number): void {
    const count = (this.#touched.get(key) ?? 0) + step;
    if (count === 0) this.#touched.delete(key);
    else this.#touched.set(key, count);
  }
}

function keysOf(request: V2Request): number[] {
  return request.op === "apply" ? request.changes.map((change) => hashKey(change.source, change.group)) : [];
}
