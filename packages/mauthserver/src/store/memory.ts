// SPDX-License-Identifier: MIT
import { randomBytes } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { ConflictError, FencedError, StoreUnavailableError } from "../errors.ts";
import { changeOf, follow, LogBell, TAIL_BATCH_CHANGES } from "./changes.ts";
import { createFold } from "./fold.ts";
import type { FoldClass } from "./fold.ts";
import { canonicalJson, CHAIN_START, hashLine, isChained } from "./line.ts";
import type { HashedLine, Line } from "./line.ts";
import { currentMark, REQUEST_KEPT_MS, REQUESTS_MAX } from "./request-mark.ts";
import type { KeptRequest, RequestMark } from "./request-mark.ts";
import { Verifier } from "./verifier.ts";
import type {
  Body,
  Change,
  CommitOptions,
  HistoryQuery,
  Kind,
  Lease,
  Op,
  PassingKind,
  Row,
  Snapshot,
  Store,
  Verification,
} from "./store.ts";

interface KeptRow {
  readonly kind: Kind;
  readonly key: string;
  readonly rev: number;
  /** Canonical JSON. */
  readonly text: string;
}

/** A store without a disk, for simulation and tests. */
export class MemoryStore implements Store {
  readonly #rows = new Map<string, KeptRow>();
  #log: HashedLine[] = [];
  readonly #leases = new Map<string, { epoch: number; lost: AbortController }>();
  readonly #requests = new Map<string, KeptRequest>();
  readonly #bell = new LogBell();
  readonly #end = new AbortController();
  readonly #logId = randomBytes(16).toString("hex");
  #rev = 0;
  #compactedRev = 0;
  #head = CHAIN_START;

  async commit(ops: readonly Op[], options: CommitOptions): Promise<number> {
    this.#assertOpen();
    const { fence, expect = [] } = options;
    if (fence && this.#leases.get(fence.name)?.epoch !== fence.epoch)
      throw new FencedError(`the lease ${fence.name} has a newer holder`);
    for (const { kind, key, rev } of expect)
      if ((this.#rows.get(rowKey(kind, key))?.rev ?? 0) !== rev) throw new ConflictError(`${kind} ${key} has changed`);
    const texts = ops.map((op) => (op.op === "put" ? canonicalJson(op.body) : null));
    for (const [index, op] of ops.entries()) this.#apply(op, texts[index] ?? null, options);
    const mark = currentMark();
    if (mark && ops.length > 0 && !this.#requests.has(mark.key))
      this.#requests.set(mark.key, { digest: mark.digest, at: options.at, rev: this.#rev, answer: null });
    if (ops.length > 0) this.#bell.ring();
    return this.#rev;
  }

  #apply({ kind, key }: Op, after: string | null, { actor, from = null, at, reason, undoes }: CommitOptions): void {
    const before = this.#rows.get(rowKey(kind, key))?.text ?? null;
    const authorship = { actor, from, at, reason: reason ?? null, undoes: undoes ?? null };
    const line: Line = { rev: ++this.#rev, kind, key, ...authorship, before, after };
    const hash = hashLine(this.#head, line);
    if (isChained(kind)) this.#head = hash;
    this.#log.push({ ...line, hash });
    if (after === null) this.#rows.delete(rowKey(kind, key));
    else this.#rows.set(rowKey(kind, key), { kind, key, rev: line.rev, text: after });
  }

  async logId(): Promise<string> {
    this.#assertOpen();
    return this.#logId;
  }

  async refresh(rows: readonly Omit<Row, "rev">[]): Promise<void> {
    this.#assertOpen();
    for (const { kind, key, body } of rows) {
      const row = this.#rows.get(rowKey(kind, key));
      if (row) this.#rows.set(rowKey(kind, key), { ...row, text: canonicalJson(body) });
    }
  }

  async snapshot(kinds: readonly Kind[]): Promise<Snapshot> {
    this.#assertOpen();
    const rows = [...this.#rows.values()].filter((row) => kinds.includes(row.kind));
    return { rev: this.#rev, rows: rows.map(({ text, ...row }) => ({ ...row, body: JSON.parse(text) as Body })) };
  }

  async load(kinds: readonly Kind[], take: (row: Row) => void): Promise<number> {
    const { rev, rows } = await this.snapshot(kinds);
    for (const row of rows) take(row);
    return rev;
  }

  async fold<Result>(kinds: readonly Kind[], foldClass: FoldClass): Promise<Result> {
    const fold = await createFold<Result>(foldClass);
    await this.load(kinds, (row) => fold.take(row));
    return fold.end().result;
  }

  tail(rev: number, signal: AbortSignal): AsyncIterable<readonly Change[]> {
    this.#assertOpen();
    const reader = {
      read: (after: number) => {
        const lines = this.#log.slice(firstAfter(this.#log, after)).slice(0, TAIL_BATCH_CHANGES);
        return lines.map(changeOf);
      },
      compactedRev: () => this.#compactedRev,
    };
    return follow(reader, this.#bell, rev, AbortSignal.any([signal, this.#end.signal]));
  }

  async findRequest(key: string): Promise<KeptRequest | undefined> {
    this.#assertOpen();
    return this.#requests.get(key);
  }

  async answerRequest({ key, digest }: RequestMark, answer: string | null, at: number): Promise<void> {
    this.#assertOpen();
    const rev = this.#requests.get(key)?.rev ?? this.#rev;
    this.#requests.delete(key);
    this.#requests.set(key, { digest, at, rev, answer });
    for (const [oldest, kept] of this.#requests) {
      if (this.#requests.size <= REQUESTS_MAX && at - kept.at < REQUEST_KEPT_MS) break;
      this.#requests.delete(oldest);
    }
  }

  async forgetRequest(key: string): Promise<void> {
    this.#assertOpen();
    this.#requests.delete(key);
  }

  async history(query: HistoryQuery): Promise<Change[]> {
    this.#assertOpen();
    const lines: HashedLine[] = [];
    for (let index = this.#log.length - 1; index >= 0 && lines.length < query.limit; index--) {
      const line = this.#log[index];
      if (line !== undefined && isAskedFor(line, query)) lines.push(line);
    }
    return lines.map(changeOf);
  }

  async verify(): Promise<Verification> {
    this.#assertOpen();
    const verifier = new Verifier({ rev: this.#rev, compactedRev: this.#compactedRev });
    for (const line of this.#log) if (!verifier.take(line)) break;
    return verifier.end();
  }

  async lease(name: string, _holder: string): Promise<Lease> {
    this.#assertOpen();
    const before = this.#leases.get(name);
    before?.lost.abort();
    const lease = { epoch: (before?.epoch ?? 0) + 1, lost: new AbortController() };
    this.#leases.set(name, lease);
    return { name, epoch: lease.epoch, lost: lease.lost.signal };
  }

  async compact(kinds: readonly PassingKind[], rev: number): Promise<void> {
    this.#assertOpen();
    const gone = (line: Line) => line.rev <= rev && kinds.some((kind) => kind === line.kind);
    for (const line of this.#log) if (gone(line)) this.#compactedRev = Math.max(this.#compactedRev, line.rev);
    this.#log = this.#log.filter((line) => !gone(line));
  }

  /** Rows and log as one JSON document. */
  async backup(path: string): Promise<void> {
    this.#assertOpen();
    const content = JSON.stringify({ rev: this.#rev, rows: [...this.#rows.values()], log: this.#log });
    try {
      await writeFile(path, content, { flag: "wx", mode: 0o600 });
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      throw new StoreUnavailableError(`cannot write the backup ${path}: ${reason}`, { cause: error });
    }
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

/** Index of the first line after a revision; lines are in order, and some may be gone. */
function firstAfter(log: readonly Line[], rev: number): number {
  let low = 0;
  for (let high = log.length; low < high;) {
    const middle = (low + high) >>> 1;
    if ((log[middle]?.rev ?? 0) > rev) high = middle;
    else low = middle + 1;
  }
  return low;
}

function isAskedFor(line: Line, { before, kinds, actor, key, since, until }: HistoryQuery): boolean {
  return (
    (before === undefined || line.rev < before) &&
    (kinds === undefined || kinds.includes(line.kind)) &&
    (actor === undefined || line.actor === actor) &&
    (key === undefined || line.key === key) &&
    (since === undefined || line.at >= since) &&
    (until === undefined || line.at < until)
  );
}
