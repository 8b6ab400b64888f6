// SPDX-License-Identifier: MIT
import { parentPort, workerData } from "node:worker_threads";
import Database from "better-sqlite3";
import { createFold } from "./fold.ts";
import type { FoldAnswer, FoldTask } from "./fold-thread.ts";
import { foldRows, preparePages } from "./sql.ts";

const { path, kinds, fold: foldClass } = workerData as FoldTask;

try {
  const fold = await createFold(foldClass);
  const database = new Database(path, { readonly: true, timeout: 0 });
  const pages = preparePages(database);
  database.transaction(() => foldRows(pages, kinds, fold))();
  database.close();
  const { result, transfer } = fold.end();
  parentPort?.postMessage({ result } satisfies FoldAnswer<unknown>, transfer);
} catch (error) {
  if (!(error instanceof Database.SqliteError)) throw error;
  parentPort?.postMessage({ error: error.message } satisfies FoldAnswer<unknown>, []);
}
