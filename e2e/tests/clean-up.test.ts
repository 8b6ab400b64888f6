// SPDX-License-Identifier: MIT
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { Lab } from "../lab/lab.ts";
import { traces } from "./support/traces.ts";
import { uniqueId } from "./support/unique-id.ts";

const HOLD = join(import.meta.dirname, "support/hold-lab.ts");

/** Starts another process that makes a lab with a musersd and a sender, and keeps it. */
async function holdLab(id: string): Promise<{ owner: ChildProcess; pids: number[] }> {
  const owner = spawn(process.execPath, [HOLD, id], { stdio: ["ignore", "pipe", "inherit"] });
  const [line] = (await once(owner.stdout, "data")) as [Buffer];
  return { owner, pids: JSON.parse(line.toString()) as number[] };
}

async function end(owner: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  const exited = once(owner, "exit");
  owner.kill(signal);
  await exited;
}

/** A zombie is dead: its parent was killed, and some systems take a while to collect it. */
function isAlive(pid: number): boolean {
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, "utf8"));
  } catch {
    return false;
  }
}

describe("a lab", () => {
  afterAll(async () => {
    await (await Lab.create({ id: uniqueId("sweeper") })).close(); // Whatever failed above, nothing stays.
  });

  it.each(["SIGINT", "SIGTERM", "SIGHUP"] as const)("leaves nothing behind after %s", async (signal) => {
    const { owner, pids } = await holdLab(uniqueId("interrupted"));
    expect(pids.every(isAlive)).toBe(true);
    await end(owner, signal);
    expect(await traces(uniqueId("interrupted"))).toEqual([]);
    expect(pids.filter(isAlive)).toEqual([]);
  });

  it("that crashed is cleaned up by the next one that starts, under whatever name", async () => {
    const { owner, pids } = await holdLab(uniqueId("crashed"));
    await end(owner, "SIGKILL");
    expect((await traces(uniqueId("crashed"))).length).toBeGreaterThan(0);
    await (await Lab.create({ id: uniqueId("next") })).close();
    expect(await traces(uniqueId("crashed"))).toEqual([]);
    expect(pids.filter(isAlive)).toEqual([]);
  });

  it("leaves a running one alone, and says who has a name that is taken", async () => {
    const { owner, pids } = await holdLab(uniqueId("neighbour"));
    await (await Lab.create({ id: uniqueId("other") })).close();
    expect(pids.every(isAlive)).toBe(true);
    await expect(Lab.create({ id: uniqueId("neighbour") })).rejects.toThrow(
      `the lab "${uniqueId("neighbour")}" is already running, started by process ${owner.pid}`,
    );
    expect(pids.every(isAlive)).toBe(true);
    await end(owner, "SIGTERM");
  });
});
