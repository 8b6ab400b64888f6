// SPDX-License-Identifier: MIT
import type { Enforcement, Session } from "@mauth/protocol/api";
import { senderOf } from "../grants.ts";
import type { StoredAnnouncement } from "../announcements/stored.ts";
import type { GrantRow } from "../grants.ts";
import type { Fleet } from "../mrouters/fleet.ts";
import type { Row, Store } from "../store/store.ts";
import type { Board } from "./board.ts";

/** Changes of enforcement within this time are shown as one. */
const ENFORCEMENT_SHOWN_AFTER_MS = 50;

/** Carries what the log says to the board, and how far each grant is enforced. */
export class Feed {
  readonly #board: Board;
  readonly #fleet: Fleet;
  readonly #grants = new Map<string, GrantRow>();
  readonly #stale = new Set<string>();
  readonly #end = new AbortController();
  #timer: NodeJS.Timeout | undefined;
  #following: Promise<void> | undefined;

  constructor(board: Board, fleet: Fleet) {
    this.#board = board;
    this.#fleet = fleet;
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
      }
  }

  #put(kind: Row["kind"], key: string, body: Row["body"], rev: number): void {
    if (kind === "session") this.#board.add("session", body as unknown as Session, rev);
    if (kind === "announcement")
      this.#board.add("announcement", (body as unknown as StoredAnnouncement).announcement, rev);
    if (kind !== "grant") return;
    const grant = body as unknown as GrantRow;
    this.#grants.set(key, grant);
    this.#board.add("grant", { ...grant, enforcement: this.#enforcementOf(grant) }, rev);
  }

  #delete(kind: Row["kind"], key: string, rev: number): void {
    if (kind === "session" || kind === "announcement" || kind === "grant") this.#board.remove(kind, key, rev);
    if (kind === "grant") this.#grants.delete(key);
  }

  #enforcementOf(grant: GrantRow): Enforcement[] {
    const sender = senderOf(grant);
    return sender ? this.#fleet.enforcement(sender) : [];
  }

  #showEnforcement(): void {
    this.#timer = undefined;
    for (const key of this.#stale) {
      const grant = this.#grants.get(key);
      if (!grant) continue;
      const enforcement = this.#enforcementOf(grant);
      const shown = this.#board.get("grant", key);
      if (JSON.stringify(shown?.enforcement) === JSON.stringify(enforcement)) continue;
      this.#board.add("grant", { ...grant, enforcement });
    }
    this.#stale.clear();
  }
}
