// SPDX-License-Identifier: MIT
import type { DeniedRow, SenderRow } from "@mauth/protocol/v2";
import { formatAddress } from "@mauth/protocol/address";
import type { Board } from "../push/board.ts";
import { formatSenderKey } from "../sender-key.ts";

/** Refused (S,G) that are shown of one mrouter; those refused longest ago give way. */
export const DENIED_SHOWN_MAX = 4096;

/** When rows were read: the mrouter's boot clock and our wall clock at the same moment, in ms. */
export interface ReadAt {
  readonly bootMs: number;
  readonly wallMs: number;
}

interface Shown {
  readonly key: string;
  readonly firstMs: number;
  readonly lastMs: number;
  readonly firstAt: number;
}

/** Shows what the kernel of one mrouter has counted. It takes rows that changed, and now and then all rows. */
export class Sightings {
  readonly #mrouter: string;
  readonly #board: Board;
  readonly #isPermitted: (key: string) => boolean;
  readonly #senders = new Set<string>();
  /** By id; refused longest ago first. */
  readonly #denied = new Map<string, Shown>();
  /** Rows that were last refused before this gave way to newer ones, and stay away. */
  #deniedAfterMs = -1;

  constructor(options: { readonly mrouter: string; readonly board: Board; isPermitted(key: string): boolean }) {
    this.#mrouter = options.mrouter;
    this.#board = options.board;
    this.#isPermitted = (key) => options.isPermitted(key);
  }

  /** Takes senders; `isAll` when whatever is missing among them is gone. */
  takeSenders(rows: readonly SenderRow[], at: ReadAt, isAll: boolean): void {
    const gone = isAll ? new Set(this.#senders) : new Set<string>();
    for (const row of rows) gone.delete(this.#showSender(row, at));
    for (const id of gone) this.#forgetSender(id);
  }

  /** Takes refused (S,G); `isAll` when whatever is missing among them is gone. */
  takeDenied(rows: readonly DeniedRow[], at: ReadAt, isAll: boolean): void {
    const gone = isAll ? new Set(this.#denied.keys()) : new Set<string>();
    for (const row of rows) {
      const id = this.#showDenied(row, at);
      if (id !== undefined) gone.delete(id);
    }
    for (const id of gone) this.#forgetDenied(id);
    this.#makeRoom();
  }

  /** A sender is permitted now: that it was unknown before is no news. */
  permitted(key: string): void {
    for (const [id, shown] of this.#denied)
      if (shown.key === key && this.#board.get("denied", id)?.reason === "UNKNOWN") this.#forgetDenied(id);
  }

  /** A sender is gone from the kernel. */
  removed(key: string): void {
    this.#forgetSender(`${this.#mrouter}|${key}`);
  }

  /** The mrouter started anew, and counts from zero. */
  clear(): void {
    for (const id of this.#senders) this.#forgetSender(id);
    for (const id of this.#denied.keys()) this.#forgetDenied(id);
    this.#deniedAfterMs = -1;
  }

  #showSender(row: SenderRow, at: ReadAt): string {
    const id = `${this.#mrouter}|${formatSenderKey(row.source, row.group)}`;
    this.#senders.add(id);
    this.#board.add("sender", {
      id,
      mrouter: this.#mrouter,
      source: formatAddress(row.source),
      group: formatAddress(row.group),
      maxTtl: row.maxTtl,
      packets: row.packets,
      bytes: row.bytes,
      refusedPackets: row.refusedPackets,
      lastAt: row.lastMs === 0 ? null : instantOf(row.lastMs, at),
    });
    return id;
  }

  #showDenied(row: DeniedRow, at: ReadAt): string | undefined {
    const key = formatSenderKey(row.source, row.group);
    if (row.lastMs <= this.#deniedAfterMs || (row.reason === "UNKNOWN" && this.#isPermitted(key))) return undefined;
    const id = `${this.#mrouter}|${row.interface}|${key}`;
    const before = this.#denied.get(id);
    if (before?.lastMs === row.lastMs) return id;
    // The clocks of two machines never agree twice: an instant that was shown stays as it was shown.
    const firstAt = before?.firstMs === row.firstMs ? before.firstAt : instantOf(row.firstMs, at);
    this.#denied.delete(id);
    this.#denied.set(id, { key, firstMs: row.firstMs, lastMs: row.lastMs, firstAt });
    const { reason, ttl, packets, bytes } = row;
    const lastAt = Math.max(firstAt, instantOf(row.lastMs, at));
    const addresses = { source: formatAddress(row.source), group: formatAddress(row.group) };
    const counts = { reason, ttl, packets, bytes, firstAt, lastAt };
    this.#board.add("denied", { id, mrouter: this.#mrouter, interface: row.interface, ...addresses, ...counts });
    return id;
  }

  #makeRoom(): void {
    if (this.#denied.size <= DENIED_SHOWN_MAX) return;
    const oldest = [...this.#denied].sort(([, a], [, b]) => a.lastMs - b.lastMs);
    for (const [id, { lastMs }] of oldest.slice(0, this.#denied.size - DENIED_SHOWN_MAX)) {
      this.#deniedAfterMs = Math.max(this.#deniedAfterMs, lastMs);
      this.#forgetDenied(id);
    }
  }

  #forgetSender(id: string): void {
    this.#senders.delete(id);
    this.#board.remove("sender", id);
  }

  #forgetDenied(id: string): void {
    this.#denied.delete(id);
    this.#board.remove("denied", id);
  }
}

function instantOf(bootMs: number, at: ReadAt): number {
  return Math.max(0, Math.round(at.wallMs - (at.bootMs - bootMs)));
}
