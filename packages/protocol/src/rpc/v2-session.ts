// SPDX-License-Identifier: MIT
import type { EventClass, Frame, SessionKeys } from "../v2/index.ts";
import type { RateLimit } from "./rate-limit.ts";

/** How far a sequence number may be behind the highest one; so many responses are kept for retransmissions. */
export const WINDOW_MAX = 64;

/** The address and port of a datagram; compared, never interpreted. */
export interface Peer {
  readonly address: string | number | bigint;
  readonly port: number;
}

/** A response that is kept for retransmissions of its request; undefined while the request waits for it. */
interface Kept<P extends Peer> {
  readonly peer: P;
  readonly requestMac: Uint8Array;
  readonly bytes: Uint8Array | undefined;
}

/** Where a session's events go. */
export interface Subscription<P extends Peer> {
  readonly peer: P;
  readonly classes: readonly EventClass[];
  readonly untilMs: number;
  readonly rate: RateLimit;
}

/** A session of the server: its keys, the window of its sequence numbers, the responses in the window, its subscription. */
export class V2Session<P extends Peer> {
  readonly keys: SessionKeys;
  /** Sessions of the same client that die when this one lives. */
  readonly replaces: readonly bigint[];
  subscription: Subscription<P> | undefined;
  /** Of the last event; events that were dropped have a number, too, so that the gap is seen. */
  eventSequence = 0;
  datagramId = 0;
  lastUsedMs: number;
  #highest = 0;
  readonly #kept = new Map<number, Kept<P>>();

  constructor(keys: SessionKeys, replaces: readonly bigint[], nowMs: number) {
    this.keys = keys;
    this.replaces = replaces;
    this.lastUsedMs = nowMs;
  }

  /** Judges a genuine request: new, already answered, waiting for its answer, or not to be answered. */
  judge(frame: Frame, peer: P): "new" | "waiting" | "old" | "replayed" | Uint8Array {
    if (frame.sequence <= this.#highest - WINDOW_MAX) return "old";
    const kept = this.#kept.get(frame.sequence);
    if (kept === undefined) return "new";
    const isSame = kept.requestMac.every((byte, index) => byte === frame.mac[index]);
    if (!isSame || kept.peer.address !== peer.address || kept.peer.port !== peer.port) return "replayed";
    return kept.bytes ?? "waiting";
  }

  /** Keeps a response, or that there is none yet, while its number is in the window. */
  keep(frame: Frame, peer: P, bytes: Uint8Array | undefined): void {
    this.#kept.set(frame.sequence, { peer, requestMac: frame.mac, bytes });
    if (frame.sequence <= this.#highest) return;
    this.#highest = frame.sequence;
    for (const sequence of this.#kept.keys()) {
      if (sequence <= this.#highest - WINDOW_MAX) this.#kept.delete(sequence);
    }
  }
}
