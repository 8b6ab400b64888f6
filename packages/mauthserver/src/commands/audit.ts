// SPDX-License-Identifier: MIT
import { existsSync } from "node:fs";
import { readConfig } from "../config.ts";
import { StartError, UsageError } from "../errors.ts";
import { controlPath } from "../http/control.ts";
import { SqliteStore } from "../store/sqlite.ts";
import type { Verification } from "../store/store.ts";
import { CONFIG_FILE } from "./account.ts";
import { ControlClient } from "./control-client.ts";

/** `mauthserver audit verify`: computes every hash of the log anew; StartError when one is not as it was written. */
export async function verifyAudit(file: string | undefined, print: (line: string) => void): Promise<void> {
  const config = readConfig(file ?? CONFIG_FILE);
  if (config.store.type === "memory") throw new UsageError('the store "memory:" has no log to verify');
  if (!existsSync(config.store.path)) throw new StartError(`there is no database ${config.store.path}`);
  const socket = controlPath(config);
  const client = socket === undefined ? undefined : new ControlClient(socket);
  const found =
    client && (await client.isServed())
      ? ((await client.ask("GET", "/audit/verification")) as Verification)
      : await verifyDatabase(config.store.path);
  if (found.brokenAt !== undefined)
    throw new StartError(
      `the audit log is not as it was written: revision ${found.brokenAt} was changed or is missing`,
    );
  print(`the audit log is as it was written: ${found.lines} lines, head ${found.head}`);
}

async function verifyDatabase(path: string): Promise<Verification> {
  const store = SqliteStore.open(path);
  try {
    return await store.verify();
  } finally {
    await store.close();
  }
}
