// SPDX-License-Identifier: MIT
import { deriveHelloKey } from "../v2/index.ts";
import type { V2Crypto } from "../v2/index.ts";
import type { V2Limits } from "./v2-table.ts";
import type { Peer, V2Session } from "./v2-session.ts";

/** A HELLO that was answered, for its retransmissions. */
export interface PendingSession<P extends Peer> {
  readonly session: V2Session<P>;
  readonly helloMac: Uint8Array;
  readonly answer: Uint8Array;
}

/** The sessions of one pre-shared key. A session lives from its first genuine frame on, so a replayed HELLO displaces nothing. */
export class SessionRegistry<P extends Peer> {
  readonly secret: Uint8Array;
  readonly helloKey: Uint8Array;
  readonly #limits: V2Limits;
  readonly #pending = new Map<bigint, PendingSession<P>>();
  /** Least recently used first. */
  readonly #live = new Map<bigint, V2Session<P>>();

  constructor(secret: Uint8Array, crypto: V2Crypto, limits: V2Limits) {
    this.secret = secret;
    this.helloKey = deriveHelloKey(crypto, secret);
    this.#limits = limits;
  }

  get live(): Iterable<V2Session<P>> {
    return this.#live.values();
  }

  get liveCount(): number {
    return this.#live.size;
  }

  find(sessionId: bigint): V2Session<P> | undefined {
    return this.#live.get(sessionId) ?? this.#pending.get(sessionId)?.session;
  }

  /** The session that an earlier copy of the same HELLO opened and that has not been used yet. */
  findPending(helloMac: Uint8Array): PendingSession<P> | undefined {
    for (const pending of this.#pending.values()) {
      if (pending.helloMac.every((byte, index) => byte === helloMac[index])) return pending;
    }
    return undefined;
  }

  addPending(pending: PendingSession<P>): void {
    this.#pending.set(pending.session.keys.sessionId, pending);
    dropOldest(this.#pending, this.#limits.pendingSessionsPerKeyMax);
  }

  /** Marks a session as used by a genuine frame; its first one brings it to life and ends those that it replaces. */
  use(session: V2Session<P>, nowMs: number): void {
    const id = session.keys.sessionId;
    session.lastUsedMs = nowMs;
    if (this.#pending.delete(id)) {
      for (const replaced of session.replaces) {
        this.#pending.delete(replaced);
        this.#live.delete(replaced);
      }
    }
    this.#live.delete(id);
    this.#live.set(id, session);
    dropOldest(this.#live, this.#limits.liveSessionsPerKeyMax);
  }

  /** Forgets sessions that nobody has used for long. */
  expire(nowMs: number): void {
    for (const [id, session] of this.#live) {
      if (nowMs - session.lastUsedMs <= this.#limits.sessionIdleMs) return;
      this.#live.delete(id);
    }
  }
}

function dropOldest<Value>(map: Map<bigint, Value>, countMax: number): void {
  for (const id of map.keys()) {
    if (map.size <= countMax) return;
    map.delete(id);
  }
}
