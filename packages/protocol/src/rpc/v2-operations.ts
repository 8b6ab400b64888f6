// SPDX-License-Identifier: MIT
import type { ErrorCode } from "../error-code.ts";
import {
  BUCKETS,
  BUCKETS_PER_RESPONSE_MAX,
  ENTRIES_PER_RESPONSE_MAX,
  entriesThatFit,
  hasExtensions,
  isWildcard,
  ROWS_PER_RESPONSE_MAX,
} from "../v2/index.ts";
import type {
  Change,
  DeniedRow,
  EntryKey,
  HeldSender,
  ReceivedRequest,
  Summary,
  Table,
  V2Answer,
} from "../v2/index.ts";
import { ChangedRows } from "./changed-rows.ts";
import { SenderIndex } from "./sender-index.ts";
import type { HeldChange, HeldRow, SenderTable, V2Limits } from "./v2-table.ts";

/** How long an expired entry stays in the filter, so that its refused packets say why. */
const EXPIRED_KEPT_MS = 60_000;

/** Tables whose rows are numbered by their changes. */
type RowTable = Exclude<Table, "status" | "counters">;

/** Carries the operations out over the table, whoever asks. */
export class V2Operations {
  /** How often reading the kernel showed other senders than the index. */
  driftCount = 0;
  readonly #table: SenderTable;
  readonly #limits: V2Limits;
  #index = new SenderIndex();
  readonly #senders = new ChangedRows<HeldRow>((row) => `${row.source}>${row.group}`);
  readonly #limited = new ChangedRows<HeldRow>((row) => `${row.source}>${row.group}/${row.groupLength}`);
  readonly #denied = new ChangedRows<DeniedRow>((row) => `${row.interface}|${row.source}>${row.group}`);
  #indexReadMs: number | undefined;
  /** When each of them was read from the kernel. */
  readonly #rowsReadMs = new Map<object, number>();

  readonly #isNew = (key: EntryKey): boolean => !this.#index.has(key);

  constructor(table: SenderTable, limits: V2Limits) {
    this.#table = table;
    this.#limits = limits;
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

  /** Executes everything but SUBSCRIBE, which belongs to a session. */
  execute(request: Exclude<ReceivedRequest, { op: "subscribe" }>, nowMs: number): V2Answer {
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
      case "stats":
        return this.#readStats(request.table, request.cursor, nowMs);
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

  #readStats(table: Table, cursor: number, nowMs: number): V2Answer {
    const countMax = ROWS_PER_RESPONSE_MAX[table];
    if (table === "counters") {
      const all = this.#table.counters();
      const rows = all.slice(cursor, cursor + countMax);
      return { op: "stats", table, cursor: cursor + rows.length, latest: all.length, nowMs, rows };
    }
    if (table === "status") {
      const status = this.#table.status();
      const interfaces = status.interfaces.slice(cursor, cursor + countMax);
      const page = { cursor: cursor + interfaces.length, latest: status.interfaces.length, nowMs };
      return { op: "stats", table, ...page, status: { ...status, interfaces } };
    }
    return { op: "stats", nowMs, ...this.#readRows(table, { cursor, countMax }, nowMs) };
  }

  #readRows(table: RowTable, { cursor, countMax }: { cursor: number; countMax: number }, nowMs: number) {
    // Both families are numbered together, so that a reader of both needs one cursor.
    const isIpv6 = table === "sendersIpv6" || table === "deniedIpv6";
    const isListed = ({ group }: EntryKey): boolean => (typeof group === "bigint") === isIpv6;
    if (table === "limited") {
      if (this.#isDue(this.#limited, cursor, nowMs)) this.#limited.refresh(this.#rows(nowMs).filter(isLimited));
      const page = this.#limited.page(cursor, countMax);
      return { table, ...page, rows: page.rows.map((row) => withLease(row, nowMs)) };
    }
    if (table === "senders" || table === "sendersIpv6") {
      if (this.#isDue(this.#senders, cursor, nowMs)) this.#senders.refresh(this.#rows(nowMs).filter(isSingle));
      return { table, ...this.#senders.page(cursor, countMax, isListed) };
    }
    if (this.#isDue(this.#denied, cursor, nowMs)) this.#denied.refresh(this.#table.denied());
    return { table, ...this.#denied.page(cursor, countMax, isListed) };
  }

  /** Never between two pages: reading a long table can take longer than it stays young, and would be done for each page. */
  #isDue(rows: ChangedRows<HeldRow> | ChangedRows<DeniedRow>, cursor: number, nowMs: number): boolean {
    const isOld = nowMs - (this.#rowsReadMs.get(rows) ?? -Infinity) >= this.#limits.statsAgeMsMax;
    const isDue = isOld && !rows.isBetweenPages(cursor);
    if (isDue) this.#rowsReadMs.set(rows, nowMs);
    return isDue;
  }

  #rows(nowMs: number): HeldRow[] {
    return Array.from(this.#table.senders()).filter(isAliveAt(nowMs));
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

function isSingle(row: HeldRow): boolean {
  return !isWildcard(row);
}

function isLimited(entry: HeldSender): boolean {
  return entry.expiresMs !== undefined || hasExtensions(entry);
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
