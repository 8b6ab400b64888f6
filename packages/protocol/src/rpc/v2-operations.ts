// SPDX-License-Identifier: MIT
import type { ErrorCode } from "../error-code.ts";
import {
  BUCKETS,
  BUCKETS_PER_RESPONSE_MAX,
  ENTRIES_PER_RESPONSE_MAX,
  entriesThatFit,
  ROWS_PER_RESPONSE_MAX,
} from "../v2/index.ts";
import type {
  Change,
  DeniedRow,
  EntryKey,
  HeldSender,
  ReceivedRequest,
  StatsRequest,
  Summary,
  Table,
  V2Answer,
} from "../v2/index.ts";
import { ChangedRows } from "./changed-rows.ts";
import { SenderIndex } from "./sender-index.ts";
import type { HeldChange, HeldRow, SenderTable, V2Limits } from "./v2-table.ts";

/** How long an expired entry stays in the filter, so that its refused packets say why. */
const EXPIRED_KEPT_MS = 60_000;

/** Rows of a page. */
interface RowRange {
  readonly cursor: number;
  readonly countMax: number;
}

/** Carries the operations out over the table, whoever asks. */
export class V2Operations {
  /** How often reading the kernel showed other senders than the index. */
  driftCount = 0;
  readonly #table: SenderTable;
  readonly #limits: V2Limits;
  #index = new SenderIndex();
  // The tables of both families are numbered together, so that a reader of both needs one cursor.
  readonly #senders: ChangedRows<HeldRow>;
  readonly #denied: ChangedRows<DeniedRow>;
  #indexReadMs: number | undefined;

  readonly #isNew = (key: EntryKey): boolean => !this.#index.has(key);

  constructor(table: SenderTable, limits: V2Limits) {
    this.#table = table;
    this.#limits = limits;
    this.#senders = new ChangedRows(table.senders);
    this.#denied = new ChangedRows(table.denied);
  }

  /** Takes note of a change that did not come through `execute`. */
  noteChange(change: HeldChange): void {
    if (change.command === "add") this.#index.set(change);
    else this.#index.remove(change);
  }

  /** The entry count and the root digest. */
  summary(nowMs: number): Summary {
    this.#readIndex(this.#limits.digestAgeMsMax, nowMs);
    return this.#index.digest.summary;
  }

  sendersMax(): number {
    return this.#table.status().sendersMax;
  }

  /** Whether rows are being read for somebody. */
  get isReading(): boolean {
    return this.#senders.isReading || this.#denied.isReading;
  }

  /** Goes on reading for a while. */
  step(): void {
    if (this.#senders.isReading) this.#senders.step();
    else this.#denied.step();
  }

  /** Executes what is answered at once: everything but STATS, and SUBSCRIBE, which belongs to a session. */
  execute(request: Exclude<ReceivedRequest, { op: "subscribe" | "stats" }>, nowMs: number): V2Answer {
    switch (request.op) {
      case "apply":
        return { op: "apply", results: this.#apply(request.changes, nowMs) };
      case "digest":
        return this.#readDigest(request.from, nowMs);
      case "list": {
        this.#readIndex(this.#limits.readAgeMsMax, nowMs);
        const isAlive = isAliveAt(nowMs);
        const page = this.#index.page(request.bucket, request.after, ENTRIES_PER_RESPONSE_MAX, isAlive);
        const entries = page.entries.map((entry) => withLease(entry, nowMs));
        const count = entriesThatFit(entries);
        const isLast = page.isLast && count === entries.length;
        return { op: "list", bucket: request.bucket, isLast, entries: entries.slice(0, count) };
      }
      case "mode":
        return { op: "mode", result: this.#table.setMode(request.interface, request.mode) };
      case "ping":
        break;
    }
    return { op: "ping" };
  }

  #apply(changes: readonly (Change | ErrorCode)[], nowMs: number): readonly (ErrorCode | undefined)[] {
    this.#readIndex(this.#limits.digestAgeMsMax, nowMs);
    const valid: HeldChange[] = [];
    for (const change of changes) if (typeof change !== "string") valid.push(withExpiry(change, nowMs));
    const results = this.#table.apply(valid, this.#isNew);
    for (let index = 0; index < valid.length; index++) {
      const change = valid[index];
      if (change !== undefined && results[index] === undefined) this.noteChange(change);
    }
    if (valid.length === changes.length) return results;
    let next = 0;
    return changes.map((change) => (typeof change === "string" ? change : results[next++]));
  }

  #readDigest(from: number, nowMs: number): V2Answer {
    this.#readIndex(this.#limits.readAgeMsMax, nowMs);
    const length = Math.min(BUCKETS_PER_RESPONSE_MAX, BUCKETS - from);
    return { op: "digest", from, buckets: Array.from({ length }, (_, step) => this.#index.digest.bucket(from + step)) };
  }

  /** The reading of the kernel that must have ended before a page can be answered; 0 when none must. */
  readingFor({ table, cursor }: StatsRequest, nowMs: number): number {
    const rows = this.#rowsOf(table);
    // Never between two pages: reading a long table can take longer than it stays young, and would be done for each page.
    if (rows === undefined || rows.isBetweenPages(cursor)) return 0;
    return rows.readingFor(nowMs, this.#limits.statsAgeMsMax);
  }

  /** Answers a page of a table; undefined until `step` has ended the reading. */
  readStats({ table, cursor }: StatsRequest, reading: number, nowMs: number): V2Answer | undefined {
    if (this.#rowsOf(table)?.hasEnded(reading, nowMs) === false) return undefined;
    const range = { cursor, countMax: ROWS_PER_RESPONSE_MAX[table] };
    if (table === "status") return this.#readStatus(range, nowMs);
    if (table === "counters") return this.#readCounters(range, nowMs);
    if (table === "denied" || table === "deniedIpv6")
      return { op: "stats", nowMs, table, ...this.#denied.page(table, range, nowMs) };
    const page = this.#senders.page(table, range, nowMs);
    if (table !== "limited") return { op: "stats", nowMs, table, ...page };
    return { op: "stats", nowMs, table, ...page, rows: page.rows.map((row) => withLease(row, nowMs)) };
  }

  #readStatus({ cursor, countMax }: RowRange, nowMs: number): V2Answer {
    const status = this.#table.status();
    const interfaces = status.interfaces.slice(cursor, cursor + countMax);
    const page = { cursor: cursor + interfaces.length, latest: status.interfaces.length, nowMs };
    return { op: "stats", table: "status", ...page, status: { ...status, interfaces } };
  }

  #readCounters({ cursor, countMax }: RowRange, nowMs: number): V2Answer {
    const all = this.#table.counters();
    const rows = all.slice(cursor, cursor + countMax);
    return { op: "stats", table: "counters", cursor: cursor + rows.length, latest: all.length, nowMs, rows };
  }

  #rowsOf(table: Table): ChangedRows<HeldRow> | ChangedRows<DeniedRow> | undefined {
    if (table === "status" || table === "counters") return undefined;
    return table === "denied" || table === "deniedIpv6" ? this.#denied : this.#senders;
  }

  #readIndex(ageMsMax: number, nowMs: number): void {
    if (this.#indexReadMs !== undefined && nowMs - this.#indexReadMs < ageMsMax) return;
    const before = this.#index.digest.summary.rootDigest;
    const stale = this.#rebuildIndex(nowMs);
    if (stale.length > 0) {
      const removals = stale.map((entry) => ({ ...entry, command: "remove" }) as const);
      this.#table.apply(removals, this.#isNew);
    }
    if (this.#indexReadMs !== undefined && this.#index.digest.summary.rootDigest !== before) this.driftCount++;
    this.#indexReadMs = nowMs;
  }

  /** Builds the index anew from the kernel; returns the entries that ended so long ago that they shall go. */
  #rebuildIndex(nowMs: number): HeldSender[] {
    const index = new SenderIndex();
    const stale: HeldSender[] = [];
    this.#table.list({
      plain: (source, group, maxTtl) => index.setPlain(source, group, maxTtl),
      sender: (sender) => {
        const { expiresMs = Infinity } = sender;
        if (expiresMs > nowMs) index.set(sender);
        else if (expiresMs <= nowMs - EXPIRED_KEPT_MS) stale.push(sender);
      },
    });
    this.#index = index;
    return stale;
  }
}

function isAliveAt(nowMs: number): (entry: HeldSender) => boolean {
  return ({ expiresMs = Infinity }) => expiresMs > nowMs;
}

function withExpiry(change: Change, nowMs: number): HeldChange {
  // Most have none, and 100,000 of them come at once.
  if (change.leaseSeconds === undefined) return change;
  const { leaseSeconds, ...held } = change;
  return { ...held, expiresMs: nowMs + leaseSeconds * 1000 };
}

/** What is left is rounded up, because 0 would mean for ever. */
function withLease<Entry extends HeldSender>(
  entry: Entry,
  nowMs: number,
): Omit<Entry, "expiresMs"> & { readonly leaseSeconds?: number } {
  if (entry.expiresMs === undefined) return entry;
  const { expiresMs, ...rest } = entry;
  return { ...rest, leaseSeconds: Math.ceil((expiresMs - nowMs) / 1000) };
}
