// SPDX-License-Identifier: MIT
import Database from "better-sqlite3";

/** Milliseconds in which SQLite alone reads and parses every row of a database, and does nothing with it. */
export function scan(file: string): number {
  const database = new Database(file, { readonly: true });
  const beganMs = performance.now();
  for (const body of database.prepare<[], string>("SELECT body FROM entity").pluck().iterate()) JSON.parse(body);
  const endMs = performance.now();
  database.close();
  return endMs - beganMs;
}
