// SPDX-License-Identifier: MIT
import { rm } from "node:fs/promises";
import Database from "better-sqlite3";

/** Rows of one commit: about as many as a server has in one when many decide. */
const GROUP_ROWS = 150;

/** A row that is put or deleted, and that the log names. */
export interface Written {
  readonly key: string;
  readonly body: string;
  readonly isGone: boolean;
}

/** Rows a second that SQLite alone commits durably in groups, with a line of a log for each. */
export async function commitsPerSecond(path: string, rows: Iterator<Written>, forMs: number): Promise<number> {
  const database = open(path);
  const put = database.prepare("INSERT OR REPLACE INTO entity VALUES (?, ?)");
  const erase = database.prepare("DELETE FROM entity WHERE key = ?");
  const append = database.prepare("INSERT INTO log (key, body) VALUES (?, ?)");
  const commit = database.transaction(() => {
    for (let count = 0; count < GROUP_ROWS; count++) {
      const { key, body, isGone } = rows.next().value as Written;
      if (isGone) erase.run(key);
      else put.run(key, body);
      append.run(key, body);
    }
  });
  let committed = 0;
  const beganMs = performance.now();
  for (; performance.now() < beganMs + forMs; committed += GROUP_ROWS) commit();
  const seconds = (performance.now() - beganMs) / 1000;
  database.close();
  await rm(path);
  return committed / seconds;
}

function open(path: string): Database.Database {
  const database = new Database(path);
  database.pragma("journal_mode = WAL");
  database.pragma("synchronous = FULL");
  database.exec("CREATE TABLE entity (key TEXT PRIMARY KEY, body TEXT) WITHOUT ROWID");
  database.exec("CREATE TABLE log (rev INTEGER PRIMARY KEY, key TEXT, body TEXT); CREATE INDEX log_key ON log (key)");
  return database;
}
