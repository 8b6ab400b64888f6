// SPDX-License-Identifier: MIT
import { execFileSync, spawn } from "node:child_process";
import type { ChildProcessByStdio } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { createInterface } from "node:readline";
import type { Readable, Writable } from "node:stream";
import Database from "better-sqlite3";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { SqliteStore } from "./sqlite.ts";

const SOURCES = path.join(import.meta.dirname, "../../test/failing-disk");
const BROKEN = "Error: cannot commit: the disk reports an input/output error";

describe("a store on a disk that reports errors", { timeout: 60_000 }, () => {
  let folder: string;
  let child: ChildProcessByStdio<Writable, Readable, null>;
  let answers: AsyncIterator<string>;
  const file = () => path.join(folder, "mauth.db");
  const flag = (name: string) => path.join(folder, `${name}.flag`);
  const say = async (line: string): Promise<string> => {
    child.stdin.write(`${line}\n`);
    return String((await answers.next()).value);
  };
  const whileBroken = async (name: string, action: () => Promise<void>): Promise<void> => {
    await writeFile(flag(name), "");
    await action();
    await rm(flag(name));
  };

  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), "mauth-failing-disk-"));
    const library = path.join(folder, "failing_disk.so");
    execFileSync("cc", ["-shared", "-fPIC", "-o", library, path.join(SOURCES, "failing_disk.c"), "-ldl"]);
    const failing = { FAIL_WRITE: flag("write"), FAIL_SYNC: flag("sync"), FAIL_NAME: "mauth.db" };
    child = spawn(process.execPath, [path.join(SOURCES, "commits.ts"), file()], {
      stdio: ["pipe", "pipe", "inherit"],
      env: { ...process.env, ...failing, LD_PRELOAD: library },
    });
    answers = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    expect(await say("put before")).toBe("revision 1");
  });
  afterEach(async () => {
    child.kill("SIGKILL");
    await rm(folder, { recursive: true });
  });

  it.each(["write", "sync"])(
    "refuses what cannot be kept when a %s fails, and goes on when the disk does",
    async (name) => {
      await whileBroken(name, async () => {
        expect(await say("put lost")).toBe(BROKEN);
        expect(await say("delete before")).toBe(BROKEN);
      });
      expect(await say("put after")).toBe("revision 2");
      child.stdin.end();
      await once(child, "exit");
      await expectKept(["after", "before"]);
    },
  );

  it.each(["write", "sync"])(
    "has lost nothing that was acknowledged when it is killed after a failed %s",
    async (name) => {
      for (let n = 2; n < 30; n++) expect(await say(`put k${n}`)).toBe(`revision ${n}`);
      await whileBroken(name, async () => expect(await say("put lost")).toBe(BROKEN));
      child.kill("SIGKILL");
      await once(child, "exit");
      await expectKept(["before", ...Array.from({ length: 28 }, (_, index) => `k${index + 2}`)]);
    },
  );

  async function expectKept(keys: readonly string[]): Promise<void> {
    const store = SqliteStore.open(file());
    const { rows } = await store.snapshot(["grant"]);
    expect(rows.map(({ key }) => key).sort()).toEqual(keys.toSorted());
    expect(await store.verify()).not.toHaveProperty("brokenAt");
    await store.close();
    const database = new Database(file(), { readonly: true });
    expect(database.pragma("integrity_check")).toEqual([{ integrity_check: "ok" }]);
    database.close();
  }
});
