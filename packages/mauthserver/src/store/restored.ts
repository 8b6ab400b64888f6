// SPDX-License-Identifier: MIT
import { existsSync, renameSync, rmSync } from "node:fs";

/** Where a database waits that shall take the place of another. */
export function restoredPath(path: string): string {
  return `${path}.restore`;
}

/** Where the database of before is kept. */
export function replacedPath(path: string): string {
  return `${path}.before-restore`;
}

/** Puts the waiting database in the place of the other, which nobody may have open; false when none waits. */
export function swapDatabases(path: string): boolean {
  const waiting = restoredPath(path);
  if (!existsSync(waiting)) return false;
  for (const suffix of ["", "-wal", "-shm"]) {
    rmSync(replacedPath(path) + suffix, { force: true });
    if (existsSync(path + suffix)) renameSync(path + suffix, replacedPath(path) + suffix);
  }
  renameSync(waiting, path);
  for (const suffix of [".lock", ".reserve"]) rmSync(waiting + suffix, { force: true });
  return true;
}
