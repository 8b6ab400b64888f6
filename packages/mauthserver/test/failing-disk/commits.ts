// SPDX-License-Identifier: MIT
// Commits one grant for each line of standard input that says "put KEY", and a revoke for "delete KEY"; says how each ended.
import { createInterface } from "node:readline";
import { SqliteStore } from "../../src/store/sqlite.ts";

const store = SqliteStore.open(process.argv[2] ?? "");
for await (const line of createInterface({ input: process.stdin })) {
  const [verb, key = ""] = line.split(" ");
  const op = verb === "put" ? ({ op: "put", kind: "grant", key, body: {} } as const) : undefined;
  const ops = [op ?? ({ op: "delete", kind: "grant", key } as const)];
  try {
    const rev = await store.commit(ops, { actor: "test", at: 1, isEssential: verb === "delete" });
    console.log(`revision ${rev}`);
  } catch (error) {
    console.log(error instanceof Error ? `${error.name}: ${error.message}` : String(error));
  }
}
await store.close();
