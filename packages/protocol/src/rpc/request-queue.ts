// SPDX-License-Identifier: MIT
import { hashKey } from "../v2/index.ts";
import type { V2Request } from "../v2/index.ts";
import { KeyCounts } from "./key-counts.ts";

/** A request and the handle under which its caller knows it. */
export interface Queued {
  readonly handle: number;
  readonly request: V2Request;
  /** Hashes of the (S,G)s that it touches; a hash that two share only makes one wait. */
  readonly keys: Int32Array;
}

/** Requests that were not sent yet, first in, first out, and the (S,G)s of those that are under way. */
export class RequestQueue {
  #waiting: Queued[] = [];
  #first = 0;
  readonly #touched = new KeyCounts();

  get length(): number {
    return this.#waiting.length - this.#first;
  }

  push(handle: number, request: V2Request): void {
    this.#waiting.push({ handle, request, keys: keysOf(request) });
  }

  /** The next request, unless it would overtake one under way that touches the same (S,G). */
  peek(): Queued | undefined {
    const queued = this.#waiting[this.#first];
    if (queued === undefined) return undefined;
    for (const key of queued.keys) if (this.#touched.has(key)) return undefined;
    return queued;
  }

  /** Takes the next request out and puts it under way. */
  shift(): void {
    const queued = this.#waiting[this.#first++];
    if (queued !== undefined) for (const key of queued.keys) this.#touched.add(key);
    if (this.#first < 1024 || this.#first * 2 < this.#waiting.length) return;
    this.#waiting = this.#waiting.slice(this.#first);
    this.#first = 0;
  }

  /** A request is no longer under way. */
  settle(queued: Queued): void {
    for (const key of queued.keys) this.#touched.delete(key);
  }

  /** Takes everything out. */
  clear(): Queued[] {
    const waiting = this.#waiting.slice(this.#first);
    this.#waiting = [];
    this.#first = 0;
    return waiting;
  }
}

function keysOf(request: V2Request): Int32Array {
  const changes = request.op === "apply" ? request.changes : [];
  const keys = new Int32Array(changes.length);
  let index = 0;
  for (const { source, group } of changes) keys[index++] = hashKey(source, group);
  return keys;
}
