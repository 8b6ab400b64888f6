// SPDX-License-Identifier: MIT
import { keysOf, senderFor, widerOf } from "./grant.ts";
import type { GrantRow } from "./grant.ts";
import type { Sender, Territory } from "./sender.ts";
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
  readonly #grants = new Map<string, KeptGrant>();
  /** The session grants that stand for a sender, by its key. A plain grant has the key of its sender as its id. */
  readonly #bySender = new Map<string, Set<string>>();
  readonly #bySession = new Map<string, Set<string>>();

  get size(): number {
    return this.#grants.size;
  }

  get(id: string): KeptGrant | undefined {
    return this.#grants.get(id);
  }

  values(): Iterable<KeptGrant> {
    return this.#grants.values();
  }

  /** Takes a grant that is not there yet, as at the start, when nobody asks what that changes. */
  load(row: GrantRow, rev: number): void {
    this.#grants.set(row.id, { row, rev });
    if (row.session !== undefined) this.#link(row, row.session);
  }

  /** Takes a grant; returns the senders that it changes. */
  set(row: GrantRow, rev: number): SenderChange[] {
    const before = this.#grants.get(row.id)?.row;
    const changes = this.#changesOf([...keysOf(row), ...(before ? keysOf(before) : [])]);
    this.#unlink(before);
    this.load(row, rev);
    return changes;
  }

  /** Drops a grant; returns the senders that it changes. */
  delete(id: string): SenderChange[] {
    const before = this.#grants.get(id)?.row;
    const changes = this.#changesOf(before ? keysOf(before) : []);
    this.#unlink(before);
    this.#grants.delete(id);
    return changes;
  }

  #changesOf(keys: readonly string[]): SenderChange[] {
    return Array.from(new Set(keys), (key) => ({ key, before: this.sender(key) }));
  }

  #link(row: GrantRow, session: string): void {
    link(this.#bySession, session, row.id);
    for (const key of keysOf(row)) link(this.#bySender, key, row.id);
  }

  #unlink(row: GrantRow | undefined): void {
    if (row?.session === undefined) return;
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
    return this.#grants.has(key) ? [key, ...ids] : ids;
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

  /** Every sender that follows from the grants. */
  *senders(): Generator<Sender> {
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
    const row = this.#grants.get(id)?.row;
    return row && senderFor(row, key);
  }
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
