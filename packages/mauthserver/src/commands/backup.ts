// SPDX-License-Identifier: MIT
import { randomBytes } from "node:crypto";
import { copyFileSync, existsSync, rmSync } from "node:fs";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { systemClock } from "../clock.ts";
import { readConfig } from "../config.ts";
import { StartError, UsageError } from "../errors.ts";
import { controlPath } from "../http/control.ts";
import { replacedPath, restoredPath, swapDatabases } from "../store/restored.ts";
import { SqliteStore } from "../store/sqlite.ts";
import { chooseTermBase, LEADER, TERM_BASE_KEY, termOf } from "../term.ts";
import { CONFIG_FILE } from "./account.ts";
import { ControlClient } from "./control-client.ts";

/** How long a server may take to come back after a restore. */
const RESTART_MS = 60_000;
const ASK_AGAIN_MS = 200;

/** The database of a configuration, and the server that has it open. */
interface Place {
  readonly database: string;
  readonly server: ControlClient | undefined;
}

/** `mauthserver backup FILE`: a copy of everything, while the server goes on. */
export async function backup(file: string, config: string | undefined, print: (line: string) => void): Promise<void> {
  const { database, server } = await placeOf(config);
  if (existsSync(file)) throw new StartError(`cannot write the backup ${file}: it is there already`);
  if (server === undefined) {
    const store = SqliteStore.open(database);
    try {
      await store.backup(file);
    } finally {
      await store.close();
    }
  } else {
    // The server may write where its database is, and perhaps nowhere else.
    const copy = `${database}.backup-${randomBytes(4).toString("hex")}`;
    try {
      await server.ask("POST", "/control/backup", { path: copy });
      copyFileSync(copy, file);
    } finally {
      rmSync(copy, { force: true });
    }
  }
  print(`${file} is a copy of ${database}`);
}

/** `mauthserver restore FILE`: everything as it was in the backup; a running server starts again with it. */
export async function restore(file: string, config: string | undefined, print: (line: string) => void): Promise<void> {
  const { database, server } = await placeOf(config);
  if (!existsSync(file)) throw new StartError(`cannot restore ${file}: there is no such file`);
  const term = server ? await termOfServer(server) : await termOfDatabase(database);
  await prepare(file, database, term);
  if (server === undefined) swapDatabases(database);
  else {
    await server.ask("POST", "/control/restore");
    await returnOf(server, database);
  }
  print(`${database} is as it was in ${file}; what it was before is in ${replacedPath(database)}`);
}

async function placeOf(file = CONFIG_FILE): Promise<Place> {
  const config = readConfig(file);
  if (config.store.type === "memory") throw new UsageError('the store "memory:" cannot be backed up or restored');
  const socket = controlPath(config);
  const client = socket === undefined ? undefined : new ControlClient(socket);
  const server = client && (await client.isServed()) ? client : undefined;
  return { database: path.resolve(config.store.path), server };
}

/** Lays a checked copy beside the database; mrouters obey a greater term only, whatever the backup's was. */
async function prepare(file: string, database: string, term: number): Promise<void> {
  const copy = restoredPath(database);
  for (const suffix of ["", "-wal", "-shm"]) rmSync(copy + suffix, { force: true });
  copyFileSync(file, copy);
  try {
    const store = SqliteStore.open(copy);
    try {
      const { brokenAt } = await store.verify();
      if (brokenAt !== undefined)
        throw new StartError(`cannot restore ${file}: its log is broken at revision ${brokenAt}`);
      await store.renewLogId();
      const at = systemClock.wallMs();
      const seconds = Math.max(term, Math.floor(at / 1000));
      await store.commit(
        [
          { op: "put", kind: "setting", key: TERM_BASE_KEY, body: { seconds } },
          { op: "put", kind: "setting", key: "restored", body: { from: path.basename(file), at } },
        ],
        { actor: "command line", from: null, at },
      );
    } finally {
      await store.close();
    }
  } catch (error) {
    rmSync(copy, { force: true });
    throw error;
  }
}

async function termOfServer(server: ControlClient): Promise<number> {
  const { term } = (await server.ask("GET", "/control/term")) as { term: number };
  return term;
}

/** 0 where there is no database that can be read. */
async function termOfDatabase(database: string): Promise<number> {
  if (!existsSync(database)) return 0;
  const store = SqliteStore.open(database);
  try {
    const fence = await store.lease(LEADER, `pid ${process.pid}`);
    await chooseTermBase(store, fence, systemClock);
    return termOf(await store.snapshot(["setting"]), fence);
  } finally {
    await store.close();
  }
}

/** Waits until the server has taken the database and serves again. */
async function returnOf(server: ControlClient, database: string): Promise<void> {
  const endMs = systemClock.monotonicMs() + RESTART_MS;
  while (existsSync(restoredPath(database)) || !(await server.isServed())) {
    if (systemClock.monotonicMs() > endMs) throw new StartError("the server did not come back: look at its log");
    await sleep(ASK_AGAIN_MS);
  }
}
