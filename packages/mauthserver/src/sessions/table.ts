// SPDX-License-Identifier: MIT
import type { Refusal } from "../sap/refusal.ts";
import type { Entry } from "./entry.ts";
import { sameBytes } from "./identity.ts";

/** How much may be kept; bytes are those of `keptBytesOf`. */
export interface TableLimits {
  readonly sessionsMax: number;
  readonly sessionsPerSourceMax: number;
  readonly keptBytesMax: number;
  readonly keptBytesPerSourceMax: number;
}

interface SourceEntries {
  readonly entries: Set<Entry>;
  keptBytes: number;
}

/** Sources are compared by memory in steps of 4 KiB, so that the greediest is found without a search. */
const WEIGHT_STEP_BYTES = 4096;

/** The entries of a directory, with an index for each way of finding one, and the quotas. */
export class EntryTable {
  readonly #limits: TableLimits;
  readonly #entries = new Map<string, Entry>();
  readonly #sources = new Map<string, SourceEntries>();
  readonly #byDatagram = new Map<string, Entry>();
  readonly #byWeight: Set<string>[] = [];
  #keptBytes = 0;

  constructor(limits: TableLimits) {
    this.#limits = limits;
  }

  get size(): number {
    return this.#entries.size;
  }

  get keptBytes(): number {
    return this.#keptBytes;
  }

  /** The entry of that id. */
  find(id: string): Entry | undefined {
    return this.#entries.get(id);
  }

  /** The entry whose last datagram from this source was this one, byte for byte. */
  findDatagram(source: string, digest: number, bytes: Uint8Array): Entry | undefined {
    const entry = this.#byDatagram.get(`${source} ${digest}`);
    return entry !== undefined && sameBytes(entry.datagram, bytes) ? entry : undefined;
  }

  /** Every entry, in the order of being heard first. */
  values(): IterableIterator<Entry> {
    return this.#entries.values();
  }

  /** The entries that one source announces. */
  ofSource(source: string): Entry[] {
    return [...(this.#sources.get(source)?.entries ?? [])];
  }

  /** Tells why another session of `keptBytes` may not come in for its source, or undefined when it may. */
  refusal(source: string, keptBytes: number): Refusal | undefined {
    const held = this.#sources.get(source);
    const { sessionsPerSourceMax, keptBytesPerSourceMax } = this.#limits;
    const tooMany =
      held !== undefined &&
      (held.entries.size >= sessionsPerSourceMax || held.keptBytes + keptBytes > keptBytesPerSourceMax);
    return tooMany ? "too-many-from-source" : undefined;
  }

  /** Tells why an entry may not change to this content, or undefined when it may. */
  growthRefusal(entry: Entry, content: Kept): Refusal | undefined {
    const growth = keptBytesOf(content) - keptBytesOf(entry);
    if (growth <= 0) return undefined;
    const heldBytes = this.#sources.get(entry.announcer)?.keptBytes ?? 0;
    if (heldBytes + growth > this.#limits.keptBytesPerSourceMax) return "too-many-from-source";
    return this.#keptBytes + growth > this.#limits.keptBytesMax ? "too-many-sessions" : undefined;
  }

  /** Tells whether another session of `keptBytes` needs room, with so many that are held elsewhere. */
  isFull(keptBytes: number, elsewhere = 0): boolean {
    return this.size + elsewhere >= this.#limits.sessionsMax || this.#keptBytes + keptBytes > this.#limits.keptBytesMax;
  }

  /** The newest entry of the source that holds most, if that is more than `source` holds. */
  evictable(source: string): Entry | undefined {
    while (this.#byWeight.length > 0 && this.#byWeight.at(-1)?.size === 0) this.#byWeight.pop();
    const [greediest] = this.#byWeight.at(-1) ?? [];
    if (greediest === undefined || this.#byWeight.length - 1 <= weightOf(this.#sources.get(source))) return undefined;
    return [...(this.#sources.get(greediest)?.entries ?? [])].at(-1);
  }

  add(entry: Entry): void {
    this.#entries.set(entry.id, entry);
    this.#index(entry, 1);
  }

  delete(entry: Entry): void {
    this.#entries.delete(entry.id);
    this.#index(entry, -1);
  }

  /** Changes an entry in place; what it is found by and what it weighs follow. */
  change(entry: Entry, apply: () => void): void {
    this.#index(entry, -1);
    apply();
    this.#index(entry, 1);
  }

  #index(entry: Entry, sign: 1 | -1): void {
    const bytes = sign * keptBytesOf(entry);
    const held = this.#sources.get(entry.announcer) ?? { entries: new Set(), keptBytes: 0 };
    this.#byWeight[weightOf(held)]?.delete(entry.announcer);
    held.keptBytes += bytes;
    this.#keptBytes += bytes;
    const key = `${entry.announcer} ${entry.digest}`;
    if (sign === 1) {
      held.entries.add(entry);
      if (entry.datagram.length > 0) this.#byDatagram.set(key, entry);
    } else {
      held.entries.delete(entry);
      if (this.#byDatagram.get(key) === entry) this.#byDatagram.delete(key);
    }
    if (held.entries.size === 0) this.#sources.delete(entry.announcer);
    else this.#weigh(entry.announcer, held);
  }

  #weigh(source: string, held: SourceEntries): void {
    this.#sources.set(source, held);
    for (let weight = this.#byWeight.length; weight <= weightOf(held); weight += 1) this.#byWeight.push(new Set());
    this.#byWeight[weightOf(held)]?.add(source);
  }
}

function weightOf(held: SourceEntries | undefined): number {
  return held === undefined ? 0 : Math.floor(held.keptBytes / WEIGHT_STEP_BYTES);
}

type Kept = Pick<Entry, "datagram" | "described">;

/** Measured on the heap: what a session takes beside its datagram and text, in bytes for each part. */
const SESSION_BYTES = 2500;
const MEDIA_BYTES = 300;
const TIME_BYTES = 60;
/** A group, source, flow or format. A range of 256 groups is written in 25 bytes, so the text says little. */
const ITEM_BYTES = 32;

/** Bytes that a session is counted with: about what it takes. */
export function keptBytesOf({ datagram, described }: Kept): number {
  const { sdp, media, flows, times } = described;
  const items = media.reduce(
    (sum, one) => sum + one.groups.length + one.sources.length + one.formats.length,
    flows.length,
  );
  const parts = SESSION_BYTES + media.length * MEDIA_BYTES + times.length * TIME_BYTES + items * ITEM_BYTES;
  return datagram.length + sdp.length + parts;
}
