// SPDX-License-Identifier: MIT
import type { Enforcement, Grant, Session } from "@mauth/protocol/api";
import type { StoredAnnouncement } from "../announcements/stored.ts";
import { sendersOf } from "../grants/grant.ts";
import type { GrantRow } from "../grants/grant.ts";
import { isNoWider } from "../grants/sender.ts";
import type { Sender } from "../grants/sender.ts";
import type { GrantTable, KeptGrant } from "../grants/table.ts";
import type { Fleet } from "../mrouters/fleet.ts";
import type { Row, Store } from "../store/store.ts";
import { auditEntryOf } from "../audit/entry.ts";
import { ENTITY_NAMES } from "./board.ts";
import type { Board, EntityName, Removal } from "./board.ts";
import { hideRow, showRow } from "./shown.ts";

/** Lines of the log in which removals are looked for at the start. */
const RECALLED_LINES = 5000;

/** Grants whose last shown enforcement is remembered, so that the same is not told twice. */
const SHOWN_MAX = 20_000;
/** Grants that are told of at a time when the enforcement of all may have changed. */
const SLICE_GRANTS = 500;

/** Changes of enforcement within this time are shown as one. */
const ENFORCEMENT_SHOWN_AFTER_MS = 50;

/** What a grant is told when the kernel, which holds one entry for each sender, holds that of another grant. */
const OUTDONE = "another grant of this sender has a larger maximum TTL, and is in force with its own limits instead";

export interface FeedOptions {
  readonly board: Board;
  readonly fleet: Pick<Fleet, "enforcement">;
  readonly grants: GrantTable;
  /** A session was announced, has changed, or is gone. */
  onSession(id: string): void;
}

/** Carries what the log says to the board, and how far each grant is enforced. */
export class Feed {
  readonly #options: FeedOptions;
  readonly #board: Board;
  /** Senders whose enforcement has changed and is not shown yet. */
  readonly #stale = new Set<string>();
  readonly #end = new AbortController();
  /** The enforcement that was last told, as JSON, of the grants that were told of lately. */
  readonly #shown = new Map<string, string>();
  #timer: NodeJS.Timeout | undefined;
  #round: Iterator<KeptGrant> | undefined;
  #following: Promise<void> | undefined;

  constructor(options: FeedOptions) {
    this.#options = options;
    this.#board = options.board;
    const { grants } = options;
    const show = ({ row, rev }: KeptGrant) => ({ value: this.#grantOf(row), rev });
    options.board.attachGrants({
      get size() {
        return grants.size;
      },
      get: (id) => {
        const kept = grants.get(id);
        return kept && show(kept);
      },
      values: function* () {
        for (const kept of grants.values()) yield show(kept);
      },
    });
  }

  /**
   * Shows the rows of a snapshot, all with its revision as `Board.restore` says, and then every change after it; `onFailed`
   * hears when the log cannot be followed.
   */
  start(store: Store, { rev, rows }: { rev: number; rows: readonly Row[] }, onFailed: (error: unknown) => void): void {
    for (const { kind, key, body } of rows) if (kind !== "grant") this.#put(kind, key, body, rev);
    this.#board.advance(rev);
    this.#following = this.#follow(store, rev).catch(onFailed);
  }

  /** Remembers what was removed lately, for consoles that come back after a restart. */
  async recall(store: Store, rev: number): Promise<void> {
    const lines = await store.history({ before: rev + 1, limit: RECALLED_LINES });
    const oldest = lines.at(-1)?.rev ?? rev + 1;
    // Lines that were compacted are missing among the others.
    const gap = lines.findIndex((line, index) => index > 0 && line.rev !== (lines[index - 1]?.rev ?? 0) - 1);
    const known = gap < 0 ? lines : lines.slice(0, gap);
    const removals = known.flatMap(({ op, kind, key, rev: at }): Removal[] =>
      op === "delete" && isShown(kind) ? [{ entity: kind, id: key, rev: at }] : [],
    );
    this.#board.recall(removals.reverse(), (gap < 0 ? oldest : (known.at(-1)?.rev ?? rev + 1)) - 1);
  }

  /** Says that a sender's enforcement changed. */
  enforcementChanged(key: string): void {
    this.#stale.add(key);
    this.#timer ??= setTimeout(() => this.#showEnforcement(), ENFORCEMENT_SHOWN_AFTER_MS);
  }

  /** Says that the enforcement of every sender of an mrouter may have changed. */
  allChanged(): void {
    if (!this.#board.hasListeners) return;
    const isRunning = this.#round !== undefined;
    this.#round = this.#options.grants.values()[Symbol.iterator]();
    if (!isRunning) setImmediate(() => this.#showNext());
  }

  async stop(): Promise<void> {
    this.#round = undefined;
    this.#end.abort();
    clearTimeout(this.#timer);
    await this.#following;
  }

  async #follow(store: Store, rev: number): Promise<void> {
    for await (const changes of store.tail(rev, this.#end.signal))
      for (const change of changes) {
        if (change.op === "put") this.#put(change.kind, change.key, change.body, change.rev);
        else this.#delete(change.kind, change.key, change.rev);
        this.#board.advance(change.rev);
        const entry = auditEntryOf(change);
        if (entry) this.#board.note(entry);
        if (change.kind === "session") this.#options.onSession(change.key);
      }
  }

  #put(kind: Row["kind"], key: string, body: Row["body"], rev: number): void {
    if (kind === "session") this.#board.add("session", body as unknown as Session, rev);
    if (kind === "announcement")
      this.#board.add("announcement", (body as unknown as StoredAnnouncement).announcement, rev);
    showRow(this.#board, { kind, key, body, rev });
    if (kind === "grant") this.#tell(body as unknown as GrantRow, rev);
  }

  #delete(kind: Row["kind"], key: string, rev: number): void {
    if (kind === "session" || kind === "announcement" || kind === "grant") this.#board.remove(kind, key, rev);
    hideRow(this.#board, { kind, key, rev });
    if (kind === "grant") this.#shown.delete(key);
  }

  #tell(row: GrantRow, rev?: number): void {
    this.#shown.delete(row.id);
    if (!this.#board.hasListeners) return rev === undefined ? undefined : this.#board.advance(rev);
    const grant = this.#grantOf(row);
    this.#shown.set(row.id, JSON.stringify(grant.enforcement));
    const [oldest] = this.#shown.size > SHOWN_MAX ? this.#shown.keys() : [];
    if (oldest !== undefined) this.#shown.delete(oldest);
    this.#board.add("grant", grant, rev);
  }

  #grantOf(row: GrantRow): Grant {
    return { ...row, enforcement: this.#enforcementOf(row) } as Grant;
  }

  #showNext(): void {
    for (let count = 0; count < SLICE_GRANTS; count++) {
      const next = this.#round?.next();
      if (next === undefined || next.done === true) return void (this.#round = undefined);
      this.#showChanged(next.value.row);
    }
    setImmediate(() => this.#showNext());
  }

  #showChanged(row: GrantRow): void {
    if (this.#shown.get(row.id) !== JSON.stringify(this.#enforcementOf(row))) this.#tell(row);
  }

  /** Of all its senders at each mrouter: failed when one failed, else pending when one is pending. */
  #enforcementOf(grant: GrantRow): Enforcement[] {
    const byMrouter = new Map<string, Enforcement>();
    for (const sender of sendersOf(grant))
      for (const one of this.#enforcementOfSender(sender)) {
        const other = byMrouter.get(one.mrouter);
        if (other === undefined || SEVERITY[one.state] > SEVERITY[other.state]) byMrouter.set(one.mrouter, one);
      }
    return [...byMrouter.values()];
  }

  #enforcementOfSender(sender: Sender): Enforcement[] {
    const { fleet, grants } = this.#options;
    const inForce = grants.sender(sender.key) ?? sender;
    const enforcement = fleet.enforcement(inForce);
    if (isNoWider(sender, inForce)) return enforcement;
    return enforcement.map(({ mrouter }) => ({ mrouter, state: "failed", error: OUTDONE }));
  }

  /** When an mrouter is brought back, those of all its senders change at once: others have their turn in between. */
  #showEnforcement(): void {
    this.#timer = undefined;
    if (!this.#board.hasListeners) {
      this.#stale.clear();
      this.#shown.clear();
      return;
    }
    const { grants } = this.#options;
    const ids = new Set(this.#takeStale().flatMap((key) => grants.grantsOf(key)));
    if (this.#stale.size > 0) this.#timer = setTimeout(() => this.#showEnforcement(), 0);
    for (const id of ids) {
      const kept = grants.get(id);
      // What the log has not told yet, it will.
      if (kept !== undefined && kept.rev <= this.#board.rev) this.#showChanged(kept.row);
    }
  }

  #takeStale(): string[] {
    const keys: string[] = [];
    for (const key of this.#stale) {
      if (keys.length >= SLICE_GRANTS) break;
      keys.push(key);
      this.#stale.delete(key);
    }
    return keys;
  }
}

function isShown(kind: string): kind is EntityName {
  return ENTITY_NAMES.some((name) => name === kind);
}

const SEVERITY = { enforced: 0, pending: 1, failed: 2 } as const satisfies Record<Enforcement["state"], number>;
