// SPDX-License-Identifier: MIT
import { execFileSync } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { StartError, StoreUnavailableError } from "../errors.ts";
import { SqliteStore } from "./sqlite.ts";

const GRANT_BYTES = 2000;
const by = { actor: "test", at: 1 };
const put = (n: number) =>
  ({ op: "put", kind: "grant", key: `k${n}`, body: { text: String(n).repeat(GRANT_BYTES / 4) } }) as const;

describe("a store on a disk of 8 MiB", () => {
  let folder: string;
  let store: SqliteStore;
  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), "mauth-disk-"));
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=8m", "tmpfs", folder]);
    store = SqliteStore.open(path.join(folder, "mauth.db"));
  });
  afterEach(async () => {
    await store.close();
    execFileSync("umount", [folder]);
    await rm(folder, { recursive: true });
  });

  /** Permits until the disk is full; returns how many were acknowledged. */
  async function fill(): Promise<number> {
    for (let n = 0; n < 100_000; n++)
      try {
        await store.commit([put(n)], by);
      } catch (error) {
        expect(error).toEqual(new StoreUnavailableError("cannot commit: the disk is full"));
        return n;
      }
    throw new Error("the disk is never full");
  }
  const remount = (mode: "ro" | "rw") => execFileSync("mount", ["-o", `remount,${mode}`, folder]);

  it("refuses grants with one clear sentence when it is full, and still takes every revoke", async () => {
    const count = await fill();
    expect(count).toBeGreaterThan(100);
    for (let n = 0; n < Math.min(count, 300); n++) {
      await store.commit([{ op: "delete", kind: "grant", key: `k${n}` }], { ...by, isEssential: true });
      await expect(store.commit([put(count + n)], by)).rejects.toThrow("cannot commit: the disk is full");
    }
    expect((await store.snapshot(["grant"])).rows).toHaveLength(count - Math.min(count, 300));
    expect(await store.verify()).not.toHaveProperty("brokenAt");
  });

  it("has lost nothing when it is opened again full, and takes grants again when there is room", async () => {
    const count = await fill();
    await store.close();
    store = SqliteStore.open(path.join(folder, "mauth.db"));
    expect((await store.snapshot(["grant"])).rows).toHaveLength(count);
    await store.commit([{ op: "delete", kind: "grant", key: "k0" }], { ...by, isEssential: true });
    execFileSync("mount", ["-o", "remount,size=16m", folder]);
    expect(await store.commit([put(count)], by)).toBe(count + 2);
    expect(await store.verify()).toMatchObject({ lines: count + 2 });
  });

  it("takes the small commits of a group whose large one has no room", async () => {
    const large = { op: "put", kind: "grant", key: "large", body: { text: "x".repeat(16 * 1024 * 1024) } } as const;
    const results = await Promise.allSettled([
      store.commit([put(1)], by),
      store.commit([large], by),
      store.commit([put(2)], by),
    ]);
    expect(results.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
    expect((await store.snapshot(["grant"])).rows.map((row) => row.key)).toEqual(["k1", "k2"]);
  });

  it("says that it is read-only, for grants and revokes, and writes again when it is not", async () => {
    await store.commit([put(1)], by);
    await store.close();
    remount("ro");
    expect(() => SqliteStore.open(path.join(folder, "mauth.db"))).toThrow(StartError);
    remount("rw");
    store = SqliteStore.open(path.join(folder, "mauth.db"));
    expect(await store.commit([put(2)], by)).toBe(2);
  });

  it("does not back up onto a disk that has no room, and goes on", async () => {
    await fill();
    await expect(store.backup(path.join(folder, "copy.db"))).rejects.toThrow(
      /cannot write the backup .*the disk is full/,
    );
    await store.commit([{ op: "delete", kind: "grant", key: "k0" }], { ...by, isEssential: true });
  });

  it("holds its reserve again after the room came back", async () => {
    const count = await fill();
    await store.commit([{ op: "delete", kind: "grant", key: "k0" }], { ...by, isEssential: true });
    await writeFile(path.join(folder, "empty"), "");
    execFileSync("mount", ["-o", "remount,size=16m", folder]);
    await store.commit([put(count)], by);
    const { size } = (await import("node:fs")).statSync(path.join(folder, "mauth.db.reserve"));
    expect(size).toBe(2 * 1024 * 1024);
  });
});
