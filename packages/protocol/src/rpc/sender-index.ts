// SPDX-License-Identifier: MIT
import { bitsOfAddress, compareAddresses } from "../address.ts";
import type { Ipv4 } from "../ipv4.ts";
import { bucketOf, BUCKETS, Digest, groupLengthOf, hasExtensions } from "../v2/index.ts";
import type { EntryKey, HeldSender } from "../v2/index.ts";
import { PlainSenders } from "./plain-senders.ts";

/** Senders by bucket, with their digest; it is built from the kernel and kept up to date between two readings. */
export class SenderIndex {
  readonly #plain = new PlainSenders();
  /** Those with limits and those of IPv6, by name. */
  readonly #others: (Map<string, HeldSender> | undefined)[] = emptyBuckets();
  #othersCount = 0;
  readonly #digest = new Digest();

  get digest(): Digest {
    return this.#digest;
  }

  has(key: EntryKey): boolean {
    if (this.#othersCount > 0 && this.#findOther(key) !== undefined) return true;
    return isSingle(key) && this.#plain.get(key.source, key.group) > 0;
  }

  /** Adds an entry, or replaces the one of the same name. */
  set(entry: HeldSender): void {
    if (isPlain(entry)) return this.setPlain(entry.source, entry.group, entry.maxTtl);
    this.remove(entry);
    this.#setOther(entry);
    return this.#digest.add(entry);
  }

  /** The same for an entry of IPv4 without limits. */
  setPlain(source: Ipv4, group: Ipv4, maxTtl: number): void {
    if (this.#othersCount > 0) this.#removeOther({ source, group });
    const before = this.#plain.set(source, group, maxTtl);
    if (before > 0) this.#digest.removePlain(source, group, before);
    this.#digest.addPlain(source, group, maxTtl);
  }

  /** Removes an entry if there is one. */
  remove(key: EntryKey): void {
    if (this.#othersCount > 0) this.#removeOther(key);
    if (!isSingle(key)) return;
    const before = this.#plain.delete(key.source, key.group);
    if (before > 0) this.#digest.removePlain(key.source, key.group, before);
  }

  /** The first `countMax` listed entries of a bucket behind `after`, ordered by source, group and its length. */
  page(
    bucket: number,
    after: EntryKey | undefined,
    countMax: number,
    isListed: (entry: HeldSender) => boolean = () => true,
  ): { entries: HeldSender[]; isLast: boolean } {
    const all: HeldSender[] = [...this.#plain.bucket(bucket), ...(this.#others[bucket]?.values() ?? [])];
    const behind = all.filter((entry) => isListed(entry) && (after === undefined || compare(entry, after) > 0));
    return { entries: behind.sort(compare).slice(0, countMax), isLast: behind.length <= countMax };
  }

  #findOther(key: EntryKey): HeldSender | undefined {
    return this.#others[bucketOf(key.source, key.group)]?.get(nameOf(key));
  }

  #setOther(entry: HeldSender): void {
    const index = bucketOf(entry.source, entry.group);
    const bucket = this.#others[index] ?? new Map<string, HeldSender>();
    this.#others[index] = bucket.set(nameOf(entry), withoutMore(entry));
    this.#othersCount++;
  }

  #removeOther(key: EntryKey): void {
    const entry = this.#findOther(key);
    if (entry === undefined) return;
    this.#others[bucketOf(key.source, key.group)]?.delete(nameOf(key));
    this.#othersCount--;
    this.#digest.remove(entry);
  }
}

function emptyBuckets(): undefined[] {
  return Array.from({ length: BUCKETS });
}

/** An (S,G) of IPv4. */
interface SingleKey extends EntryKey {
  readonly source: Ipv4;
  readonly group: Ipv4;
}

function isSingle(key: EntryKey): key is SingleKey {
  return (
    typeof key.group === "number" && (key.groupLength === undefined || key.groupLength === bitsOfAddress(key.group))
  );
}

/** Tells whether an entry has no more than an (S,G) of IPv4 and a TTL. */
function isPlain(entry: HeldSender): entry is HeldSender & SingleKey {
  return typeof entry.group === "number" && entry.expiresMs === undefined && !hasExtensions(entry);
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

function nameOf(key: EntryKey): string {
  return `${key.source}>${key.group}/${groupLengthOf(key)}`;
}

function compare(a: EntryKey, b: EntryKey): number {
  return (
    compareAddresses(a.source, b.source) || compareAddresses(a.group, b.group) || groupLengthOf(a) - groupLengthOf(b)
  );
}
