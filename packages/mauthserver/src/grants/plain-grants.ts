// SPDX-License-Identifier: MIT
import { formatIpv4, parseIpv4 } from "@mauth/protocol/ipv4";
import type { Ipv4 } from "@mauth/protocol/ipv4";
import type { GrantRow } from "./grant.ts";
import type { PlainLine } from "./plain-line.ts";
import { TextPool } from "./text-pool.ts";

/** Grants for which there is room at the beginning; a power of two. */
const ROOM = 1024;
/** No grant, as a place and as the end of a chain. */
const NONE = -1;

/** A plain grant as far as a kernel is concerned; `maxTtl` in hops. */
export interface PlainSender {
  readonly source: Ipv4;
  readonly group: Ipv4;
  readonly maxTtl: number;
}

/** The rest of a plain grant; its texts are their numbers. */
interface PlainRest {
  readonly rev: number;
  readonly permittedAt: number;
  readonly by: number;
  readonly reason: number;
}

/** What is kept of plain grants, 40 bytes each, as it can be handed from one thread to another. */
export interface PlainColumns {
  source: Uint32Array<ArrayBuffer>;
  group: Uint32Array<ArrayBuffer>;
  /** 0 where there is no grant. */
  maxTtl: Uint8Array<ArrayBuffer>;
  rev: Float64Array<ArrayBuffer>;
  permittedAt: Float64Array<ArrayBuffer>;
  /** Numbers of texts. */
  permittedBy: Uint16Array<ArrayBuffer>;
  reason: Uint16Array<ArrayBuffer>;
  /** The next place with the same hash; of a free place, the next free one. */
  next: Int32Array<ArrayBuffer>;
  /** The first place of each hash; as long as the columns are. */
  first: Int32Array<ArrayBuffer>;
  free: number;
  /** Places that were ever used. */
  end: number;
  size: number;
  names: readonly string[];
  reasons: readonly string[];
}

/**
 * Grants of one IPv4 source and one group without limits. They are what a million of grants consist of, so they are kept in
 * columns: as objects they would take ten times as much, and seconds of the garbage collector at each start.
 */
export class PlainGrants {
  readonly #columns: PlainColumns;
  readonly #names: TextPool;
  readonly #reasons: TextPool;

  /** Takes `columns` over. */
  constructor(columns: PlainColumns = emptyColumns()) {
    this.#columns = columns;
    this.#names = new TextPool(columns.names);
    this.#reasons = new TextPool(columns.reasons);
  }

  get size(): number {
    return this.#columns.size;
  }

  /** Everything, to be taken over by another one. */
  get columns(): PlainColumns {
    return { ...this.#columns, names: this.#names.texts, reasons: this.#reasons.texts };
  }

  /** Takes a grant instead of the one of the same id; false when it is not plain, and then nothing has changed. */
  set(row: GrantRow, rev: number): boolean {
    const sender = plainSenderOf(row);
    const by = sender && this.#names.number(row.permittedBy);
    const reason = sender && this.#reasons.number(row.reason);
    if (sender === undefined || by === undefined || reason === undefined) return false;
    this.#put(sender, { rev, permittedAt: row.permittedAt, by, reason });
    return true;
  }

  /** The same for a line of `lines`; false when its texts are too many. */
  setLine(line: PlainLine, lines: Uint8Array): boolean {
    const by = this.#names.numberOfBytes(lines, line.permittedBy);
    const reason = this.#reasons.numberOfBytes(lines, line.reason);
    if (by === undefined || reason === undefined) return false;
    this.#put(line, { rev: line.rev, permittedAt: line.permittedAt, by, reason });
    return true;
  }

  #put(sender: PlainSender, { rev, permittedAt, by, reason }: PlainRest): void {
    const found = this.#find(sender.source, sender.group);
    const place = found === NONE ? this.#insert(sender) : found;
    const columns = this.#columns;
    columns.maxTtl[place] = sender.maxTtl;
    columns.rev[place] = rev;
    columns.permittedAt[place] = permittedAt;
    columns.permittedBy[place] = by;
    columns.reason[place] = reason;
  }

  get(source: Ipv4, group: Ipv4): { readonly row: GrantRow; readonly rev: number } | undefined {
    const place = this.#find(source, group);
    return place === NONE ? undefined : this.#at(place);
  }

  /** The maximum TTL in hops, 0 for no grant. */
  maxTtl(source: Ipv4, group: Ipv4): number {
    const place = this.#find(source, group);
    return place === NONE ? 0 : (this.#columns.maxTtl[place] ?? 0);
  }

  delete(source: Ipv4, group: Ipv4): void {
    const place = this.#find(source, group);
    if (place === NONE) return;
    const columns = this.#columns;
    this.#unchain(place);
    columns.maxTtl[place] = 0;
    columns.next[place] = columns.free;
    columns.free = place;
    columns.size--;
  }

  /** Every grant; what is taken or deleted meanwhile may or may not be among them. */
  *values(): Generator<{ readonly row: GrantRow; readonly rev: number }> {
    const columns = this.#columns;
    for (let place = 0; place < columns.end; place++) if (columns.maxTtl[place] !== 0) yield this.#at(place);
  }

  /** Every sender, likewise. */
  *senders(): Generator<PlainSender> {
    const columns = this.#columns;
    for (let place = 0; place < columns.end; place++) {
      const maxTtl = columns.maxTtl[place] ?? 0;
      if (maxTtl !== 0) yield { source: columns.source[place] ?? 0, group: columns.group[place] ?? 0, maxTtl };
    }
  }

  #at(place: number): { row: GrantRow; rev: number } {
    const columns = this.#columns;
    const source = formatIpv4(columns.source[place] ?? 0);
    const group = formatIpv4(columns.group[place] ?? 0);
    const permittedBy = this.#names.text(columns.permittedBy[place] ?? 0);
    const reason = this.#reasons.text(columns.reason[place] ?? 0);
    const row = {
      id: `${source}>${group}`,
      source,
      group,
      maxTtl: columns.maxTtl[place] ?? 0,
      permittedAt: columns.permittedAt[place] ?? 0,
      ...(permittedBy !== undefined && { permittedBy }),
      ...(reason !== undefined && { reason }),
    };
    return { row, rev: columns.rev[place] ?? 0 };
  }

  #find(source: Ipv4, group: Ipv4): number {
    const columns = this.#columns;
    let place = columns.first[this.#hash(source, group)] ?? NONE;
    while (place !== NONE && (columns.source[place] !== source || columns.group[place] !== group))
      place = columns.next[place] ?? NONE;
    return place;
  }

  #insert({ source, group }: PlainSender): number {
    const columns = this.#columns;
    if (columns.free === NONE && columns.end === columns.source.length) this.#grow();
    const isReused = columns.free !== NONE;
    const place = isReused ? columns.free : columns.end++;
    if (isReused) columns.free = columns.next[place] ?? NONE;
    columns.source[place] = source;
    columns.group[place] = group;
    this.#chain(place);
    columns.size++;
    return place;
  }

  #chain(place: number): void {
    const columns = this.#columns;
    const hash = this.#hash(columns.source[place] ?? 0, columns.group[place] ?? 0);
    columns.next[place] = columns.first[hash] ?? NONE;
    columns.first[hash] = place;
  }

  #unchain(place: number): void {
    const columns = this.#columns;
    const hash = this.#hash(columns.source[place] ?? 0, columns.group[place] ?? 0);
    const after = columns.next[place] ?? NONE;
    let before = columns.first[hash] ?? NONE;
    if (before === place) columns.first[hash] = after;
    else {
      while (columns.next[before] !== place) before = columns.next[before] ?? NONE;
      columns.next[before] = after;
    }
  }

  /** Doubles the room. No place is free then, so every one is chained anew. */
  #grow(): void {
    const columns = this.#columns;
    const room = 2 * columns.source.length;
    columns.source = longer(columns.source, new Uint32Array(room));
    columns.group = longer(columns.group, new Uint32Array(room));
    columns.maxTtl = longer(columns.maxTtl, new Uint8Array(room));
    columns.rev = longer(columns.rev, new Float64Array(room));
    columns.permittedAt = longer(columns.permittedAt, new Float64Array(room));
    columns.permittedBy = longer(columns.permittedBy, new Uint16Array(room));
    columns.reason = longer(columns.reason, new Uint16Array(room));
    columns.next = new Int32Array(room);
    columns.first = new Int32Array(room).fill(NONE);
    for (let place = 0; place < columns.end; place++) this.#chain(place);
  }

  /** Groups of a range and sources of a network lie side by side: every bit of both counts. */
  #hash(source: Ipv4, group: Ipv4): number {
    let hash = Math.imul(source, 0x9e3779b1) ^ Math.imul(group ^ (group >>> 16), 0x85ebca6b);
    hash = Math.imul(hash ^ (hash >>> 15), 0xc2b2ae35);
    return (hash ^ (hash >>> 13)) & (this.#columns.first.length - 1);
  }
}

function emptyColumns(): PlainColumns {
  return {
    source: new Uint32Array(ROOM),
    group: new Uint32Array(ROOM),
    maxTtl: new Uint8Array(ROOM),
    rev: new Float64Array(ROOM),
    permittedAt: new Float64Array(ROOM),
    permittedBy: new Uint16Array(ROOM),
    reason: new Uint16Array(ROOM),
    next: new Int32Array(ROOM),
    first: new Int32Array(ROOM).fill(NONE),
    free: NONE,
    end: 0,
    size: 0,
    names: [],
    reasons: [],
  };
}

function longer<Column extends { set(from: Column): void }>(from: Column, to: Column): Column {
  to.set(from);
  return to;
}

/** What the columns hold of a grant; undefined when that would not be all of it. */
function plainSenderOf(row: GrantRow): PlainSender | undefined {
  const { id, source: sourceText, group: groupText, maxTtl } = row;
  if (!hasPlainFields(row) || !(Number.isInteger(maxTtl) && maxTtl > 0 && maxTtl < 256)) return undefined;
  const source = parseIpv4(sourceText);
  const group = parseIpv4(groupText);
  if (source === undefined || group === undefined || id !== `${sourceText}>${groupText}`) return undefined;
  return { source, group, maxTtl };
}

const PLAIN_FIELDS = new Set(["id", "source", "group", "maxTtl", "permittedAt", "permittedBy", "reason"]);

function hasPlainFields(row: GrantRow): boolean {
  for (const field in row) if (!PLAIN_FIELDS.has(field)) return false;
  return typeof row.permittedAt === "number";
}
