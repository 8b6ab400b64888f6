// SPDX-License-Identifier: MIT
import { keysOf, sendersOf, widerOf } from "./grant.ts";
import type { GrantRow } from "./grant.ts";
import type { Sender, Territory } from "./sender.ts";
import { mroutersOf } from "./sender.ts";

/** A grant and the revision that wrote it. */
export interface KeptGrant {
  readonly row: GrantRow;
  readonly rev: number;
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

  /** Takes a grant; returns the keys of the senders that it changes. */
  set(row: GrantRow, rev: number): string[] {
    const keys = new Set(this.#unlink(row.id));
    this.#grants.set(row.id, { row, rev });
    if (row.session === undefined) return [...keys.add(row.id)];
    link(this.#bySession, row.session, row.id);
    for (const key of keysOf(row)) {
      link(this.#bySender, key, row.id);
      keys.add(key);
    }
    return [...keys];
  }

  /** Drops a grant; returns the keys of the senders that it changes. */
  delete(id: string): string[] {
    const keys = this.#unlink(id);
    this.#grants.delete(id);
    return keys;
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
    for (const id of this.#bySender.get(key) ?? []) {
      const other = this.#senderOf(id, key);
      sender = sender && other ? widerOf(sender, other) : (sender ?? other);
    }
    return sender;
  }

  /** Every sender that follows from the grants. */
  *senders(): Generator<Sender> {
    for (const { row } of this.#grants.values()) {
      if (row.session !== undefined || this.#bySender.has(row.id)) continue;
      yield* sendersOf(row);
    }
    for (const key of this.#bySender.keys()) {
      const sender = this.sender(key);
      if (sender) yield sender;
    }
  }

  #senderOf(id: string, key: string): Sender | undefined {
    const kept = this.#grants.get(id);
    return kept && sendersOf(kept.row).find((sender) => sender.key === key);
  }

  #unlink(id: string): string[] {
    const before = this.#grants.get(id)?.row;
    if (before === undefined) return [];
    if (before.session === undefined) return [id];
    unlink(this.#bySession, before.session, id);
    const keys = keysOf(before);
    for (const key of keys) unlink(this.#bySender, key, id);
    return keys;
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
