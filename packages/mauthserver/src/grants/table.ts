// SPDX-License-Identifier: MIT
import type { Ipv4 } from "@mauth/protocol/ipv4";
import { formatSenderKey, parseSenderKey } from "../sender-key.ts";
import type { SenderName } from "../sender-key.ts";
import { keysOf, senderFor, widerOf } from "./grant.ts";
import type { GrantRow } from "./grant.ts";
import type { LoadedGrants } from "./loading.ts";
import { PlainGrants } from "./plain-grants.ts";
import type { Sender, Territory, UnnamedSender } from "./sender.ts";
import { mroutersOf } from "./sender.ts";

/** A grant and the revision that wrote it. */
export interface KeptGrant {
  readonly row: GrantRow;
  readonly rev: number;
}

/** A sender that a change of a grant is about, and what it was before. */
export interface SenderChange {
  readonly key: string;
  /** Undefined when it was none. */
  readonly before: Sender | undefined;
}

/** Every grant, and for each sender what follows from all of them; a change costs as much as it changes. */
export class GrantTable {
  #plain = new PlainGrants();
  /** Those that are not plain. */
  readonly #grants = new Map<string, KeptGrant>();
  /** The session grants that stand for a sender, by its key. A plain grant has the key of its sender as its id. */
  readonly #bySender = new Map<string, Set<string>>();
  readonly #bySession = new Map<string, Set<string>>();

  get size(): number {
    return this.#plain.size + this.#grants.size;
  }

  get(id: string): KeptGrant | undefined {
    const name = plainNameOf(id);
    return (name && this.#plain.get(name.source, name.group)) ?? this.#grants.get(id);
  }

  *values(): Generator<KeptGrant> {
    yield* this.#plain.values();
    yield* this.#grants.values();
  }

  /** Those that are more than a source, a group and a TTL: only they can end or follow a session by themselves. */
  limited(): Iterable<KeptGrant> {
    return this.#grants.values();
  }

  /** Takes over what a store holds; to be called before anything else. */
  restore({ plain, others }: LoadedGrants): void {
    this.#plain = new PlainGrants(plain);
    for (const { row, rev } of others) this.#take(row, rev);
  }

  #take(row: GrantRow, rev: number): void {
    if (this.#plain.set(row, rev)) return;
    this.#grants.set(row.id, { row, rev });
    if (row.session !== undefined) this.#link(row, row.session);
  }

  /** Takes a grant; returns the senders that it changes. */
  set(row: GrantRow, rev: number): SenderChange[] {
    const before = this.get(row.id)?.row;
    const changes = this.#changesOf([...keysOf(row), ...(before ? keysOf(before) : [])]);
    this.#drop(row.id, before);
    this.#take(row, rev);
    return changes;
  }

  /** Drops a grant; returns the senders that it changes. */
  delete(id: string): SenderChange[] {
    const before = this.get(id)?.row;
    const changes = this.#changesOf(before ? keysOf(before) : []);
    this.#drop(id, before);
    return changes;
  }

  #drop(id: string, row: GrantRow | undefined): void {
    if (row === undefined) return;
    this.#unlink(row);
    const name = plainNameOf(id);
    if (!this.#grants.delete(id) && name) this.#plain.delete(name.source, name.group);
  }

  #changesOf(keys: readonly string[]): SenderChange[] {
    return Array.from(new Set(keys), (key) => ({ key, before: this.sender(key) }));
  }

  #link(row: GrantRow, session: string): void {
    link(this.#bySession, session, row.id);
    for (const key of keysOf(row)) link(this.#bySender, key, row.id);
  }

  #unlink(row: GrantRow): void {
    if (row.session === undefined) return;
    unlink(this.#bySession, row.session, row.id);
    for (const key of keysOf(row)) unlink(this.#bySender, key, row.id);
  }

  /** Grants that follow a session. */
  ofSession(session: string): KeptGrant[] {
    return [...(this.#bySession.get(session) ?? [])].flatMap((id) => this.#grants.get(id) ?? []);
  }

  /** Ids of the grants that stand for a sender. */
  grantsOf(key: string): string[] {
    const ids = [...(this.#bySender.get(key) ?? [])];
    return this.get(key) === undefined ? ids : [key, ...ids];
  }

  /** What the kernel shall hold under a name; undefined for nothing. */
  sender(key: string): Sender | undefined {
    let sender = this.#senderOf(key, key);
    if (this.#bySender.size === 0) return sender;
    // Of two grants neither of which is wider one has to win: the same one whatever came first, so that a restart changes nothing.
    for (const id of [...(this.#bySender.get(key) ?? [])].sort()) {
      const other = this.#senderOf(id, key);
      sender = sender && other ? widerOf(sender, other) : (sender ?? other);
    }
    return sender;
  }

  /** Every sender that follows from the grants and is wanted. */
  *senders(isWanted: (sender: UnnamedSender) => boolean = () => true): Generator<Sender> {
    for (const sender of this.unnamedSenders())
      if (isWanted(sender)) yield { key: formatSenderKey(sender.source, sender.group, sender.groupLength), ...sender };
  }

  /** The same without their keys, which take longer to make than all the rest. */
  *unnamedSenders(): Generator<UnnamedSender> {
    const isShared = this.#bySender.size > 0;
    for (const sender of this.#plain.senders())
      if (!isShared || !this.#bySender.has(formatSenderKey(sender.source, sender.group))) yield sender;
    for (const { row } of this.#grants.values()) {
      if (row.session !== undefined || this.#bySender.has(row.id)) continue;
      const sender = senderFor(row, row.id);
      if (sender) yield sender;
    }
    for (const key of this.#bySender.keys()) {
      const sender = this.sender(key);
      if (sender) yield sender;
    }
  }

  #senderOf(id: string, key: string): Sender | undefined {
    const name = plainNameOf(id);
    const maxTtl = name && this.#plain.maxTtl(name.source, name.group);
    if (name && maxTtl) return { key: id, source: name.source, group: name.group, maxTtl };
    const row = this.#grants.get(id)?.row;
    return row && senderFor(row, key);
  }
}

/** The source and the group that an id names, when a plain grant may have it. */
function plainNameOf(id: string): { readonly source: Ipv4; readonly group: Ipv4 } | undefined {
  const name: SenderName | undefined = parseSenderKey(id);
  if (typeof name?.source !== "number" || typeof name.group !== "number") return undefined;
  return name.groupLength === undefined ? { source: name.source, group: name.group } : undefined;
}

function link(index: Map<string, Set<string>>, name: string, id: string): void {
  const ids = index.get(name);
  if (ids === undefined) index.set(name, new Set([id]));
  else ids.add(id);
}

function unlink(index: Map<string, Set<string>>, name: string, id: string): void {
  const ids = index.get(name);
  ids?.delete(id);
  if (ids?.size === 0) index.delete(name);
}

/** What every mrouter's kernel shall hold, by the mrouter's name: the fold of all grants. */
export function desiredSenders(
  grants: Iterable<GrantRow>,
  territories: readonly Territory[],
): Map<string, Map<string, Sender>> {
  const table = new GrantTable();
  for (const grant of grants) table.set(grant, 0);
  const desired = new Map(territories.map(({ name }) => [name, new Map<string, Sender>()]));
  for (const sender of table.senders())
    for (const name of mroutersOf(sender.source, territories)) desired.get(name)?.set(sender.key, sender);
  return desired;
}
