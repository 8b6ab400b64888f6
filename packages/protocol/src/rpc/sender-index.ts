// SPDX-License-Identifier: MIT
import { bucketOf, bucketOfHash, BUCKETS, Digest, GROUP_LENGTH_BITS, hasExtensions, hashKey } from "../v2/index.ts";
import type { EntryKey, HeldSender } from "../v2/index.ts";

/** Senders by bucket, with their digest; it is built from the kernel and kept up to date between two readings. */
export class SenderIndex {
  /** By the hash of the (S,G). */
  #buckets: (Map<number, HeldSender> | undefined)[] = emptyBuckets();
  /** Entries whose hash was taken by another one: about 100 among a million. */
  #collided: HeldSender[] = [];
  #digest = new Digest();

  get digest(): Digest {
    return this.#digest;
  }

  /** Takes these entries instead of the former ones. */
  rebuild(entries: Iterable<HeldSender>): void {
    this.#buckets = emptyBuckets();
    this.#collided = [];
    this.#digest = new Digest();
    for (const entry of entries) this.set(entry);
  }

  /** Adds an entry, or replaces the one of the same name. */
  set(sender: HeldSender): void {
    const { source, group } = sender;
    const entry = withoutMore(sender);
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

  /** The first `countMax` listed entries of a bucket behind `after`, ordered by source, group and its length. */
  page(
    bucket: number,
    after: EntryKey | undefined,
    countMax: number,
    isListed: (entry: HeldSender) => boolean = () => true,
  ): { entries: HeldSender[]; isLast: boolean } {
    const collided = this.#collided.filter((entry) => bucketOf(entry.source, entry.group) === bucket);
    const all = [...(this.#buckets[bucket]?.values() ?? []), ...collided];
    const behind = all.filter((entry) => isListed(entry) && (after === undefined || compare(entry, after) > 0));
    return { entries: behind.sort(compare).slice(0, countMax), isLast: behind.length <= countMax };
  }

  #bucketOf(hash: number): Map<number, HeldSender> {
    const index = bucketOfHash(hash);
    const bucket = this.#buckets[index] ?? new Map<number, HeldSender>();
    this.#buckets[index] = bucket;
    return bucket;
  }
}

function emptyBuckets(): undefined[] {
  return Array.from({ length: BUCKETS });
}

/** Only what belongs to the entry: the index may hold a million of them. */
function withoutMore(sender: HeldSender): HeldSender {
  const { source, group, maxTtl, expiresMs } = sender;
  if (expiresMs === undefined && !hasExtensions(sender)) return { source, group, maxTtl };
  const { groupLength, rateBytesPerSecond, burstBytes, interface: name, mac } = sender;
  return {
    source,
    group,
    maxTtl,
    ...(expiresMs !== undefined && { expiresMs }),
    ...(groupLength !== undefined && { groupLength }),
    ...(rateBytesPerSecond !== undefined && { rateBytesPerSecond }),
    ...(burstBytes !== undefined && { burstBytes }),
    ...(name !== undefined && { interface: name }),
    ...(mac !== undefined && { mac }),
  };
}

function lengthOf({ groupLength = GROUP_LENGTH_BITS }: EntryKey): number {
  return groupLength;
}

function isOf(entry: HeldSender, key: EntryKey): boolean {
  return entry.source === key.source && entry.group === key.group && lengthOf(entry) === lengthOf(key);
}

function compare(a: EntryKey, b: EntryKey): number {
  return a.source - b.source || a.group - b.group || lengthOf(a) - lengthOf(b);
}
