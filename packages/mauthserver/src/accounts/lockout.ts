// SPDX-License-Identifier: MIT
import { formatAddress, parseAddress } from "@mauth/protocol/address";
import { TokenBucket } from "../token-bucket.ts";

/** Wrong passwords from one place within the window after which it is locked out of the account. */
export const FAILURES_MAX = 5;
const WINDOW_MS = 300_000;
export const LOCK_MS = 300_000;
/** Wrong passwords for one account from all places that are not known, at once and in an hour. */
export const STRANGERS_FAILURES_MAX = 50;
const STRANGERS_FAILURES_PER_SECOND = STRANGERS_FAILURES_MAX / 3600;
/** Places of one account that are counted; strangers have fewer failures than that in a window and a lock. */
const PLACES_MAX = 128;
/** An IPv6 host may take any address of its /64 (RFC 7217, RFC 8981). */
const IPV6_HOST_BITS = 64n;

/** Where a password is tried from. */
export interface Place {
  /** Address, null when it is not known. */
  readonly from: string | null;
  /** What only somebody has who gave the right password before: the id of a device or of a login. */
  readonly known?: string | undefined;
}

interface Tally {
  failures: number;
  firstMs: number;
  lockedUntilMs: number;
}

interface Record {
  readonly strangers: TokenBucket;
  readonly places: Map<string, Tally>;
}

/**
 * Counts wrong passwords by name and place: who guesses from elsewhere does not lock out somebody who gives the right password from
 * where it was given before (OWASP: device cookies). All strangers together have a budget of their own, so that many addresses do not
 * make many guesses. Of more names than `namesMax` the oldest is forgotten. Times are monotonic ms.
 */
export class Lockout {
  readonly #records = new Map<string, Record>();
  readonly #namesMax: number;

  constructor(namesMax: number) {
    this.#namesMax = namesMax;
  }

  /** How long this place is locked out of the account; 0 when it is not. */
  waitMs(name: string, place: Place, nowMs: number): number {
    const record = this.#records.get(name);
    if (record === undefined) return 0;
    const waitMs = waitOf(record.places.get(keyOf(place)), nowMs);
    return place.known === undefined ? Math.max(waitMs, record.strangers.waitMs(nowMs)) : waitMs;
  }

  /** The longest time for which any place is locked out of the account. */
  longestWaitMs(name: string, nowMs: number): number {
    const record = this.#records.get(name);
    if (record === undefined) return 0;
    const waits = Array.from(record.places.values(), (tally) => waitOf(tally, nowMs));
    return Math.max(record.strangers.waitMs(nowMs), ...waits);
  }

  /** Notes a wrong password; true when it locks somebody out. */
  fail(name: string, place: Place, nowMs: number): boolean {
    const { strangers, places } = this.#recordOf(name, nowMs);
    const key = keyOf(place);
    const before = places.get(key);
    const tally = before && nowMs - before.firstMs < WINDOW_MS ? before : emptyTally(nowMs);
    places.delete(key);
    const isLocked = ++tally.failures >= FAILURES_MAX;
    places.set(key, isLocked ? { ...emptyTally(nowMs), lockedUntilMs: nowMs + LOCK_MS } : tally);
    forgetOldest(places, PLACES_MAX);
    if (place.known !== undefined) return isLocked;
    strangers.take(nowMs);
    return isLocked || strangers.waitMs(nowMs) > 0;
  }

  /** Notes a right password: the place begins anew, and what strangers have guessed stays counted. */
  succeed(name: string, place: Place): void {
    this.#records.get(name)?.places.delete(keyOf(place));
  }

  /** Lets everybody try again. */
  forget(name: string): void {
    this.#records.delete(name);
  }

  #recordOf(name: string, nowMs: number): Record {
    const known = this.#records.get(name);
    if (known) return known;
    const budget = { burst: STRANGERS_FAILURES_MAX, perSecond: STRANGERS_FAILURES_PER_SECOND, nowMs };
    const record = { strangers: new TokenBucket(budget), places: new Map<string, Tally>() };
    this.#records.set(name, record);
    forgetOldest(this.#records, this.#namesMax);
    return record;
  }
}

function emptyTally(nowMs: number): Tally {
  return { failures: 0, firstMs: nowMs, lockedUntilMs: 0 };
}

function waitOf(tally: Tally | undefined, nowMs: number): number {
  return Math.max(0, (tally?.lockedUntilMs ?? 0) - nowMs);
}

function forgetOldest(map: Map<string, unknown>, countMax: number): void {
  const [oldest] = map.size > countMax ? map.keys() : [];
  if (oldest !== undefined) map.delete(oldest);
}

function keyOf({ from, known }: Place): string {
  return known === undefined ? `address ${blockOf(from ?? "")}` : `known ${known}`;
}

/** The addresses that one host may have: an IPv4 address, or an IPv6 /64. */
function blockOf(text: string): string {
  const address = parseAddress(text.split("%")[0] ?? "");
  if (typeof address !== "bigint") return text;
  return formatAddress((address >> IPV6_HOST_BITS) << IPV6_HOST_BITS);
}
