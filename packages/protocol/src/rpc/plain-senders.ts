// SPDX-License-Identifier: MIT
import type { Ipv4 } from "../ipv4.ts";
import { bucketOfHash, BUCKETS, hashKey } from "../v2/index.ts";

/** A sender that nothing limits but its TTL. */
export interface PlainSender {
  readonly source: Ipv4;
  readonly group: Ipv4;
  readonly maxTtl: number;
}

const CAPACITY_MIN = 4 * BUCKETS;
const HASH_BITS = 32;

/**
 * IPv4 senders by (S,G) in flat memory, 18 bytes for each at most: an mrouter holds up to millions of them, and a Map of
 * objects costs four times the time of everything else that an APPLY needs.
 *
 * Open addressing with linear probing. The home of an entry is in the upper bits of its hash, so a bucket of the digest is
 * one run of slots, and what it pushed behind itself.
 */
export class PlainSenders {
  #count = 0;
  #shift = HASH_BITS - Math.log2(CAPACITY_MIN);
  #sources = new Uint32Array(CAPACITY_MIN);
  #groups = new Uint32Array(CAPACITY_MIN);
  /** 0 in a free slot. */
  #ttls = new Uint8Array(CAPACITY_MIN);

  /** The maximum TTL of a sender, 0 when there is none. */
  get(source: Ipv4, group: Ipv4): number {
    return this.#ttls[this.#find(source, group)] ?? 0;
  }

  /** Adds a sender, or replaces its maximum TTL. */
  set(source: Ipv4, group: Ipv4, maxTtl: number): void {
    if (this.#count * 2 >= this.#ttls.length) this.#grow();
    const slot = this.#find(source, group);
    if (this.#ttls[slot] === 0) this.#count++;
    this.#sources[slot] = source;
    this.#groups[slot] = group;
    this.#ttls[slot] = maxTtl;
  }

  /** Removes a sender if it is there. */
  delete(source: Ipv4, group: Ipv4): void {
    let free = this.#find(source, group);
    if (this.#ttls[free] === 0) return;
    this.#count--;
    const mask = this.#ttls.length - 1;
    // What was pushed behind the slot moves up, so that a free slot ends every search.
    for (let slot = (free + 1) & mask; this.#ttls[slot] !== 0; slot = (slot + 1) & mask) {
      const home = hashKey(this.#sources[slot] ?? 0, this.#groups[slot] ?? 0) >>> this.#shift;
      if (((slot - home) & mask) < ((slot - free) & mask)) continue;
      this.#sources[free] = this.#sources[slot] ?? 0;
      this.#groups[free] = this.#groups[slot] ?? 0;
      this.#ttls[free] = this.#ttls[slot] ?? 0;
      free = slot;
    }
    this.#ttls[free] = 0;
  }

  /** The senders of a bucket, in any order. */
  bucket(index: number): PlainSender[] {
    const senders: PlainSender[] = [];
    const run = this.#ttls.length / BUCKETS;
    const mask = this.#ttls.length - 1;
    for (let step = 0; step < run || (this.#ttls[(index * run + step) & mask] !== 0 && step <= mask); step++) {
      const slot = (index * run + step) & mask;
      const sender = this.#at(slot);
      if (sender.maxTtl > 0 && bucketOfHash(hashKey(sender.source, sender.group)) === index) senders.push(sender);
    }
    return senders;
  }

  #at(slot: number): PlainSender {
    return { source: this.#sources[slot] ?? 0, group: this.#groups[slot] ?? 0, maxTtl: this.#ttls[slot] ?? 0 };
  }

  /** The slot of a sender, or the free one where it belongs. */
  #find(source: Ipv4, group: Ipv4): number {
    const mask = this.#ttls.length - 1;
    let slot = hashKey(source, group) >>> this.#shift;
    // At most half of the slots are taken, so the search ends.
    while (this.#ttls[slot] !== 0 && (this.#sources[slot] !== source || this.#groups[slot] !== group)) {
      slot = (slot + 1) & mask;
    }
    return slot;
  }

  #grow(): void {
    const [sources, groups, ttls] = [this.#sources, this.#groups, this.#ttls];
    const capacity = 2 * ttls.length;
    this.#sources = new Uint32Array(capacity);
    this.#groups = new Uint32Array(capacity);
    this.#ttls = new Uint8Array(capacity);
    this.#shift--;
    this.#count = 0;
    for (const [slot, maxTtl] of ttls.entries()) {
      if (maxTtl > 0) this.set(sources[slot] ?? 0, groups[slot] ?? 0, maxTtl);
    }
  }
}
