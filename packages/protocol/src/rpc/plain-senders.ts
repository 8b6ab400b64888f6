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

/** Words of a slot, side by side because memory is the price of a search: source, group, maximum TTL, which is 0 in a free one. */
const WORDS = 3;
const GROUP = 1;
const TTL = 2;

/**
 * IPv4 senders by (S,G) in flat memory: an mrouter holds up to millions of them, and a Map of objects costs four times what
 * everything else of an APPLY does.
 *
 * Open addressing with linear probing. The home of an entry is in the upper bits of its hash, so a bucket of the digest is
 * one run of slots, and what it pushed behind itself.
 */
export class PlainSenders {
  #count = 0;
  #capacity = CAPACITY_MIN;
  #shift = HASH_BITS - Math.log2(CAPACITY_MIN);
  #slots = new Uint32Array(CAPACITY_MIN * WORDS);

  /** The maximum TTL of a sender, 0 when there is none. */
  get(source: Ipv4, group: Ipv4): number {
    return this.#slots[this.#find(source, group) + TTL] ?? 0;
  }

  /** Adds a sender, or replaces its maximum TTL; returns the one that it had, 0 when it is new. */
  set(source: Ipv4, group: Ipv4, maxTtl: number): number {
    if (this.#count * 2 >= this.#capacity) this.#grow();
    const at = this.#find(source, group);
    const before = this.#slots[at + TTL] ?? 0;
    if (before === 0) this.#count++;
    this.#slots[at] = source;
    this.#slots[at + GROUP] = group;
    this.#slots[at + TTL] = maxTtl;
    return before;
  }

  /** Removes a sender if it is there; returns the maximum TTL that it had, 0 when it was not. */
  delete(source: Ipv4, group: Ipv4): number {
    let free = this.#find(source, group);
    const before = this.#slots[free + TTL] ?? 0;
    if (before === 0) return 0;
    this.#count--;
    // What was pushed behind the slot moves up, so that a free slot ends every search.
    for (let at = this.#next(free); this.#slots[at + TTL] !== 0; at = this.#next(at)) {
      if (this.#distance(this.#homeOf(at), at) < this.#distance(free, at)) continue;
      this.#slots.copyWithin(free, at, at + WORDS);
      free = at;
    }
    this.#slots[free + TTL] = 0;
    return before;
  }

  /** The senders of a bucket, in any order. */
  bucket(index: number): PlainSender[] {
    const senders: PlainSender[] = [];
    const run = this.#capacity / BUCKETS;
    let at = index * run * WORDS;
    for (let step = 0; step < run || (this.#slots[at + TTL] !== 0 && step < this.#capacity); step++) {
      const sender = this.#at(at);
      if (sender.maxTtl > 0 && bucketOfHash(hashKey(sender.source, sender.group)) === index) senders.push(sender);
      at = this.#next(at);
    }
    return senders;
  }

  #at(at: number): PlainSender {
    return { source: this.#slots[at] ?? 0, group: this.#slots[at + GROUP] ?? 0, maxTtl: this.#slots[at + TTL] ?? 0 };
  }

  /** Where the slot of a sender is, or the free one where it belongs. */
  #find(source: Ipv4, group: Ipv4): number {
    const slots = this.#slots;
    let at = this.#home(source, group);
    // At most half of the slots are taken, so the search ends.
    while (slots[at + TTL] !== 0 && (slots[at] !== source || slots[at + GROUP] !== group)) at = this.#next(at);
    return at;
  }

  #home(source: Ipv4, group: Ipv4): number {
    return (hashKey(source, group) >>> this.#shift) * WORDS;
  }

  #homeOf(at: number): number {
    return this.#home(this.#slots[at] ?? 0, this.#slots[at + GROUP] ?? 0);
  }

  #next(at: number): number {
    return at + WORDS === this.#slots.length ? 0 : at + WORDS;
  }

  #distance(from: number, to: number): number {
    return to >= from ? to - from : to - from + this.#slots.length;
  }

  #grow(): void {
    const before = this.#slots;
    this.#capacity *= 2;
    this.#shift--;
    this.#slots = new Uint32Array(this.#capacity * WORDS);
    this.#count = 0;
    for (let at = 0; at < before.length; at += WORDS) {
      const maxTtl = before[at + TTL] ?? 0;
      if (maxTtl > 0) this.set(before[at] ?? 0, before[at + GROUP] ?? 0, maxTtl);
    }
  }
}
