// SPDX-License-Identifier: MIT
import { createHash } from "node:crypto";
import type { Address } from "@mauth/protocol/address";

/** A datagram to a SAP group, as it arrived on an internal interface. */
export interface SapDatagram {
  readonly interface: string;
  readonly source: Address;
  /** The SAP group. */
  readonly group: Address;
  readonly bytes: Uint8Array;
}

/** The same datagram again so soon is a copy that the network made; announcers repeat themselves after seconds. */
export const COPY_WITHIN_MS = 500;
/** Datagrams a second from one source, and in a burst. */
export const SOURCE_RATE_MAX = 50;
/** Datagrams a second from all sources, and in a burst. */
export const TOTAL_RATE_MAX = 1000;
/** Sources and datagrams that are remembered; the oldest makes room. */
export const REMEMBERED_MAX = 4096;

interface Bucket {
  tokens: number;
  atMs: number;
}

/** Decides which SAP datagrams are relayed to the central service, without looking inside. */
export class SapRelay {
  readonly counters = { relayed: 0, droppedCopy: 0, droppedRate: 0 };
  readonly #seen = new Map<string, number>();
  readonly #sources = new Map<Address, Bucket>();
  readonly #total: Bucket = { tokens: TOTAL_RATE_MAX, atMs: 0 };

  /** Tells whether to relay the datagram. `nowMs` is on a clock that does not jump. */
  accept(datagram: SapDatagram, nowMs: number): boolean {
    const key = digestOf(datagram);
    const seenMs = this.#seen.get(key);
    if (seenMs !== undefined && nowMs - seenMs < COPY_WITHIN_MS) {
      this.counters.droppedCopy++;
      return false;
    }
    if (!this.#takeToken(datagram.source, nowMs)) {
      this.counters.droppedRate++;
      return false;
    }
    remember(this.#seen, key, nowMs);
    this.counters.relayed++;
    return true;
  }

  #takeToken(source: Address, nowMs: number): boolean {
    const bucket = this.#sources.get(source) ?? { tokens: SOURCE_RATE_MAX, atMs: nowMs };
    remember(this.#sources, source, bucket);
    refill(bucket, SOURCE_RATE_MAX, nowMs);
    refill(this.#total, TOTAL_RATE_MAX, nowMs);
    if (bucket.tokens < 1 || this.#total.tokens < 1) return false;
    bucket.tokens--;
    this.#total.tokens--;
    return true;
  }
}

function refill(bucket: Bucket, perSecond: number, nowMs: number): void {
  bucket.tokens = Math.min(perSecond, bucket.tokens + ((nowMs - bucket.atMs) * perSecond) / 1000);
  bucket.atMs = nowMs;
}

/** Puts the key at the end; the first key is the one that was used least recently. */
function remember<Key, Value>(map: Map<Key, Value>, key: Key, value: Value): void {
  map.delete(key);
  map.set(key, value);
  const [oldest] = map.keys();
  if (map.size > REMEMBERED_MAX && oldest !== undefined) map.delete(oldest);
}

function digestOf({ interface: name, source, group, bytes }: SapDatagram): string {
  return createHash("sha256").update(`${name}|${source}|${group}|`).update(bytes).digest("base64");
}
