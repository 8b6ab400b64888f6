// SPDX-License-Identifier: MIT
import type { By } from "../by.ts";
import { BY_ITSELF } from "../by.ts";
import type { Clock } from "../clock.ts";
import { StoreUnavailableError } from "../errors.ts";
import type { Log } from "../log.ts";
import type { Fleet } from "../mrouters/fleet.ts";
import type { Settlement } from "../mrouters/ledger.ts";
import { parseSenderKey } from "../sender-key.ts";
import type { Fence, Op, Row, Store } from "../store/store.ts";
import { keysOf } from "./grant.ts";
import type { GrantRow } from "./grant.ts";
import { mroutersOf, territoryOf } from "./sender.ts";
import type { Sender } from "./sender.ts";
import type { GrantTable, SenderChange } from "./table.ts";

/** How often a revoke that could not be stored is tried again. */
const UNSAVED_RETRY_MS = 1000;

export interface KeeperOptions {
  readonly store: Store;
  /** Where the grants are; nobody else changes it. */
  readonly grants: GrantTable;
  readonly fleet: Fleet;
  readonly clock: Clock;
  readonly log: Log;
  readonly fence: Fence;
}

/** How a change of a grant goes on at one mrouter. */
export interface Settling {
  readonly mrouter: string;
  readonly settled: Promise<Settlement>;
}

/** A change of a grant: it is durable, or will be when `saved` resolves. */
export interface KeptChange {
  readonly rev: number | undefined;
  readonly settling: readonly Settling[];
  /** Absent when it is durable already. */
  readonly saved?: Promise<unknown>;
}

/** Says more about one change. */
export interface ChangeNote {
  /** The revision that it undoes. */
  readonly undoes?: number;
  /** The revision that the grant must still have; otherwise nothing is changed. */
  readonly ifRev?: number;
}

/** Keeps the grants: durable first, then wished in force at the mrouters. */
export class GrantKeeper {
  readonly table: GrantTable;
  readonly #options: KeeperOptions;
  /** Revisions of the removals that mrouters still owe, by "MROUTER|SENDER". */
  readonly #removals = new Map<string, number>();
  /** Grants that were ended and of which the store does not know it yet. */
  readonly #unsaved = new Map<string, { readonly by: By; readonly saved: PromiseWithResolvers<void> }>();
  #retry: NodeJS.Timeout | undefined;

  constructor(options: KeeperOptions) {
    this.#options = options;
    this.table = options.grants;
  }

  /** Revokes that are not stored. */
  get unsaved(): number {
    return this.#unsaved.size;
  }

  /** Takes over what the store holds; to be called once, before the fleet starts. */
  restore(rows: readonly Row[]): void {
    const { fleet } = this.#options;
    for (const { kind, key, rev } of rows) if (kind === "removal") this.#removals.set(key, rev);
    for (const sender of this.table.unnamedSenders()) fleet.restore(sender);
    for (const id of this.#removals.keys()) {
      const [mrouter = "", key = ""] = id.split("|");
      const absent = absentOf(key);
      if (absent && this.table.sender(key) === undefined) fleet.wish([mrouter], absent);
    }
  }

  /** Tells an mrouter everything that is decided for it. */
  fill(name: string): void {
    const { fleet } = this.#options;
    for (const sender of this.table.unnamedSenders())
      if (fleet.concernedBy(sender).includes(name)) fleet.restore(sender, name);
    for (const id of this.#removals.keys()) {
      const [mrouter, key = ""] = id.split("|");
      const absent = mrouter === name ? absentOf(key) : undefined;
      if (absent && !fleet.concernedBy(absent).includes(name)) fleet.wish([name], absent);
    }
  }

  /** Keys of the senders that an mrouter shall hold and that do not belong to these networks. */
  outside(name: string, networks: readonly string[]): string[] {
    const { fleet } = this.#options;
    const after = [territoryOf({ name, networks })];
    const keys: string[] = [];
    for (const sender of this.table.senders())
      if (fleet.concernedBy(sender).includes(name) && mroutersOf(sender.source, after).length === 0)
        keys.push(sender.key);
    return keys;
  }

  /** Takes over that an mrouter has to forget some senders, which is stored already; `rev` is that of the first. */
  owe(name: string, keys: readonly string[], rev: number): void {
    for (const [index, key] of keys.entries()) this.#removals.set(`${name}|${key}`, rev + index);
  }

  stop(): void {
    clearInterval(this.#retry);
  }

  /** Makes a grant, or another one of the same id. */
  async put(row: GrantRow, by: By, note: ChangeNote = {}): Promise<KeptChange> {
    const removals = this.#removalIds(keysOfChange(this.table, row)).filter((id) => this.#removals.has(id));
    const ops: Op[] = removals.map((key) => ({ op: "delete", kind: "removal", key }));
    const rev = await this.#commit([...ops, { op: "put", kind: "grant", key: row.id, body: { ...row } }], by, note);
    for (const id of removals) this.#removals.delete(id);
    this.#unsaved.get(row.id)?.saved.resolve();
    this.#unsaved.delete(row.id);
    return { rev, settling: this.#wish(this.table.set(row, rev)) };
  }

  /** Ends a grant. What cannot be stored is stopped all the same, and stored as soon as that is possible. */
  async erase(id: string, by: By, note: ChangeNote = {}): Promise<KeptChange> {
    const keys = keysOfChange(this.table, this.table.get(id)?.row);
    const removals = this.#removalIds(keys);
    const ops: Op[] = removals.map((key) => ({ op: "put", kind: "removal", key, body: {} }));
    try {
      const rev = await this.#commit([{ op: "delete", kind: "grant", key: id }, ...ops], by, note, true);
      for (const [index, removal] of removals.entries()) this.#removals.set(removal, rev - removals.length + 1 + index);
      return { rev: rev - removals.length, settling: this.#wish(this.table.delete(id)) };
    } catch (error) {
      if (!(error instanceof StoreUnavailableError)) throw error;
      this.#options.log.error({ err: error, grant: id }, "a revoke could not be stored: it is tried again");
      const settling = this.#wish(this.table.delete(id));
      return { rev: undefined, settling, saved: this.#saveLater(id, by) };
    }
  }

  /** Has a sender removed that no grant stands for. */
  removeStray(key: string): readonly Settling[] {
    return this.#wish([{ key, before: undefined }]);
  }

  /** Forgets a removal that an mrouter acknowledged, unless there is a newer one for the same sender. */
  async removed(mrouter: string, key: string): Promise<void> {
    const id = `${mrouter}|${key}`;
    const rev = this.#removals.get(id);
    if (rev === undefined) return;
    this.#removals.delete(id);
    try {
      const expect = [{ kind: "removal", key: id, rev } as const];
      const { store, clock, fence } = this.#options;
      const options = { actor: BY_ITSELF.name, at: clock.wallMs(), fence, expect, isEssential: true };
      await store.commit([{ op: "delete", kind: "removal", key: id }], options);
    } catch (error) {
      if (!this.#removals.has(id)) this.#removals.set(id, rev);
      throw error;
    }
  }

  /** Wishes at every mrouter concerned what follows from the grants now. */
  #wish(changes: readonly SenderChange[]): Settling[] {
    const { fleet } = this.#options;
    return changes.flatMap(({ key, before }) => {
      const sender = this.table.sender(key) ?? absentOf(key);
      return sender === undefined ? [] : fleet.want(fleet.concernedBy(sender), sender, before);
    });
  }

  /** Only an mrouter that cannot be looked at has to be told again after a restart what it shall forget. */
  #removalIds(keys: readonly string[]): string[] {
    const { fleet } = this.#options;
    return keys.flatMap((key) => {
      const sender = absentOf(key);
      const names = sender === undefined ? [] : fleet.concernedBy(sender);
      return names.filter((name) => fleet.protocolOf(name) === "v1").map((name) => `${name}|${key}`);
    });
  }

  #commit(ops: readonly Op[], by: By, { undoes }: ChangeNote, isEssential = false): Promise<number> {
    const { store, clock, fence } = this.#options;
    const why = { ...(by.reason !== undefined && { reason: by.reason }), ...(undoes !== undefined && { undoes }) };
    const authorship = { actor: by.name, from: by.from, at: clock.wallMs(), ...why };
    return store.commit(ops, { ...authorship, fence, isEssential });
  }

  #saveLater(id: string, by: By): Promise<void> {
    const saved = Promise.withResolvers<void>();
    this.#unsaved.set(id, { by, saved });
    this.#retry ??= setInterval(() => void this.#saveUnsaved(), UNSAVED_RETRY_MS);
    return saved.promise;
  }

  async #saveUnsaved(): Promise<void> {
    for (const [id, { by, saved }] of this.#unsaved)
      try {
        await this.#commit([{ op: "delete", kind: "grant", key: id }], by, {}, true);
        if (this.#unsaved.get(id)?.saved === saved) this.#unsaved.delete(id);
        saved.resolve();
      } catch {
        // It was logged when it failed first; the next turn tries again.
        return;
      }
    clearInterval(this.#retry);
    this.#retry = undefined;
  }
}

function absentOf(key: string): Sender | undefined {
  const name = parseSenderKey(key);
  return name && { key, ...name, maxTtl: 0 };
}

/** Keys of the senders that a grant stands for, before or after a change. */
function keysOfChange(table: GrantTable, row: GrantRow | undefined): string[] {
  if (row === undefined) return [];
  const before = table.get(row.id)?.row;
  return [...new Set([...keysOf(row), ...(before ? keysOf(before) : [])])];
}
