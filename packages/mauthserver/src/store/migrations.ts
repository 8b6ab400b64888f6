// SPDX-License-Identifier: MIT
import type { Database } from "better-sqlite3";
import { StartError } from "../errors.ts";

/** The steps from an empty file to today's tables; step N leads to `user_version` N + 1. Steps never change once released. */
const MIGRATIONS = [
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
] as const;

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
      database.exec(step);
      database.pragma(`user_version = ${index + 1}`);
    })();
  }
}
