// SPDX-License-Identifier: MIT
import type { Enforcement, Grant, Session } from "@mauth/protocol/api";
import type { StoredAnnouncement } from "../announcements/stored.ts";
import { sendersOf } from "../grants/grant.ts";
import type { GrantRow } from "../grants/grant.ts";
import { isNoWider } from "../grants/sender.ts";
import type { Sender } from "../grants/sender.ts";
import type { GrantTable } from "../grants/table.ts";
import type { Fleet } from "../mrouters/fleet.ts";
import type { Row, Store } from "../store/store.ts";
import { auditEntryOf } from "../audit/entry.ts";
import type { Board } from "./board.ts";
import { hideRow, showRow } from "./shown.ts";

/** Changes of enforcement within this time are shown as one. */
const ENFORCEMENT_SHOWN_AFTER_MS = 50;

/** What a grant is told when the kernel, which holds one entry for each sender, holds that of another grant. */
const OUTDONE = "another grant of this sender has a larger maximum TTL, and is in force with its own limits instead";

export interface FeedOptions {
  readonly board: Board;
  readonly fleet: Fleet;
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
  #timer: NodeJS.Timeout | undefined;
  #following: Promise<void> | undefined;

  constructor(options: FeedOptions) {
    this.#options = options;
    this.#board = options.board;
  }

  /** Shows the rows of a snapshot and then every change after it; `onFailed` hears when the log cannot be followed. */
  start(store: Store, snapshot: { rev: number; rows: readonly Row[] }, onFailed: (error: unknown) => void): void {
    for (const row of snapshot.rows) this.#put(row.kind, row.key, row.body, row.rev);
    this.#board.advance(snapshot.rev);
    this.#following = this.#follow(store, snapshot.rev).catch(onFailed);
  }

  /** Says that a sender's enforcement changed. */
  enforcementChanged(key: string): void {
    this.#stale.add(key);
    this.#timer ??= setTimeout(() => this.#showEnforcement(), ENFORCEMENT_SHOWN_AFTER_MS);
  }

  async stop(): Promise<void> {
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
    if (kind !== "grant") return;
    const grant = body as unknown as GrantRow;
    this.#board.add("grant", { ...grant, enforcement: this.#enforcementOf(grant) } as Grant, rev);
  }

  #delete(kind: Row["kind"], key: string, rev: number): void {
    if (kind === "session" || kind === "announcement" || kind === "grant") this.#board.remove(kind, key, rev);
    hideRow(this.#board, { kind, key, rev });
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

  #showEnforcement(): void {
    this.#timer = undefined;
    const { grants } = this.#options;
    const ids = new Set([...this.#stale].flatMap((key) => grants.grantsOf(key)));
    this.#stale.clear();
    for (const id of ids) {
      const grant = grants.get(id)?.row;
      const shown = this.#board.get("grant", id);
      if (!grant || !shown) continue;
      const enforcement = this.#enforcementOf(grant);
      if (JSON.stringify(shown.enforcement) !== JSON.stringify(enforcement))
        this.#board.add("grant", { ...grant, enforcement } as Grant);
    }
  }
}

const SEVERITY = { enforced: 0, pending: 1, failed: 2 } as const satisfies Record<Enforcement["state"], number>;
