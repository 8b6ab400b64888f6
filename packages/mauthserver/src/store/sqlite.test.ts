// SPDX-License-Identifier: MIT
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import Database from "better-sqlite3";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { StartError, StoreUnavailableError } from "../errors.ts";
import { describeStoreContract } from "./contract.ts";
import { foldInThread } from "./fold-thread.ts";
import { SqliteStore } from "./sqlite.ts";
import type { Body, Op, Row } from "./store.ts";

describeStoreContract("SqliteStore", async () => SqliteStore.open(":memory:"));

const by = { actor: "test", at: 1 };
const put = (key: string, body: Body): Op => ({ op: "put", kind: "grant", key, body });
const COLLECT = { module: new URL("testing/collect.ts", import.meta.url).href, name: "Collect" };

describe("a SQLite file", () => {
  let folder: string;
  let file: string;
  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), "mauth-store-"));
    file = path.join(folder, "mauth.db");
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  it("holds rows, log, revision and epochs over a restart", async () => {
    const first = SqliteStore.open(file);
    await first.commit([{ op: "put", kind: "grant", key: "a", body: { n: 1 } }], by);
    await first.lease("leader", "one");
    await first.close();
    const second = SqliteStore.open(file);
    expect(await second.snapshot(["grant"])).toMatchObject({ rev: 1, rows: [{ key: "a", body: { n: 1 } }] });
    expect((await second.lease("leader", "two")).epoch).toBe(2);
    await second.close();
  });

  it("names the same log over a restart, until it is told to be another", async () => {
    const first = SqliteStore.open(file);
    const id = await first.logId();
    await first.close();
    const second = SqliteStore.open(file);
    expect(await second.logId()).toBe(id);
    await second.renewLogId();
    const renewed = await second.logId();
    expect(renewed).toMatch(/^[0-9a-f]{32}$/);
    expect(renewed).not.toBe(id);
    await second.close();
    const third = SqliteStore.open(file);
    expect(await third.logId()).toBe(renewed);
    expect(await third.verify()).toMatchObject({ lines: 0 });
    await third.close();
  });

  it("is read by a thread of its own as by the one that has it open", async () => {
    const store = SqliteStore.open(file);
    for (let n = 0; n < 3000; n += 1000) {
      const ops = Array.from({ length: 1000 }, (_, index) => put(`k${n + index}`, { n: n + index }));
      await store.commit(ops, by);
    }
    const kinds = ["grant"] as const;
    const rows = await foldInThread<Row[]>({ path: file, kinds, fold: COLLECT });
    expect(rows).toHaveLength(3000);
    expect(rows).toEqual(await store.fold<Row[]>(kinds, COLLECT));
    await store.close();
  });

  it("that cannot be read in a thread of its own is an error of the store", async () => {
    await writeFile(file, "no database");
    const reading = foldInThread<Row[]>({ path: file, kinds: ["grant"], fold: COLLECT });
    await expect(reading).rejects.toThrow(new StoreUnavailableError("cannot read: file is not a database"));
  });

  it("is used by one server at a time", async () => {
    const store = SqliteStore.open(file);
    expect(() => SqliteStore.open(file)).toThrow(
      new StartError(`cannot use the database ${file}: another mauthserver is using it`),
    );
    await store.close();
    await SqliteStore.open(file).close();
  });

  it("keeps what was committed when the process is killed right after", { timeout: 20_000 }, async () => {
    const script = `
      import { SqliteStore } from ${JSON.stringify(path.join(import.meta.dirname, "sqlite.ts"))};
      const store = SqliteStore.open(${JSON.stringify(file)});
      for (let n = 1; ; n++) {
        await store.commit([{ op: "put", kind: "grant", key: "k" + n, body: {} }], { actor: "a", at: 1 });
        process.stdout.write(n + "\\n");
      }`;
    const child = spawn(process.execPath, ["--input-type=module", "-e", script], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    let output = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      output += text;
      if (output.split("\n").length > 200) child.kill("SIGKILL");
    });
    await once(child, "close");
    const acknowledged = Number(output.slice(0, output.lastIndexOf("\n")).split("\n").at(-1));
    const store = SqliteStore.open(file);
    const { rev, rows } = await store.snapshot(["grant"]);
    expect(acknowledged).toBeGreaterThanOrEqual(200);
    expect(rev).toBeGreaterThanOrEqual(acknowledged);
    expect(rows).toHaveLength(rev);
    await store.close();
  });

  it("that a newer version wrote is refused", () => {
    const newer = new Database(file);
    newer.pragma("user_version = 99");
    newer.close();
    expect(() => SqliteStore.open(file)).toThrow(/it has schema 99, and this mauthserver knows schemas up to 3$/);
  });

  it("that is something else is refused with a sentence", async () => {
    await writeFile(file, "this is no database, and long enough to have a header of sixteen bytes");
    expect(() => SqliteStore.open(file)).toThrow(`cannot use the database ${file}: it is not a SQLite database`);
  });

  it("in a folder that does not exist is refused with a sentence", () => {
    const missing = path.join(folder, "none", "mauth.db");
    expect(() => SqliteStore.open(missing)).toThrow(StartError);
  });

  it("on a read-only file system is refused with a sentence", () => {
    expect(() => SqliteStore.open("/sys/mauth.db")).toThrow(
      "cannot use the database /sys/mauth.db: it cannot be opened or created there",
    );
  });
});
