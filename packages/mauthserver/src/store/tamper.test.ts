// SPDX-License-Identifier: MIT
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import Database from "better-sqlite3";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { StoreUnavailableError } from "../errors.ts";
import { SqliteStore } from "./sqlite.ts";

describe("the log of a database file", () => {
  let folder: string;
  let file: string;
  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), "mauth-tamper-"));
    file = path.join(folder, "mauth.db");
    const store = SqliteStore.open(file);
    for (let n = 1; n <= 8; n++) {
      const kind = n === 5 ? "session" : "grant";
      const op = { op: "put", kind, key: `k${n}`, body: { n } } as const;
      await store.commit([op], { actor: "anna", from: "192.0.2.7", at: n, reason: `why ${n}` });
    }
    await store.close();
  });
  afterEach(() => rm(folder, { recursive: true }));

  it.each([
    ["another actor", "UPDATE log SET actor = 'ben' WHERE rev = 3", 3],
    ["another address", "UPDATE log SET from_ = '192.0.2.8' WHERE rev = 3", 3],
    ["another time", "UPDATE log SET at = 99 WHERE rev = 3", 3],
    ["another reason", "UPDATE log SET reason = 'none' WHERE rev = 3", 3],
    ["no reason", "UPDATE log SET reason = NULL WHERE rev = 3", 3],
    ["another body", `UPDATE log SET after = '{"n":9}' WHERE rev = 3`, 3],
    ["a body as if deleted", "UPDATE log SET after = NULL WHERE rev = 3", 3],
    ["another past", `UPDATE log SET before = '{"n":9}' WHERE rev = 3`, 3],
    ["another key", "UPDATE log SET key = 'k9' WHERE rev = 3", 3],
    ["another kind", "UPDATE log SET kind = 'mrouter' WHERE rev = 3", 3],
    ["an undoing that was none", "UPDATE log SET undoes = 1 WHERE rev = 3", 3],
    ["another hash", "UPDATE log SET hash = zeroblob(32) WHERE rev = 3", 3],
    ["a changed session", `UPDATE log SET after = '{"n":9}' WHERE rev = 5`, 5],
    ["a missing first line", "DELETE FROM log WHERE rev = 1", 1],
    ["a missing line", "DELETE FROM log WHERE rev = 3", 3],
    ["a missing session that was not compacted", "DELETE FROM log WHERE rev = 5", 5],
    ["a missing last line", "DELETE FROM log WHERE rev = 8", 8],
    ["a missing end", "DELETE FROM log WHERE rev > 4", 5],
    [
      "two lines in each other's place",
      "UPDATE log SET rev = CASE rev WHEN 3 THEN 103 ELSE 104 END WHERE rev IN (3, 4); UPDATE log SET rev = 107 - rev WHERE rev > 100",
      3,
    ],
    ["a line hidden behind a compaction", "DELETE FROM log WHERE rev = 3; UPDATE meta SET compacted_rev = 5", 4],
  ])("shows %s", async (_, sql, brokenAt) => {
    const database = new Database(file);
    database.exec(sql);
    database.close();
    const store = SqliteStore.open(file);
    expect(await store.verify()).toMatchObject({ brokenAt });
    await store.close();
  });

  it("is whole when nobody touched it", async () => {
    const store = SqliteStore.open(file);
    expect(await store.verify()).toEqual({ lines: 8, head: expect.stringMatching(/^[0-9a-f]{64}$/) });
    await store.close();
  });

  it("is in a backup that was made while others committed, as of one revision", async () => {
    const store = SqliteStore.open(file);
    const writing = Promise.all(
      Array.from({ length: 200 }, async (_, n) => {
        await new Promise((resolve) => setTimeout(resolve, n % 7));
        return store.commit([{ op: "put", kind: "grant", key: `b${n}`, body: { n } }], { actor: "ben", at: n });
      }),
    );
    const copy = path.join(folder, "copy.db");
    await store.backup(copy);
    await writing;
    await store.close();
    const restored = SqliteStore.open(copy);
    const { rev, rows } = await restored.snapshot(["grant", "session"]);
    expect(rows.length).toBe(rev);
    expect(rev).toBeGreaterThanOrEqual(8);
    expect(await restored.verify()).toMatchObject({ lines: rev });
    expect(await restored.commit([], { actor: "a", at: 1 })).toBe(rev);
    await restored.close();
  });

  it("is never copied over what is there", async () => {
    const store = SqliteStore.open(file);
    const copy = path.join(folder, "copy.db");
    await writeFile(copy, "something else");
    await expect(store.backup(copy)).rejects.toThrow(StoreUnavailableError);
    await store.close();
  });
});
