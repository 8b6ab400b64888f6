// SPDX-License-Identifier: MIT
import type { Address } from "../address.ts";
import type { Ipv4 } from "../ipv4.ts";
import type { HeldSender, SenderEntry } from "./entry.ts";
import { encodeExtensions, hasExtensions } from "./limits.ts";

/** Buckets of the digest. */
export const BUCKETS = 1024;

const SEED_HIGH = 0x6d617574;
const SEED_LOW = 0x68646967;
const BUCKET_SHIFT_BITS = 22;

/** The finalizer of MurmurHash3 (32 bits). */
function mix(word: number): number {
  let hash = word;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return hash ^ (hash >>> 16);
}

/** Takes one word more into a hash, which begins as a seed. */
function take(hash: number, word: number): number {
  return (mix(hash ^ word) + 0x9e3779b9) | 0;
}

/** Takes the words of an address, one of IPv4 and four of IPv6, the most significant first. */
function takeAddress(hash: number, address: Address): number {
  if (typeof address === "number") return take(hash, address);
  let taken = hash;
  for (let shift = 96n; shift >= 0n; shift -= 32n) taken = take(taken, Number((address >> shift) & 0xffff_ffffn));
  return taken;
}

function takeKey(seed: number, source: Address, group: Address): number {
  return takeAddress(takeAddress(seed, source), group);
}

/** Hashes (source, group) to 32 bits. */
export function hashKey(source: Address, group: Address): number {
  return takeKey(SEED_HIGH, source, group) >>> 0;
}

/** The bucket of an (S,G): the upper 10 bits of its hash. The TTL plays no part, so that a changed entry stays in its bucket. */
export function bucketOf(source: Address, group: Address): number {
  return bucketOfHash(hashKey(source, group));
}

/** The bucket that belongs to the hash of an (S,G). */
export function bucketOfHash(hash: number): number {
  return hash >>> BUCKET_SHIFT_BITS;
}

/** What one bucket shows of its entries: the XOR of their 64-bit hashes, and how many they are. */
export interface BucketDigest {
  readonly digest: bigint;
  readonly count: number;
}

/** How many entries there are, and the digest of all. */
export interface Summary {
  readonly entryCount: number;
  readonly rootDigest: bigint;
}

/** The digest of a set of senders, kept up to date entry by entry; two sets are equal when their summaries are. */
export class Digest {
  readonly #high = new Uint32Array(BUCKETS);
  readonly #low = new Uint32Array(BUCKETS);
  readonly #counts = new Uint32Array(BUCKETS);
  /** Buckets that changed since the root was asked for. */
  readonly #touched: number[] = [];
  readonly #isTouched = new Uint8Array(BUCKETS);
  #rootHigh = 0;
  #rootLow = 0;
  #entryCount = 0;

  /** The digest of these entries. */
  static of(entries: Iterable<SenderEntry | HeldSender>): Digest {
    const digest = new Digest();
    for (const entry of entries) digest.add(entry);
    return digest;
  }

  /** Takes up an entry that is not in the set. */
  add(entry: SenderEntry | HeldSender): void {
    this.#toggle(entry, 1);
  }

  /** Drops an entry that is in the set. */
  remove(entry: SenderEntry | HeldSender): void {
    this.#toggle(entry, -1);
  }

  /** The same as `add` for an entry of IPv4 without limits. */
  addPlain(source: Ipv4, group: Ipv4, maxTtl: number): void {
    this.#togglePlain(source, group, maxTtl, 1);
  }

  /** The same as `remove` for an entry of IPv4 without limits. */
  removePlain(source: Ipv4, group: Ipv4, maxTtl: number): void {
    this.#togglePlain(source, group, maxTtl, -1);
  }

  get summary(): Summary {
    for (const index of this.#touched) {
      this.#isTouched[index] = 0;
      this.#toggleRoot(index);
    }
    this.#touched.length = 0;
    return { entryCount: this.#entryCount, rootDigest: join(this.#rootHigh, this.#rootLow) };
  }

  /** `index`: 0 to 1023. */
  bucket(index: number): BucketDigest {
    return { digest: join(this.#high[index] ?? 0, this.#low[index] ?? 0), count: this.#counts[index] ?? 0 };
  }

  #toggle(entry: SenderEntry & HeldSender, step: 1 | -1): void {
    const { source, group, maxTtl } = entry;
    const high = takeKey(SEED_HIGH, source, group);
    const low = take(takeKey(SEED_LOW, source, group), maxTtl);
    const limits = limitWords(entry);
    this.#change(bucketOfHash(high), limits.reduce(take, take(high, maxTtl)), limits.reduce(take, low));
    this.#count(bucketOfHash(high), step);
  }

  #togglePlain(source: Ipv4, group: Ipv4, maxTtl: number, step: 1 | -1): void {
    const high = take(take(SEED_HIGH, source), group);
    this.#change(bucketOfHash(high), take(high, maxTtl), take(take(take(SEED_LOW, source), group), maxTtl));
    this.#count(bucketOfHash(high), step);
  }

  /** Changes the hash of a bucket; what the bucket meant to the root is taken out, and put back when somebody asks. */
  #change(index: number, high: number, low: number): void {
    if (this.#isTouched[index] === 0) {
      this.#isTouched[index] = 1;
      this.#touched.push(index);
      this.#toggleRoot(index);
    }
    this.#high[index] = (this.#high[index] ?? 0) ^ high;
    this.#low[index] = (this.#low[index] ?? 0) ^ low;
  }

  #count(index: number, step: 1 | -1): void {
    this.#counts[index] = (this.#counts[index] ?? 0) + step;
    this.#entryCount += step;
  }

  /** The root is the XOR, over the buckets that have entries, of the hash of (index, count, high, low). */
  #toggleRoot(index: number): void {
    const count = this.#counts[index] ?? 0;
    if (count === 0) return;
    const high = this.#high[index] ?? 0;
    const low = this.#low[index] ?? 0;
    this.#rootHigh ^= take(take(take(take(SEED_HIGH, index), count), high), low);
    this.#rootLow ^= take(take(take(take(SEED_LOW, index), count), high), low);
  }
}

const NO_WORDS: readonly number[] = [];

/** What an entry is hashed by beyond (S,G) and TTL: only where it has limits, whether it has a lease, and its extensions. */
function limitWords(entry: SenderEntry & HeldSender): readonly number[] {
  const hasLease = entry.leaseSeconds !== undefined || entry.expiresMs !== undefined;
  if (!hasLease && !hasExtensions(entry)) return NO_WORDS;
  const extensions = encodeExtensions(entry);
  const padded = new DataView(new ArrayBuffer(4 * Math.ceil(extensions.length / 4)));
  for (const [index, octet] of extensions.entries()) padded.setUint8(index, octet);
  const words = [hasLease ? 1 : 0];
  for (let offset = 0; offset < padded.byteLength; offset += 4) words.push(padded.getUint32(offset));
  return words;
}

function join(high: number, low: number): bigint {
  return (BigInt(high >>> 0) << 32n) | BigInt(low >>> 0);
}

/** Lists the buckets in which two digests differ. */
export function differingBuckets(ours: Digest, theirs: readonly BucketDigest[]): number[] {
  const differing: number[] = [];
  for (let index = 0; index < BUCKETS; index++) {
    const mine = ours.bucket(index);
    if (mine.digest !== theirs[index]?.digest || mine.count !== theirs[index]?.count) differing.push(index);
  }
  return differing;
}
