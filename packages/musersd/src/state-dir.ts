// SPDX-License-Identifier: MIT
import { closeSync, constants, fchmodSync, fchownSync, fstatSync, mkdirSync, openSync, statSync } from "node:fs";
import { join } from "node:path";
import { errnoOf, messageOf, StartError } from "./errors.ts";
import { nameOfUser } from "./user.ts";
import type { User } from "./user.ts";

/** What the serving part keeps in its state directory; the loader has to read the modes after it. */
const FILES = { term: 0o600, slots: 0o600, modes: 0o644 } as const;

/** @throws StartError when the directory cannot be made. */
export function makeStateDir(stateDir: string): void {
  try {
    mkdirSync(stateDir, { recursive: true, mode: 0o700 });
  } catch (error) {
    throw new StartError(`cannot make the state directory ${stateDir}: ${messageOf(error)}`, { cause: error });
  }
}

/**
 * Gives what root left in the state directory to the user of the serving part, which may be started apart the next time. That user
 * may write there, and no link that it has laid is followed: only a plain file of root with one name is given away.
 */
export function giveStateFilesTo(user: User, stateDir: string): void {
  for (const [name, mode] of Object.entries(FILES)) {
    const fd = openPlainly(join(stateDir, name));
    if (fd === undefined) continue;
    try {
      const found = fstatSync(fd);
      if (!found.isFile() || found.uid !== 0 || found.nlink !== 1) continue;
      fchmodSync(fd, mode);
      fchownSync(fd, user.uid, user.gid);
    } finally {
      closeSync(fd);
    }
  }
}

/** Why a file in the state directory cannot be used, with its owner and the command that mends it. */
export function troubleWithState(stateDir: string, error: unknown): string {
  const path = error instanceof Error && "path" in error ? String(error.path) : "";
  const owner = errnoOf(error) === "EACCES" ? ownerOf(path) : undefined;
  if (owner === undefined) return `cannot use the files in ${stateDir}: ${messageOf(error)}`;
  const me = nameOfUser(process.getuid?.() ?? 0);
  return `cannot use ${path}: it belongs to ${nameOfUser(owner)} and musersd runs as ${me}: chown ${me} ${path}`;
}

function ownerOf(path: string): number | undefined {
  try {
    return statSync(path).uid;
  } catch {
    // Out of sight: the error itself says more.
    return undefined;
  }
}

function openPlainly(path: string): number | undefined {
  try {
    return openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch {
    // Not there, a link, or not root's: nothing of it is to be given away.
    return undefined;
  }
}
