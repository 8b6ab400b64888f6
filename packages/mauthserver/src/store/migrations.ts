// SPDX-License-Identifier: MIT
import type { Database } from "better-sqlite3";
import { StartError } from "../errors.ts";
import { canonicalJson, CHAIN_START, hashLine, isChained } from "./line.ts";
import type { Line } from "./line.ts";
import type { Kind } from "./store.ts";

type Step = string | ((database: Database) => void);

/** The steps from an empty file to today's tables; step N leads to `user_version` N + 1. Steps never change once released. */
const MIGRATIONS: readonly Step[] = [
  `
  CREATE TABLE meta (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    rev INTEGER NOT NULL,
    compacted_rev INTEGER NOT NULL,
    store_id TEXT NOT NULL
  ) STRICT;
  INSERT INTO meta VALUES (1, 0, 0, lower(hex(randomblob(16))));
  CREATE TABLE lease (name TEXT PRIMARY KEY, holder TEXT NOT NULL, epoch INTEGER NOT NULL) STRICT;
  CREATE TABLE entity (
    kind TEXT NOT NULL,
    key TEXT NOT NULL,
    rev INTEGER NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (kind, key)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE log (
    rev INTEGER PRIMARY KEY,
    kind TEXT NOT NULL,
    key TEXT NOT NULL,
    op TEXT NOT NULL CHECK (op IN ('put', 'delete')),
    body TEXT,
    actor TEXT NOT NULL,
    at INTEGER NOT NULL
  ) STRICT;
  `,
  chainLog,
  `
  CREATE TABLE request (
    key TEXT PRIMARY KEY,
    digest TEXT NOT NULL,
    at INTEGER NOT NULL,
    rev INTEGER NOT NULL,
    answer TEXT
  ) STRICT;
  CREATE INDEX request_at ON request (at);
  `,
];

/** Brings the tables to the newest version; refuses a database that a newer version wrote. */
export function migrate(database: Database, path: string): void {
  const version = database.pragma("user_version", { simple: true }) as number;
  if (version > MIGRATIONS.length)
    throw new StartError(
      `cannot use the database ${path}: it has schema ${version}, and this mauthserver knows schemas up to ${MIGRATIONS.length}`,
    );
  for (const [index, step] of MIGRATIONS.entries()) {
    if (index < version) continue;
    database.transaction(() => {
      if (typeof step === "string") database.exec(step);
      else step(database);
      database.pragma(`user_version = ${index + 1}`);
    })();
  }
}

interface OldLine {
  readonly rev: number;
  readonly kind: Kind;
  readonly key: string;
  readonly body: string | null;
  readonly actor: string;
  readonly at: number;
}

/** Gives every line what was before it, and its hash. */
function chainLog(database: Database): void {
  database.function("canonical_json", (text) => canonicalJson(JSON.parse(String(text))));
  database.exec(`
    ALTER TABLE log RENAME TO old_log;
    CREATE TABLE log (
      rev INTEGER PRIMARY KEY,
      kind TEXT NOT NULL,
      key TEXT NOT NULL,
      actor TEXT NOT NULL,
      from_ TEXT,
      at INTEGER NOT NULL,
      reason TEXT,
      undoes INTEGER,
      before TEXT,
      after TEXT,
      hash BLOB NOT NULL
    ) STRICT;
    CREATE INDEX log_key ON log (key);
    ALTER TABLE meta ADD COLUMN head BLOB NOT NULL DEFAULT x'${CHAIN_START}';
    UPDATE entity SET body = canonical_json(body);
  `);
  const head = rewriteLog(database);
  database.prepare("UPDATE meta SET head = ?").run(Buffer.from(head, "hex"));
  database.exec("DROP TABLE old_log");
}

function rewriteLog(database: Database): string {
  const read = database.prepare<[number], OldLine>("SELECT * FROM old_log WHERE rev > ? ORDER BY rev LIMIT 1000");
  const append = database.prepare("INSERT INTO log VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
  const latest = new Map<string, string>();
  let head = CHAIN_START;
  for (let lines = read.all(0); lines.length > 0; lines = read.all(lines.at(-1)?.rev ?? 0))
    for (const { rev, kind, key, body, actor, at } of lines) {
      const after = body === null ? null : canonicalJson(JSON.parse(body));
      const before = latest.get(`${kind} ${key}`) ?? null;
      if (after === null) latest.delete(`${kind} ${key}`);
      else latest.set(`${kind} ${key}`, after);
      const line: Line = { rev, kind, key, actor, from: null, at, reason: null, undoes: null, before, after };
      const hash = hashLine(head, line);
      if (isChained(kind)) head = hash;
      append.run(rev, kind, key, actor, null, at, null, null, before, after, Buffer.from(hash, "hex"));
    }
  return head;
}
