// SPDX-License-Identifier: MIT
import { existsSync } from "node:fs";
import Database from "better-sqlite3";
import { ConflictError, FencedError, StartError, StoreUnavailableError } from "../errors.ts";
import { changeOf, follow, LogBell } from "./changes.ts";
import { CommitQueue } from "./commit-queue.ts";
import type { Commit } from "./commit-queue.ts";
import { canonicalJson, hashLine, isChained } from "./line.ts";
import type { HashedLine, Line } from "./line.ts";
import { migrate } from "./migrations.ts";
import { currentMark, REQUEST_KEPT_MS, REQUESTS_MAX } from "./request-mark.ts";
import type { KeptRequest, RequestMark } from "./request-mark.ts";
import { giveToOwnerOfFolder, troubleOfOwner } from "./owner.ts";
import { Reserve } from "./reserve.ts";
import { createFold } from "./fold.ts";
import type { FoldClass } from "./fold.ts";
import { foldInThread } from "./fold-thread.ts";
import { foldRows, loadRows, prepareStatements, selectHistory } from "./sql.ts";
import type { LogRow, Statements } from "./sql.ts";
import type {
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
import { Verifier } from "./verifier.ts";

/** Bytes to which the write-ahead log is cut back after a checkpoint. */
const WAL_SIZE_LIMIT_BYTES = 64 * 1024 * 1024;
/**
 * Pages of the write-ahead log, 4 KiB each, after which they are taken into the database, each page once: what SQLite does unless
 * told otherwise, and four times as many where the disk has room for them, which halves what many changes cost.
 */
const WAL_PAGES = { tight: 1000, roomy: 4096 } as const;
/** Bytes of free disk that are room: the log, its pages in the database, and as much again. */
const ROOMY_BYTES = 64 * 1024 * 1024;
/** Pages of a database that is worth a thread to read it, which takes 0.1 s itself: 32 MiB. */
const FOLD_IN_THREAD_PAGES = 8192;

/** A store in one SQLite file, used by one process at a time: WAL, and each commit is on the disk when it returns. */
export class SqliteStore implements Store {
  readonly #database: Database.Database;
  readonly #lock: Database.Database | undefined;
  readonly #reserve: Reserve | undefined;
  readonly #sql: Statements;
  readonly #leases = new Map<string, AbortController>();
  readonly #bell = new LogBell();
  readonly #end = new AbortController();
  readonly #queue: CommitQueue;
  #isRoomy = false;
  /** Where the log is within the transaction that is being written. */
  #rev = 0;
  #head = "";

  private constructor(database: Database.Database, lock: Database.Database | undefined, reserve: Reserve | undefined) {
    this.#database = database;
    this.#lock = lock;
    this.#reserve = reserve;
    this.#sql = prepareStatements(database);
    const write = database.transaction((commits: readonly Commit[]) => this.#write(commits));
    this.#queue = new CommitQueue((commits) => this.#writeGroup(commits, write));
  }

  /** Opens or creates the file (":memory:" for none); StartError says in one sentence what is wrong with it. */
  static open(path: string): SqliteStore {
    try {
      return SqliteStore.#open(path);
    } catch (error) {
      const trouble = isOutOfReach(error) ? troubleOfOwner(path) : undefined;
      if (trouble === undefined) throw error;
      throw new StartError(`cannot use the database ${path}: ${trouble}`, { cause: error });
    }
  }

  static #open(path: string): SqliteStore {
    const lock = path === ":memory:" ? undefined : takeLock(path);
    let database: Database.Database | undefined;
    try {
      database = new Database(path, { timeout: 0 });
      database.pragma("journal_mode = WAL");
      database.pragma("synchronous = FULL");
      database.pragma(`journal_size_limit = ${WAL_SIZE_LIMIT_BYTES}`);
      migrate(database, path);
      const reserve = lock && new Reserve(`${path}.reserve`);
      reserve?.hold();
      if (lock) giveToOwnerOfFolder(path);
      return new SqliteStore(database, lock, reserve);
    } catch (error) {
      database?.close();
      lock?.close();
      if (error instanceof StartError) throw error;
      throw new StartError(`cannot use the database ${path}: ${reasonOf(error)}`, { cause: error });
    }
  }

  async commit(ops: readonly Op[], options: CommitOptions): Promise<number> {
    this.#assertOpen();
    const texts = ops.map((op) => (op.op === "put" ? canonicalJson(op.body) : null));
    return this.#queue.add({ ops, texts, options, mark: currentMark() });
  }

  /** Writes a group of commits as one transaction; when that fails, each is tried alone. */
  #writeGroup(all: readonly Commit[], write: (commits: readonly Commit[]) => void): void {
    const commits = this.#reserve?.hold() === "full" ? refuseGrowth(all) : all;
    if (commits.length === 0) return;
    this.#paceCheckpoints();
    try {
      this.#guard("commit", () => write(commits));
    } catch (error) {
      this.#overwriteFailure();
      if (commits.length > 1) for (const commit of commits) this.#writeGroup([commit], write);
      else for (const commit of commits) this.#writeAlone(commit, error, write);
      return;
    }
    this.#bell.ring();
    for (const commit of commits) commit.settle(commit.outcome ?? new StoreUnavailableError("cannot commit"));
  }

  #paceCheckpoints(): void {
    const isRoomy = (this.#reserve?.freeBytes ?? 0) >= ROOMY_BYTES;
    if (isRoomy === this.#isRoomy) return;
    this.#isRoomy = isRoomy;
    this.#database.pragma(`wal_autocheckpoint = ${isRoomy ? WAL_PAGES.roomy : WAL_PAGES.tight}`);
  }

  /** A commit that takes rights away may use the room that was kept for it. */
  #writeAlone(commit: Commit, error: unknown, write: (commits: readonly Commit[]) => void): void {
    if (commit.options.isEssential !== true || this.#reserve?.isHeld !== true) return commit.settle(error as Error);
    this.#reserve.release();
    try {
      this.#guard("commit", () => write([commit]));
      this.#bell.ring();
      commit.settle(commit.outcome ?? new StoreUnavailableError("cannot commit"));
    } catch (again) {
      this.#overwriteFailure();
      commit.settle(again as Error);
    }
  }

  /**
   * A commit that failed only when it was flushed is whole in the write-ahead log, and a process that is killed then would find
   * it there: another one, which nobody reads, is written over it.
   */
  #overwriteFailure(): void {
    try {
      this.#sql.countFailure.run();
    } catch {
      // It may be flushed no better, but it is what stands there now; on a disk that takes nothing there is nothing.
    }
  }

  #write(commits: readonly Commit[]): void {
    const meta = this.#sql.meta.get()!;
    this.#rev = meta.rev;
    this.#head = meta.head.toString("hex");
    for (const commit of commits) commit.outcome = this.#writeCommit(commit);
    if (this.#rev > meta.rev) this.#sql.advance.run(this.#rev, Buffer.from(this.#head, "hex"));
  }

  /** The last revision, or why the commit is refused: then nothing of it was written. */
  #writeCommit({ ops, texts, options, mark }: Commit): number | Error {
    const { fence, expect = [] } = options;
    if (fence && this.#sql.epoch.get(fence.name)?.epoch !== fence.epoch)
      return new FencedError(`the lease ${fence.name} has a newer holder`);
    for (const { kind, key, rev } of expect)
      if ((this.#sql.row.get(kind, key)?.rev ?? 0) !== rev) return new ConflictError(`${kind} ${key} has changed`);
    for (const [index, op] of ops.entries()) this.#writeOp(op, texts[index] ?? null, options);
    if (mark && ops.length > 0) this.#sql.markRequest.run(mark.key, mark.digest, options.at, this.#rev);
    return this.#rev;
  }

  #writeOp({ kind, key }: Op, after: string | null, options: CommitOptions): void {
    const { actor, from = null, at, reason = null, undoes = null } = options;
    const before = this.#sql.row.get(kind, key)?.body ?? null;
    const rev = ++this.#rev;
    const line: Line = { rev, kind, key, actor, from, at, reason, undoes, before, after };
    const hash = hashLine(this.#head, line);
    if (isChained(kind)) this.#head = hash;
    if (after !== null) this.#sql.putRow.run(kind, key, rev, after);
    else if (before !== null) this.#sql.deleteRow.run(kind, key);
    const bytes = Buffer.from(hash, "hex");
    this.#sql.appendLog.run(rev, kind, key, actor, from, at, reason, undoes, before, after, bytes);
  }

  async logId(): Promise<string> {
    return this.#guard("read", () => this.#sql.logId.get()!.store_id);
  }

  /** Makes this another log than the one that it was copied from: both go on, and their revisions no longer say the same. */
  async renewLogId(): Promise<void> {
    this.#guard("begin another log", () => this.#sql.renewLogId.run());
  }

  async refresh(rows: readonly Omit<Row, "rev">[]): Promise<void> {
    const write = this.#database.transaction(() => {
      for (const { kind, key, body } of rows) this.#sql.refreshRow.run(canonicalJson(body), kind, key);
    });
    this.#guard("refresh", write);
  }

  async snapshot(kinds: readonly Kind[]): Promise<Snapshot> {
    const rows: Row[] = [];
    const rev = await this.load(kinds, ({ kind, key, rev: at, body }) => rows.push({ kind, key, rev: at, body }));
    return { rev, rows };
  }

  async load(kinds: readonly Kind[], take: (row: Row) => void): Promise<number> {
    const read = this.#database.transaction(() => {
      loadRows(this.#sql.rowsOfKind, kinds, take);
      return this.#sql.meta.get()!.rev;
    });
    return this.#guard("read", read);
  }

  async fold<Result>(kinds: readonly Kind[], foldClass: FoldClass): Promise<Result> {
    this.#assertOpen();
    this.#queue.flush();
    const pages = this.#database.pragma("page_count", { simple: true }) as number;
    if (!this.#database.memory && pages >= FOLD_IN_THREAD_PAGES)
      return foldInThread({ path: this.#database.name, kinds, fold: foldClass });
    const fold = await createFold<Result>(foldClass);
    this.#guard(
      "read",
      this.#database.transaction(() => foldRows(this.#sql.pageOfKind, kinds, fold)),
    );
    return fold.end().result;
  }

  tail(rev: number, signal: AbortSignal): AsyncIterable<readonly Change[]> {
    const reader = {
      read: (after: number) => this.#guard("read", () => this.#sql.logAfter.all(after)).map(changeOfRow),
      compactedRev: () => this.#guard("read", () => this.#sql.meta.get()!.compacted_rev),
    };
    return follow(reader, this.#bell, rev, AbortSignal.any([signal, this.#end.signal]));
  }

  async findRequest(key: string): Promise<KeptRequest | undefined> {
    return this.#guard("read", () => this.#sql.request.get(key));
  }

  async answerRequest({ key, digest }: RequestMark, answer: string | null, at: number): Promise<void> {
    const write = this.#database.transaction(() => {
      this.#sql.answerRequest.run(key, digest, at, this.#sql.meta.get()!.rev, answer);
      this.#sql.forgetRequests.run(at - REQUEST_KEPT_MS, REQUESTS_MAX);
    });
    this.#guard("keep an answer", write);
  }

  async forgetRequest(key: string): Promise<void> {
    this.#guard("forget a request", () => this.#sql.forgetRequest.run(key));
  }

  async history(query: HistoryQuery): Promise<Change[]> {
    return this.#guard("read", () => selectHistory(this.#database, query)).map(changeOfRow);
  }

  async verify(): Promise<Verification> {
    const { rev, compacted_rev: compactedRev } = this.#guard("read", () => this.#sql.meta.get()!);
    const verifier = new Verifier({ rev, compactedRev });
    for (let last = 0; last < rev;) {
      const rows = this.#guard("read", () => this.#sql.logAfter.all(last)).filter((row) => row.rev <= rev);
      if (!rows.every((row) => verifier.take(lineOf(row)))) break;
      last = rows.at(-1)?.rev ?? rev;
      // A million lines take seconds: others may go on in between.
      await new Promise((resolve) => setImmediate(resolve));
    }
    return verifier.end();
  }

  async lease(name: string, holder: string): Promise<Lease> {
    this.#assertOpen();
    this.#queue.flush();
    const { epoch } = this.#guard("take the lease", () => this.#sql.takeLease.get(name, holder)!);
    this.#leases.get(name)?.abort();
    const lost = new AbortController();
    this.#leases.set(name, lost);
    return { name, epoch, lost: lost.signal };
  }

  async compact(kinds: readonly PassingKind[], rev: number): Promise<void> {
    const forget = this.#database.transaction(() => {
      for (const kind of kinds) {
        const last = this.#sql.lastLogRev.get(kind, rev)?.rev ?? null;
        if (last === null) continue;
        this.#sql.deleteLog.run(kind, rev);
        this.#sql.noteCompacted.run(last);
      }
    });
    this.#guard("compact", forget);
  }

  async backup(path: string): Promise<void> {
    this.#assertOpen();
    if (existsSync(path)) throw new StoreUnavailableError(`cannot write the backup ${path}: it is there already`);
    try {
      await this.#database.backup(path);
    } catch (error) {
      throw new StoreUnavailableError(`cannot write the backup ${path}: ${reasonOf(error)}`, { cause: error });
    }
  }

  async close(): Promise<void> {
    if (this.#end.signal.aborted) return;
    this.#queue.flush();
    this.#end.abort();
    for (const lost of this.#leases.values()) lost.abort();
    this.#database.close();
    this.#lock?.close();
  }

  #assertOpen(): void {
    if (this.#end.signal.aborted) throw new StoreUnavailableError("the store is closed");
  }

  #guard<Result>(operation: string, action: () => Result): Result {
    this.#assertOpen();
    try {
      return action();
    } catch (error) {
      if (!(error instanceof Database.SqliteError)) throw error;
      throw new StoreUnavailableError(`cannot ${operation}: ${reasonOf(error)}`, { cause: error });
    }
  }
}

/**
 * Holds PATH.lock for the life of the process. The kernel frees it on kill -9, and unlike locking_mode=EXCLUSIVE on the
 * database itself it lets other processes read (backup).
 */
function takeLock(path: string): Database.Database {
  try {
    const lock = new Database(`${path}.lock`, { timeout: 0 });
    lock.pragma("journal_mode = MEMORY");
    lock.exec("BEGIN EXCLUSIVE");
    return lock;
  } catch (error) {
    const busy = error instanceof Database.SqliteError && error.code.startsWith("SQLITE_BUSY");
    const reason = busy ? "another mauthserver is using it" : reasonOf(error);
    throw new StartError(`cannot use the database ${path}: ${reason}`, { cause: error });
  }
}

/** Without its reserve the store takes only what takes rights away; the rest is refused. */
function refuseGrowth(commits: readonly Commit[]): Commit[] {
  const error = new StoreUnavailableError("cannot commit: the disk is full");
  for (const commit of commits) if (commit.options.isEssential !== true) commit.settle(error);
  return commits.filter(({ options }) => options.isEssential === true);
}

function lineOf({ from_: from, hash, ...line }: LogRow): HashedLine {
  return { ...line, from, hash: hash.toString("hex") };
}

function changeOfRow(row: LogRow): Change {
  return changeOf(lineOf(row));
}

/** Whether SQLite was not let near a file; it does not say which, or why. */
function isOutOfReach(error: unknown): boolean {
  const { cause } = error as Error;
  return cause instanceof Database.SqliteError && /^SQLITE_(?:READONLY|CANTOPEN|PERM)/.test(cause.code);
}

function reasonOf(error: unknown): string {
  const code = error instanceof Database.SqliteError ? error.code : "";
  if (code.startsWith("SQLITE_READONLY")) return "it is read-only";
  if (code.startsWith("SQLITE_CANTOPEN")) return "it cannot be opened or created there";
  if (code.startsWith("SQLITE_FULL")) return "the disk is full";
  if (code.startsWith("SQLITE_IOERR")) return "the disk reports an input/output error";
  if (code.startsWith("SQLITE_NOTADB")) return "it is not a SQLite database";
  return error instanceof Error ? error.message : String(error);
}
