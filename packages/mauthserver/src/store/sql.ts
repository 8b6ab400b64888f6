// SPDX-License-Identifier: MIT
import type { Database } from "better-sqlite3";
import { TAIL_BATCH_CHANGES } from "./changes.ts";
import type { Fold } from "./fold.ts";
import type { Line } from "./line.ts";
import type { KeptRequest } from "./request-mark.ts";
import type { Body, HistoryQuery, Kind, Row } from "./store.ts";
import { StoredRow } from "./stored-row.ts";

/** A line as the database keeps it: `hash` is 32 bytes. */
export type LogRow = Omit<Line, "from"> & { readonly from_: string | null; readonly hash: Buffer };

/** Rows that are read at a time. */
const PAGE_ROWS = 500;
/** Rows that are folded at a time. */
const FOLDED_ROWS = 2000;

const LINE_FEED = 10;
const utf8 = new TextDecoder("utf-8", { ignoreBOM: true });

interface Meta {
  readonly rev: number;
  readonly compacted_rev: number;
  readonly head: Buffer;
}

const LINE = "rev, kind, key, actor, from_, at, reason, undoes, before, after, hash";

/** Every statement that the store executes again and again. */
export function prepareStatements(database: Database) {
  return {
    meta: database.prepare<[], Meta>("SELECT rev, compacted_rev, head FROM meta"),
    logId: database.prepare<[], { store_id: string }>("SELECT store_id FROM meta"),
    renewLogId: database.prepare("UPDATE meta SET store_id = lower(hex(randomblob(16)))"),
    advance: database.prepare<[number, Buffer]>("UPDATE meta SET rev = ?, head = ?"),
    // Not what anybody reads, but something: to write the same again writes nothing.
    countFailure: database.prepare(
      "INSERT INTO lease VALUES ('failed commits', '', 1) ON CONFLICT (name) DO UPDATE SET epoch = epoch + 1",
    ),
    noteCompacted: database.prepare<[number]>("UPDATE meta SET compacted_rev = max(compacted_rev, ?)"),
    epoch: database.prepare<[string], { epoch: number }>("SELECT epoch FROM lease WHERE name = ?"),
    takeLease: database.prepare<[string, string], { epoch: number }>(
      "INSERT INTO lease VALUES (?, ?, 1) ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, epoch = epoch + 1 RETURNING epoch",
    ),
    row: database.prepare<[Kind, string], { rev: number; body: string }>(
      "SELECT rev, body FROM entity WHERE kind = ? AND key = ?",
    ),
    rowsOfKind: prepareRows(database),
    pageOfKind: preparePages(database),
    putRow: database.prepare<[Kind, string, number, string]>("INSERT OR REPLACE INTO entity VALUES (?, ?, ?, ?)"),
    refreshRow: database.prepare<[string, Kind, string]>("UPDATE entity SET body = ? WHERE kind = ? AND key = ?"),
    deleteRow: database.prepare<[Kind, string]>("DELETE FROM entity WHERE kind = ? AND key = ?"),
    appendLog: database.prepare(`INSERT INTO log (${LINE}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`),
    logAfter: database.prepare<[number], LogRow>(
      `SELECT ${LINE} FROM log WHERE rev > ? ORDER BY rev LIMIT ${TAIL_BATCH_CHANGES}`,
    ),
    request: database.prepare<[string], KeptRequest>("SELECT digest, at, rev, answer FROM request WHERE key = ?"),
    markRequest: database.prepare<[string, string, number, number]>(
      "INSERT INTO request (key, digest, at, rev) VALUES (?, ?, ?, ?) ON CONFLICT (key) DO NOTHING",
    ),
    answerRequest: database.prepare<[string, string, number, number, string | null]>(
      `INSERT INTO request (key, digest, at, rev, answer) VALUES (?, ?, ?, ?, ?)
       ON CONFLICT (key) DO UPDATE SET digest = excluded.digest, at = excluded.at, answer = excluded.answer`,
    ),
    forgetRequest: database.prepare<[string]>("DELETE FROM request WHERE key = ?"),
    forgetRequests: database.prepare<[number, number]>(
      "DELETE FROM request WHERE at <= ? OR key IN (SELECT key FROM request ORDER BY at DESC, rowid DESC LIMIT -1 OFFSET ?)",
    ),
    lastLogRev: database.prepare<[Kind, number], { rev: number | null }>(
      "SELECT max(rev) AS rev FROM log WHERE kind = ? AND rev <= ?",
    ),
    deleteLog: database.prepare<[Kind, number]>("DELETE FROM log WHERE kind = ? AND rev <= ?"),
  };
}

export type Statements = ReturnType<typeof prepareStatements>;

/** Rows of a kind behind a key. */
function prepareRows(database: Database) {
  return database
    .prepare<[Kind, string]>(
      `SELECT key, rev, body FROM entity WHERE kind = ? AND key > ? ORDER BY key LIMIT ${PAGE_ROWS}`,
    )
    .raw(true);
}

/** Hands every row of these kinds to `take`. */
export function loadRows(
  rowsOfKind: ReturnType<typeof prepareRows>,
  kinds: readonly Kind[],
  take: (row: Row) => void,
): void {
  for (const kind of kinds)
    for (let last: string | undefined = ""; last !== undefined;) {
      const rows = rowsOfKind.all(kind, last) as [string, number, string][];
      for (const [key, rev, text] of rows) take(new StoredRow(kind, key, rev, text));
      last = rows.at(-1)?.[0];
    }
}

/** The same as lines of a page in UTF-8. JSON in canonical form has no line feed. */
export function preparePages(database: Database) {
  return database.prepare<[Kind, string], { last: string | null; lines: Uint8Array | null }>(
    `SELECT max(key) AS last, CAST(group_concat(concat('[', json_quote(key), ',', rev, ',', body, ']', char(10)), '') AS BLOB) AS lines
     FROM (SELECT key, rev, body FROM entity WHERE kind = ? AND key > ? ORDER BY key LIMIT ${FOLDED_ROWS})`,
  );
}

/** Folds every row of these kinds. A step of a statement for each would take four times as long. */
export function foldRows(
  pageOfKind: ReturnType<typeof preparePages>,
  kinds: readonly Kind[],
  fold: Pick<Fold<unknown>, "take" | "takeLine">,
): void {
  for (const kind of kinds)
    for (let page = pageOfKind.get(kind, ""); page?.last != null; page = pageOfKind.get(kind, page.last))
      foldPage(kind, page.lines ?? new Uint8Array(), fold);
}

function foldPage(kind: Kind, lines: Uint8Array, fold: Pick<Fold<unknown>, "take" | "takeLine">): void {
  for (let start = 0, end = 0; start < lines.length; start = end) {
    end = lines.indexOf(LINE_FEED, start) + 1;
    if (fold.takeLine?.(lines, start) === true) continue;
    const [key, rev, body] = JSON.parse(utf8.decode(lines.subarray(start, end))) as [string, number, Body];
    fold.take({ kind, key, rev, body });
  }
}

/** The lines of the log that a query asks for. */
export function selectHistory(database: Database, query: HistoryQuery): LogRow[] {
  const { before, kinds, actor, key, since, until, limit } = query;
  const conditions: string[] = [];
  const values: unknown[] = [];
  const add = (condition: string, ...more: readonly unknown[]) => {
    conditions.push(condition);
    values.push(...more);
  };
  if (before !== undefined) add("rev < ?", before);
  if (kinds !== undefined) add(`kind IN (${kinds.map(() => "?").join(", ")})`, ...kinds);
  if (actor !== undefined) add("actor = ?", actor);
  if (key !== undefined) add("key = ?", key);
  if (since !== undefined) add("at >= ?", since);
  if (until !== undefined) add("at < ?", until);
  const where = conditions.length > 0 ? `WHERE ${conditions.join(" AND ")}` : "";
  const sql = `SELECT ${LINE} FROM log ${where} ORDER BY rev DESC LIMIT ?`;
  return database.prepare<unknown[], LogRow>(sql).all(...values, limit);
}
