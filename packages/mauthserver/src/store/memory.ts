// SPDX-License-Identifier: MIT
import { ConflictError, FencedError, StoreUnavailableError } from "../errors.ts";
import { follow, LogBell, TAIL_BATCH_CHANGES } from "./changes.ts";
import type { Change, CommitOptions, Kind, Lease, Op, Row, Snapshot, Store } from "./store.ts";

/** A store without a disk, for simulation and tests. */
export class MemoryStore implements Store {
  readonly #rows = new Map<string, Row>();
  #log: Change[] = [];
  readonly #leases = new Map<string, { epoch: number; lost: AbortController }>();
  readonly #bell = new LogBell();
  readonly #end = new AbortController();
  #rev = 0;
  #compactedRev = 0;

  async commit(ops: readonly Op[], options: CommitOptions): Promise<number> {
    this.#assertOpen();
    const { fence, expect = [], actor, at } = options;
    if (fence && this.#leases.get(fence.name)?.epoch !== fence.epoch)
      throw new FencedError(`the lease ${fence.name} has a newer holder`);
    for (const { kind, key, rev } of expect)
      if ((this.#rows.get(rowKey(kind, key))?.rev ?? 0) !== rev) throw new ConflictError(`${kind} ${key} has changed`);
    for (const op of ops) this.#apply({ ...structuredClone(op), rev: ++this.#rev, actor, at });
    if (ops.length > 0) this.#bell.ring();
    return this.#rev;
  }

  #apply(change: Change): void {
    this.#log.push(change);
    const { kind, key, rev } = change;
    if (change.op === "put") this.#rows.set(rowKey(kind, key), { kind, key, rev, body: change.body });
    else this.#rows.delete(rowKey(kind, key));
  }

  async refresh(rows: readonly Omit<Row, "rev">[]): Promise<void> {
    this.#assertOpen();
    for (const { kind, key, body } of rows) {
      const row = this.#rows.get(rowKey(kind, key));
      if (row) this.#rows.set(rowKey(kind, key), { ...row, body: structuredClone(body) });
    }
  }

  async snapshot(kinds: readonly Kind[]): Promise<Snapshot> {
    this.#assertOpen();
    const rows = [...this.#rows.values()].filter((row) => kinds.includes(row.kind));
    return { rev: this.#rev, rows: structuredClone(rows) };
  }

  tail(rev: number, signal: AbortSignal): AsyncIterable<readonly Change[]> {
    this.#assertOpen();
    const reader = {
      read: (after: number) => this.#log.filter((change) => change.rev > after).slice(0, TAIL_BATCH_CHANGES),
      compactedRev: () => this.#compactedRev,
    };
    return follow(reader, this.#bell, rev, AbortSignal.any([signal, this.#end.signal]));
  }

  async lease(name: string, _holder: string): Promise<Lease> {
    this.#assertOpen();
    const before = this.#leases.get(name);
    before?.lost.abort();
    const lease = { epoch: (before?.epoch ?? 0) + 1, lost: new AbortController() };
    this.#leases.set(name, lease);
    return { name, epoch: lease.epoch, lost: lease.lost.signal };
  }

  async compact(kinds: readonly Kind[], rev: number): Promise<void> {
    this.#assertOpen();
    const gone = (change: Change) => change.rev <= rev && kinds.includes(change.kind);
    for (const change of this.#log) if (gone(change)) this.#compactedRev = Math.max(this.#compactedRev, change.rev);
    this.#log = this.#log.filter((change) => !gone(change));
  }

  async close(): Promise<void> {
    this.#end.abort();
    for (const lease of this.#leases.values()) lease.lost.abort();
  }

  #assertOpen(): void {
    if (this.#end.signal.aborted) throw new StoreUnavailableError("the store is closed");
  }
}

function rowKey(kind: Kind, key: string): string {
  return `${kind} ${key}`;
}
