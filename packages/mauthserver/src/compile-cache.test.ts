// SPDX-License-Identifier: MIT
import { execFileSync } from "node:child_process";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect, it } from "vitest";

const MAIN = path.join(import.meta.dirname, "main.ts");

it("keeps what was compiled where systemd says, and does without where nothing can be kept", async () => {
  const folder = await mkdtemp(path.join(tmpdir(), "mauth-cache-"));
  const { NODE_COMPILE_CACHE: _, NODE_DISABLE_COMPILE_CACHE: __, ...env } = process.env;
  const run = (cache: string) =>
    execFileSync(process.execPath, [MAIN, "inspect", "--help"], { env: { ...env, CACHE_DIRECTORY: cache } }).toString();
  const first = run(folder);
  expect(await readdir(folder)).not.toEqual([]);
  expect([run(folder), run("/dev/null/none")]).toEqual([first, first]);
  await rm(folder, { recursive: true });
});
