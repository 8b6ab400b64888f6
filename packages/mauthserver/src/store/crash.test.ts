// SPDX-License-Identifier: MIT
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import Database from "better-sqlite3";
import { expect, it } from "vitest";
import { SqliteStore } from "./sqlite.ts";

/** Kills with -9 in a loop of commits; 300 in a soak. */
const KILLS = Number(process.env["MAUTH_CRASHES"] ?? 20);
/** A process is killed after so many acknowledgements at the latest. */
const ACKS_MAX = 150;
const MS_A_KILL = 10_000;

/** Commits groups of puts and deletes for ever, and says of each, once it is acknowledged, what it has put. */
const LOOP = (file: string, from: number) => `
  import { writeSync } from "node:fs";
  import { SqliteStore } from ${JSON.stringify(path.join(import.meta.dirname, "sqlite.ts"))};
  const store = SqliteStore.open(${JSON.stringify(file)});
  let n = ${from};
  async function one() {
    for (;;) {
      const key = "k" + n++;
      const ops = [
        { op: "put", kind: "grant", key, body: { text: "x".repeat(200) } },
        { op: "put", kind: "grant", key: key + "-gone", body: {} },
        { op: "delete", kind: "grant", key: key + "-gone" },
      ];
      await store.commit(ops, { actor: "loop", at: n });
      writeSync(1, key + "\\n");
    }
  }
  for (let count = 0; count < 8; count++) void one();`;

it(
  `loses nothing that was acknowledged over ${KILLS} kills in a loop of commits`,
  { timeout: KILLS * MS_A_KILL },
  async () => {
    const folder = await mkdtemp(path.join(tmpdir(), "mauth-crash-"));
    const file = path.join(folder, "mauth.db");
    const acknowledged = new Set<string>();
    try {
      for (let kill = 0; kill < KILLS; kill++) {
        for (const key of await runUntilKilled(LOOP(file, kill * 100_000), Math.floor((kill * ACKS_MAX) / KILLS)))
          acknowledged.add(key);
        const store = SqliteStore.open(file);
        const { rows, rev } = await store.snapshot(["grant"]);
        const kept = new Set(rows.map((row) => row.key));
        expect([...acknowledged].filter((key) => !kept.has(key))).toEqual([]);
        // A commit is there as a whole or not at all.
        expect(rows.filter((row) => row.key.endsWith("-gone"))).toEqual([]);
        expect(rev).toBe(3 * kept.size);
        expect(await store.verify()).toMatchObject({ lines: rev });
        await store.close();
      }
      const database = new Database(file, { readonly: true });
      expect(database.pragma("integrity_check")).toEqual([{ integrity_check: "ok" }]);
      database.close();
      expect(acknowledged.size).toBeGreaterThan(KILLS);
      console.log(`store: ${KILLS} kills, ${acknowledged.size} acknowledged commits, none lost`);
    } finally {
      await rm(folder, { recursive: true });
    }
  },
);

/** Runs a loop and kills it after so many acknowledgements; returns every one that it made. */
async function runUntilKilled(script: string, acks: number): Promise<string[]> {
  const child = spawn(process.execPath, ["--input-type=module", "-e", script], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  let output = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    output += text;
    if (output.split("\n").length > acks) child.kill("SIGKILL");
  });
  await once(child, "close");
  return output
    .slice(0, output.lastIndexOf("\n") + 1)
    .split("\n")
    .filter(Boolean);
}
