// SPDX-License-Identifier: MIT
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { SqliteStore } from "../store/sqlite.ts";
import { Idempotency } from "./idempotency.ts";
import { refused } from "./problem.ts";
import type { Result } from "./problem.ts";
import { reply } from "./route.ts";
import type { Reply } from "./route.ts";

const DAY_MS = 24 * 3_600_000;
const asked = { name: "nms", key: "one", content: "POST /grants", isKept: true };

describe("a request that is repeated after a restart", () => {
  let folder: string;
  let file: string;
  let store: SqliteStore;
  let wallMs: number;
  let done: number;
  const clock = { wallMs: () => wallMs, monotonicMs: () => 0 };
  const grant = async () => {
    const op = { op: "put", kind: "grant", key: `k${done++}`, body: {} } as const;
    const rev = await store.commit([op], { actor: "nms", at: wallMs });
    return reply({ rev }, { status: 201 });
  };
  const fail = async () => {
    await grant();
    return refused(409, "an mrouter refused it");
  };
  const ask = async (more: Partial<typeof asked> = {}, act: () => Promise<Result<Reply>> = grant) =>
    new Idempotency(clock, store).run({ ...asked, ...more }, act);

  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), "mauth-idempotency-"));
    file = path.join(folder, "mauth.db");
    store = SqliteStore.open(file);
    wallMs = 1_700_000_000_000;
    done = 0;
  });
  afterEach(async () => {
    await store.close();
    await rm(folder, { recursive: true });
  });
  async function restart(): Promise<void> {
    await store.close();
    store = SqliteStore.open(file);
  }

  it("gets the answer of the first, and is not done again", async () => {
    const first = await ask();
    await restart();
    expect(await ask()).toEqual(first);
    expect([first, done]).toEqual([{ ok: true, value: { status: 201, json: { rev: 1 } } }, 1]);
  });

  it("is refused when it asks for something else", async () => {
    await ask();
    await restart();
    expect(await ask({ content: "DELETE /grants/a" })).toMatchObject({ problem: { status: 422 } });
    expect(done).toBe(1);
  });

  it("is done when somebody else asks, with another key, or a day later", async () => {
    await ask();
    await restart();
    await ask({ name: "other" });
    await ask({ key: "two" });
    wallMs += DAY_MS;
    await ask();
    expect(done).toBe(4);
  });

  it("is done again when it was refused, though something had been stored", async () => {
    expect(await ask({}, fail)).toMatchObject({ ok: false });
    await restart();
    expect(await ask()).toMatchObject({ ok: true });
    expect(done).toBe(2);
  });

  it("leaves nothing on the disk when it may hold a secret", async () => {
    await ask({ isKept: false });
    await restart();
    await ask({ isKept: false });
    expect(done).toBe(2);
  });

  it("is not done again when the process was killed before the answer", { timeout: 60_000 }, async () => {
    await store.close();
    const script = `
      import { writeSync } from "node:fs";
      import { SqliteStore } from ${JSON.stringify(path.join(import.meta.dirname, "../store/sqlite.ts"))};
      import { Idempotency } from ${JSON.stringify(path.join(import.meta.dirname, "idempotency.ts"))};
      const store = SqliteStore.open(${JSON.stringify(file)});
      const clock = { wallMs: () => ${wallMs}, monotonicMs: () => 0 };
      setInterval(() => {}, 1000);
      await new Idempotency(clock, store).run(${JSON.stringify(asked)}, async () => {
        await store.commit([{ op: "put", kind: "grant", key: "a", body: {} }], { actor: "nms", at: ${wallMs} });
        writeSync(1, "committed");
        await new Promise(() => {});
      });`;
    const child = spawn(process.execPath, ["--input-type=module", "-e", script], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    await once(child.stdout, "data");
    child.kill("SIGKILL");
    await once(child, "close");
    store = SqliteStore.open(file);
    const title = "this request was carried out before, from revision 1 on, and its answer is lost";
    expect(await ask()).toMatchObject({ ok: false, problem: { status: 409, title } });
    expect(done).toBe(0);
    expect((await store.snapshot(["grant"])).rows).toHaveLength(1);
  });
});
