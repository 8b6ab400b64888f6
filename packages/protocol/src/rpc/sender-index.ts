// SPDX-License-Identifier: MIT
import { bucketOf, BUCKETS, Digest, GROUP_LENGTH_BITS, hasExtensions } from "../v2/index.ts";
import type { EntryKey, HeldSender } from "../v2/index.ts";
import { PlainSenders } from "./plain-senders.ts";

/** Senders by bucket, with their digest; it is built from the kernel and kept up to date between two readings. */
export class SenderIndex {
  #plain = new PlainSenders();
  /** Those with limits, by name. */
  #limited: (Map<string, HeldSender> | undefined)[] = emptyBuckets();
  #limitedCount = 0;
  #digest = new Digest();

  get digest(): Digest {
    return this.#digest;
  }

  /** Takes these entries instead of the former ones. */
  rebuild(entries: Iterable<HeldSender>): void {
    this.#plain = new PlainSenders();
    this.#limited = emptyBuckets();
    this.#limitedCount = 0;
    this.#digest = new Digest();
    for (const entry of entries) this.set(entry);
  }

  has(key: EntryKey): boolean {
    if (this.#limitedCount > 0 && this.#findLimited(key) !== undefined) return true;
    return isSingle(key) && this.#plain.get(key.source, key.group) > 0;
  }

  /** Adds an entry, or replaces the one of the same name. */
  set(entry: HeldSender): void {
    this.remove(entry);
    if (isLimited(entry)) this.#setLimited(entry);
    else this.#plain.set(entry.source, entry.group, entry.maxTtl);
    this.#digest.add(entry);
  }

  /** Removes an entry if there is one. */
  remove(key: EntryKey): void {
    if (this.#limitedCount > 0) this.#removeLimited(key);
    if (!isSingle(key)) return;
    const { source, group } = key;
    const maxTtl = this.#plain.get(source, group);
    if (maxTtl === 0) return;
    this.#plain.delete(source, group);
    this.#digest.remove({ source, group, maxTtl });
  }

  /** The first `countMax` listed entries of a bucket behind `after`, ordered by source, group and its length. */
  page(
    bucket: number,
    after: EntryKey | undefined,
    countMax: number,
    isListed: (entry: HeldSender) => boolean = () => true,
  ): { entries: HeldSender[]; isLast: boolean } {
    const all: HeldSender[] = [...this.#plain.bucket(bucket), ...(this.#limited[bucket]?.values() ?? [])];
    const behind = all.filter((entry) => isListed(entry) && (after === undefined || compare(entry, after) > 0));
    return { entries: behind.sort(compare).slice(0, countMax), isLast: behind.length <= countMax };
  }

  #findLimited(key: EntryKey): HeldSender | undefined {
    return this.#limited[bucketOf(key.source, key.group)]?.get(nameOf(key));
  }

  #setLimited(entry: HeldSender): void {
    const index = bucketOf(entry.source, entry.group);
    const bucket = this.#limited[index] ?? new Map<string, HeldSender>();
    this.#limited[index] = bucket.set(nameOf(entry), withoutMore(entry));
    this.#limitedCount++;
  }

  #removeLimited(key: EntryKey): void {
    const entry = this.#findLimited(key);
    if (entry === undefined) return;
    this.#limited[bucketOf(key.source, key.group)]?.delete(nameOf(key));
    this.#limitedCount--;
    this.#digest.remove(entry);
  }
}

function emptyBuckets(): undefined[] {
  return Array.from({ length: BUCKETS });
}

/** Tells whether an entry has more than (S,G) and a TTL. */
function isLimited(entry: HeldSender): boolean {
  return entry.expiresMs !== undefined || hasExtensions(entry);
}

/** Only what belongs to the entry: the index may hold a million of them. */
function withoutMore(sender: HeldSender): HeldSender {
  const { source, group, maxTtl, expiresMs } = sender;
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

function isSingle(key: EntryKey): boolean {
  return lengthOf(key) === GROUP_LENGTH_BITS;
}

function nameOf(key: EntryKey): string {
  return `${key.source}>${key.group}/${lengthOf(key)}`;
}

function compare(a: EntryKey, b: EntryKey): number {
  return a.source - b.source || a.group - b.group || lengthOf(a) - lengthOf(b);
}
