// SPDX-License-Identifier: MIT
import { bucketOf, BUCKETS, Digest } from "../v2/index.ts";
import type { EntryKey, SenderEntry } from "../v2/index.ts";

/** Senders by bucket, with their digest; it is built from the kernel and kept up to date between two readings. */
export class SenderIndex {
  #buckets: SenderEntry[][] = emptyBuckets();
  #digest = new Digest();

  get digest(): Digest {
    return this.#digest;
  }

  /** Takes these entries instead of the former ones. */
  rebuild(entries: Iterable<SenderEntry>): void {
    this.#buckets = emptyBuckets();
    this.#digest = new Digest();
    for (const { source, group, maxTtl } of entries) {
      this.#bucketOf({ source, group }).push({ source, group, maxTtl });
      this.#digest.add({ source, group, maxTtl });
    }
  }

  /** Adds an entry, or replaces the one of the same (S,G). */
  set({ source, group, maxTtl }: SenderEntry): void {
    this.remove({ source, group });
    this.#bucketOf({ source, group }).push({ source, group, maxTtl });
    this.#digest.add({ source, group, maxTtl });
  }

  /** Removes an entry if there is one. */
  remove(key: EntryKey): void {
    const bucket = this.#bucketOf(key);
    const index = bucket.findIndex((entry) => entry.source === key.source && entry.group === key.group);
    const entry = bucket[index];
    if (entry === undefined) return;
    this.#digest.remove(entry);
    const last = bucket.pop();
    if (last !== undefined && last !== entry) bucket[index] = last;
  }

  /** The first `countMax` entries of a bucket behind `after`, ordered by source and group. */
  page(bucket: number, after: EntryKey | undefined, countMax: number): { entries: SenderEntry[]; isLast: boolean } {
    const behind = (this.#buckets[bucket] ?? []).filter((entry) => after === undefined || compare(entry, after) > 0);
    return { entries: behind.sort(compare).slice(0, countMax), isLast: behind.length <= countMax };
  }

  #bucketOf(key: EntryKey): SenderEntry[] {
    return this.#buckets[bucketOf(key.source, key.group)] ?? [];
  }
}

function emptyBuckets(): SenderEntry[][] {
  return Array.from({ length: BUCKETS }, () => []);
}

function compare(a: EntryKey, b: EntryKey): number {
  return a.source - b.source || a.group - b.group;
}
