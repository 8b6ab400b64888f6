// SPDX-License-Identifier: MIT
import Database from "better-sqlite3";
import { ConflictError, FencedError, StartError, StoreUnavailableError } from "../errors.ts";
import { follow, LogBell, TAIL_BATCH_CHANGES } from "./changes.ts";
import { migrate } from "./migrations.ts";
import type { Change, CommitOptions, Kind, Lease, Op, Row, Snapshot, Store } from "./store.ts";

/** Bytes to which the write-ahead log is cut back after a checkpoint. */
const WAL_SIZE_LIMIT_BYTES = 64 * 1024 * 1024;

interface LogRow {
  rev: number;
  kind: Kind;
  key: string;
  op: "put" | "delete";
  body: string | null;
  actor: string;
  at: number;
}

/** A store in one SQLite file, used by one process at a time: WAL, and each commit is on the disk when it returns. */
export class SqliteStore implements Store {
  readonly #database: Database.Database;
  readonly #lock: Database.Database | undefined;
  readonly #sql: ReturnType<typeof prepare>;
  readonly #leases = new Map<string, AbortController>();
  readonly #bell = new LogBell();
  readonly #end = new AbortController();
  readonly #commit: (ops: readonly Op[], options: CommitOptions) => number;

  private constructor(database: Database.Database, lock: Database.Database | undefined) {
    this.#database = database;
    this.#lock = lock;
    this.#sql = prepare(database);
    this.#commit = database.transaction((ops: readonly Op[], options: CommitOptions) => this.#write(ops, options));
  }

  /** Opens or creates the file (":memory:" for none); StartError says in one sentence what is wrong with it. */
  static open(path: string): SqliteStore {
    const lock = path === ":memory:" ? undefined : takeLock(path);
    try {
      const database = new Database(path, { timeout: 0 });
      database.pragma("journal_mode = WAL");
      database.pragma("synchronous = FULL");
      database.pragma(`journal_size_limit = ${WAL_SIZE_LIMIT_BYTES}`);
      migrate(database, path);
      return new SqliteStore(database, lock);
    } catch (error) {
      lock?.close();
      if (error instanceof StartError) throw error;
      throw new StartError(`cannot use the database ${path}: ${reasonOf(error)}`, { cause: error });
    }
  }

  async commit(ops: readonly Op[], options: CommitOptions): Promise<number> {
    const rev = this.#guard("commit", () => this.#commit(ops, options));
    if (ops.length > 0) this.#bell.ring();
    return rev;
  }

  #write(ops: readonly Op[], { fence, expect = [], actor, at }: CommitOptions): number {
    if (fence && this.#sql.epoch.get(fence.name)?.epoch !== fence.epoch)
      throw new FencedError(`the lease ${fence.name} has a newer holder`);
    for (const { kind, key, rev } of expect)
      if ((this.#sql.rowRev.get(kind, key)?.rev ?? 0) !== rev) throw new ConflictError(`${kind} ${key} has changed`);
    const last = this.#sql.advance.get(ops.length)!.rev;
    let rev = last - ops.length;
    for (const op of ops) this.#writeOp(op, ++rev, actor, at);
    return last;
  }

  #writeOp(op: Op, rev: number, actor: string, at: number): void {
    const body = op.op === "put" ? JSON.stringify(op.body) : null;
    if (body === null) this.#sql.deleteRow.run(op.kind, op.key);
    else this.#sql.putRow.run(op.kind, op.key, rev, body);
    this.#sql.appendLog.run(rev, op.kind, op.key, op.op, body, actor, at);
  }

  async refresh(rows: readonly Omit<Row, "rev">[]): Promise<void> {
    const write = this.#database.transaction(() => {
      for (const { kind, key, body } of rows) this.#sql.refreshRow.run(JSON.stringify(body), kind, key);
    });
    this.#guard("refresh", write);
  }

  async snapshot(kinds: readonly Kind[]): Promise<Snapshot> {
    const read = this.#database.transaction(() => ({
      rev: this.#sql.meta.get()!.rev,
      rows: kinds.flatMap((kind) => this.#sql.rowsOfKind.all(kind)),
    }));
    const { rev, rows } = this.#guard("read", read);
    return { rev, rows: rows.map((row) => ({ ...row, body: JSON.parse(row.body) as Row["body"] })) };
  }

  tail(rev: number, signal: AbortSignal): AsyncIterable<readonly Change[]> {
    const reader = {
      read: (after: number) => this.#guard("read", () => this.#sql.logAfter.all(after)).map(changeOf),
      compactedRev: () => this.#guard("read", () => this.#sql.meta.get()!.compacted_rev),
    };
    return follow(reader, this.#bell, rev, AbortSignal.any([signal, this.#end.signal]));
  }

  async lease(name: string, holder: string): Promise<Lease> {
    const { epoch } = this.#guard("take the lease", () => this.#sql.takeLease.get(name, holder)!);
    this.#leases.get(name)?.abort();
    const lost = new AbortController();
    this.#leases.set(name, lost);
    return { name, epoch, lost: lost.signal };
  }

  async compact(kinds: readonly Kind[], rev: number): Promise<void> {
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

  async close(): Promise<void> {
    this.#end.abort();
    for (const lost of this.#leases.values()) lost.abort();
    this.#database.close();
    this.#lock?.close();
  }

  #guard<Result>(operation: string, action: () => Result): Result {
    if (this.#end.signal.aborted) throw new StoreUnavailableError("the store is closed");
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

function prepare(database: Database.Database) {
  return {
    meta: database.prepare<[], { rev: number; compacted_rev: number }>("SELECT rev, compacted_rev FROM meta"),
    advance: database.prepare<[number], { rev: number }>("UPDATE meta SET rev = rev + ? RETURNING rev"),
    noteCompacted: database.prepare<[number]>("UPDATE meta SET compacted_rev = max(compacted_rev, ?)"),
    epoch: database.prepare<[string], { epoch: number }>("SELECT epoch FROM lease WHERE name = ?"),
    takeLease: database.prepare<[string, string], { epoch: number }>(
      "INSERT INTO lease VALUES (?, ?, 1) ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, epoch = epoch + 1 RETURNING epoch",
    ),
    rowRev: database.prepare<[Kind, string], { rev: number }>("SELECT rev FROM entity WHERE kind = ? AND key = ?"),
    rowsOfKind: database.prepare<[Kind], Omit<Row, "body"> & { body: string }>(
      "SELECT kind, key, rev, body FROM entity WHERE kind = ? ORDER BY key",
    ),
    putRow: database.prepare<[Kind, string, number, string]>("INSERT OR REPLACE INTO entity VALUES (?, ?, ?, ?)"),
    refreshRow: database.prepare<[string, Kind, string]>("UPDATE entity SET body = ? WHERE kind = ? AND key = ?"),
    deleteRow: database.prepare<[Kind, string]>("DELETE FROM entity WHERE kind = ? AND key = ?"),
    appendLog: database.prepare<[number, Kind, string, string, string | null, string, number]>(
      "INSERT INTO log VALUES (?, ?, ?, ?, ?, ?, ?)",
    ),
    logAfter: database.prepare<[number], LogRow>(
      `SELECT rev, kind, key, op, body, actor, at FROM log WHERE rev > ? ORDER BY rev LIMIT ${TAIL_BATCH_CHANGES}`,
    ),
    lastLogRev: database.prepare<[Kind, number], { rev: number | null }>(
      "SELECT max(rev) AS rev FROM log WHERE kind = ? AND rev <= ?",
    ),
    deleteLog: database.prepare<[Kind, number]>("DELETE FROM log WHERE kind = ? AND rev <= ?"),
  };
}

function changeOf({ rev, kind, key, op, body, actor, at }: LogRow): Change {
  if (op === "delete" || body === null) return { op: "delete", kind, key, rev, actor, at };
  return { op: "put", kind, key, body: JSON.parse(body) as Row["body"], rev, actor, at };
}

function reasonOf(error: unknown): string {
  const code = error instanceof Database.SqliteError ? error.code : "";
  if (code.startsWith("SQLITE_READONLY")) return "it is read-only";
  if (code.startsWith("SQLITE_CANTOPEN")) return "it cannot be opened or created there";
  if (code.startsWith("SQLITE_FULL")) return "the disk is full";
  if (code.startsWith("SQLITE_NOTADB")) return "it is not a SQLite database";
  return error instanceof Error ? error.message : String(error);
}
