// SPDX-License-Identifier: MIT
import type { ErrorCode } from "../error-code.ts";
import { BUCKETS, BUCKETS_PER_RESPONSE_MAX, ENTRIES_PER_RESPONSE_MAX, ROWS_PER_RESPONSE_MAX } from "../v2/index.ts";
import type { Change, DeniedRow, ReceivedRequest, SenderRow, Summary, Table, V2Answer } from "../v2/index.ts";
import { ChangedRows } from "./changed-rows.ts";
import { SenderIndex } from "./sender-index.ts";
import type { SenderTable, V2Limits } from "./v2-table.ts";

/** Carries the operations out over the table, whoever asks. */
export class V2Operations {
  /** How often reading the kernel showed other senders than the index. */
  driftCount = 0;
  readonly #table: SenderTable;
  readonly #limits: V2Limits;
  readonly #index = new SenderIndex();
  readonly #senders = new ChangedRows<SenderRow>((row) => `${row.source}>${row.group}`);
  readonly #denied = new ChangedRows<DeniedRow>((row) => `${row.interface}|${row.source}>${row.group}`);
  #indexReadMs: number | undefined;
  readonly #rowsReadMs: { [table in Table]?: number } = {};

  constructor(table: SenderTable, limits: V2Limits) {
    this.#table = table;
    this.#limits = limits;
  }

  /** Takes note of a change that did not come through `execute`. */
  noteChange(change: Change): void {
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
        const page = this.#index.page(request.bucket, request.after, ENTRIES_PER_RESPONSE_MAX);
        return { op: "list", bucket: request.bucket, ...page };
      }
      case "stats":
        return this.#readStats(request.table, request.cursor, nowMs);
      case "ping":
        break;
    }
    return { op: "ping" };
  }

  #apply(changes: readonly (Change | ErrorCode)[], nowMs: number): (ErrorCode | undefined)[] {
    this.#readIndex(this.#limits.digestAgeMsMax, nowMs);
    const valid = changes.filter((change) => typeof change !== "string");
    const results = this.#table.apply(valid);
    for (const [index, change] of valid.entries()) if (results[index] === undefined) this.noteChange(change);
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
    const isDue = nowMs - (this.#rowsReadMs[table] ?? -Infinity) >= this.#limits.readAgeMsMax;
    if (isDue) this.#rowsReadMs[table] = nowMs;
    if (table === "senders") {
      if (isDue) this.#senders.refresh(this.#table.senders());
      return { op: "stats", table, nowMs, ...this.#senders.page(cursor, countMax) };
    }
    if (isDue) this.#denied.refresh(this.#table.denied());
    return { op: "stats", table, nowMs, ...this.#denied.page(cursor, countMax) };
  }

  #readIndex(ageMsMax: number, nowMs: number): void {
    if (this.#indexReadMs !== undefined && nowMs - this.#indexReadMs < ageMsMax) return;
    const before = this.#index.digest.summary.rootDigest;
    this.#index.rebuild(this.#table.list());
    if (this.#indexReadMs !== undefined && this.#index.digest.summary.rootDigest !== before) this.driftCount++;
    this.#indexReadMs = nowMs;
  }
}
