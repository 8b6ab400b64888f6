// SPDX-License-Identifier: MIT
import { Worker } from "node:worker_threads";
import { StoreUnavailableError } from "../errors.ts";
import type { FoldClass } from "./fold.ts";
import type { Kind } from "./store.ts";

/** What a thread that folds is told. */
export interface FoldTask {
  readonly path: string;
  readonly kinds: readonly Kind[];
  readonly fold: FoldClass;
}

/** What it answers. */
export type FoldAnswer<Result> = { readonly result: Result } | { readonly error: string };

/** Folds rows of a database file in a thread of its own, which reads them through a connection of its own. */
export async function foldInThread<Result>(task: FoldTask): Promise<Result> {
  const thread = new Worker(new URL("./fold-worker.ts", import.meta.url), { workerData: task });
  const answer = await new Promise<FoldAnswer<Result>>((resolve, reject) => {
    thread.once("message", resolve);
    thread.once("error", reject);
    thread.once("exit", (code) => resolve({ error: `the thread that reads it ended with exit code ${code}` }));
  });
  if ("error" in answer) throw new StoreUnavailableError(`cannot read: ${answer.error}`);
  return answer.result;
}
