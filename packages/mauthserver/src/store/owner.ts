// SPDX-License-Identifier: MIT
import { accessSync, constants, lchownSync, lstatSync, readFileSync, statSync } from "node:fs";
import path from "node:path";

/** What a database consists of, behind its path. */
const SUFFIXES = ["", "-wal", "-shm", ".lock", ".reserve"] as const;

/**
 * Gives what root has made of a database to the owner of its folder, as whom the service runs: a trial or a command as root
 * leaves nothing behind that the service cannot open. Neither a link nor a file of somebody else is touched; SQLite's locks are lost
 * when a file is opened and closed beside it, so that none is opened here.
 */
export function giveToOwnerOfFolder(database: string): void {
  if (process.getuid?.() !== 0) return;
  const { uid, gid } = statSync(path.dirname(database));
  if (uid === 0) return;
  for (const file of filesOf(database)) {
    const found = lstatSync(file, { throwIfNoEntry: false });
    if (found?.isFile() === true && found.nlink === 1 && found.uid === 0) lchownSync(file, uid, gid);
  }
}

/** Why this user cannot use a database, with the file, its owner and the command that mends it; undefined when it is not for that. */
export function troubleOfOwner(database: string): string | undefined {
  const me = nameOf(process.getuid?.() ?? 0);
  const folder = path.dirname(database);
  for (const file of [...filesOf(database).filter((one) => !one.endsWith(".reserve")), folder]) {
    const owner = ownerOf(file);
    if (owner === undefined || isUsable(file)) continue;
    const what = file === folder ? folder : `${database}*`;
    return `${file} belongs to ${nameOf(owner)} and mauthserver runs as ${me}: chown ${me} ${what}`;
  }
  return undefined;
}

function filesOf(database: string): string[] {
  return SUFFIXES.map((suffix) => database + suffix);
}

/** Undefined where there is no such file, or where it is out of sight. */
function ownerOf(file: string): number | undefined {
  try {
    return statSync(file, { throwIfNoEntry: false })?.uid;
  } catch {
    // Its folder may not be looked into: that comes next.
    return undefined;
  }
}

function isUsable(file: string): boolean {
  try {
    accessSync(file, constants.R_OK | constants.W_OK);
    return true;
  } catch (error) {
    // A disk that is read-only is another trouble.
    return (error as NodeJS.ErrnoException).code !== "EACCES";
  }
}

/** The name of a user, or the number where it has none. */
function nameOf(uid: number): string {
  const line = readFileSync("/etc/passwd", "utf8")
    .split("\n")
    .find((one) => one.split(":")[2] === String(uid));
  return line?.split(":")[0] ?? String(uid);
}
