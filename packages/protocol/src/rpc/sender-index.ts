// SPDX-License-Identifier: MIT
import { bucketOf, bucketOfHash, BUCKETS, Digest, hashKey } from "../v2/index.ts";
import type { EntryKey, SenderEntry } from "../v2/index.ts";

/** Senders by bucket, with their digest; it is built from the kernel and kept up to date between two readings. */
export class SenderIndex {
  /** By the hash of the (S,G). */
  #buckets: (Map<number, SenderEntry> | undefined)[] = emptyBuckets();
  /** Entries whose hash was taken by another one: about 100 among a million. */
  #collided: SenderEntry[] = [];
  #digest = new Digest();

  get digest(): Digest {
    return this.#digest;
  }

  /** Takes these entries instead of the former ones. */
  rebuild(entries: Iterable<SenderEntry>): void {
    this.#buckets = emptyBuckets();
    this.#collided = [];
    this.#digest = new Digest();
    for (const entry of entries) this.set(entry);
  }

  /** Adds an entry, or replaces the one of the same (S,G). */
  set({ source, group, maxTtl }: SenderEntry): void {
    const entry = { source, group, maxTtl };
    const hash = hashKey(source, group);
    const bucket = this.#bucketOf(hash);
    const holder = bucket.get(hash);
    if (holder === undefined || isOf(holder, entry)) {
      // Rarely, the entry of the same (S,G) is among the collided ones and the holder of its hash is gone.
      if (holder !== undefined) this.#digest.remove(holder);
      else if (this.#collided.length > 0) this.remove(entry);
      bucket.set(hash, entry);
    } else {
      this.remove(entry);
      this.#collided.push(entry);
    }
    this.#digest.add(entry);
  }

  /** Removes an entry if there is one. */
  remove(key: EntryKey): void {
    const hash = hashKey(key.source, key.group);
    const bucket = this.#bucketOf(hash);
    let entry = bucket.get(hash);
    if (entry !== undefined && isOf(entry, key)) {
      bucket.delete(hash);
    } else {
      entry = this.#collided.find((other) => isOf(other, key));
      this.#collided = this.#collided.length === 0 ? [] : this.#collided.filter((other) => other !== entry);
    }
    if (entry !== undefined) this.#digest.remove(entry);
  }

  /** The first `countMax` entries of a bucket behind `after`, ordered by source and group. */
  page(bucket: number, after: EntryKey | undefined, countMax: number): { entries: SenderEntry[]; isLast: boolean } {
    const collided = this.#collided.filter((entry) => bucketOf(entry.source, entry.group) === bucket);
    const all = [...(this.#buckets[bucket]?.values() ?? []), ...collided];
    const behind = all.filter((entry) => after === undefined || compare(entry, after) > 0);
    return { entries: behind.sort(compare).slice(0, countMax), isLast: behind.length <= countMax };
  }

  #bucketOf(hash: number): Map<number, SenderEntry> {
    const index = bucketOfHash(hash);
    const bucket = this.#buckets[index] ?? new Map<number, SenderEntry>();
    this.#buckets[index] = bucket;
    return bucket;
  }
}

function emptyBuckets(): undefined[] {
  return Array.from({ length: BUCKETS });
}

function isOf(entry: SenderEntry, key: EntryKey): boolean {
  return entry.source === key.source && entry.group === key.group;
}

function compare(a: EntryKey, b: EntryKey): number {
  return a.source - b.source || a.group - b.group;
}
