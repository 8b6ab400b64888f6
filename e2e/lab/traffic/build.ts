// SPDX-License-Identifier: MIT
import { mkdir, rename, stat } from "node:fs/promises";
import { run } from "../run.ts";

const SOURCES = import.meta.dirname;
const BUILD = `${SOURCES}/build`;
const PROGRAMS = ["send", "receive", "exchange", "flood"] as const;
export type TrafficProgram = (typeof PROGRAMS)[number];

/** The compiled program. */
export function programPath(program: TrafficProgram): string {
  return `${BUILD}/${program}`;
}

/** Compiles the traffic programs that are older than their sources. */
export async function buildTrafficPrograms(): Promise<void> {
  await mkdir(BUILD, { recursive: true });
  for (const program of PROGRAMS) if (await isStale(program)) await compile(program);
}

async function isStale(program: TrafficProgram): Promise<boolean> {
  const built = await modifiedMs(programPath(program));
  const sources = await Promise.all([modifiedMs(`${SOURCES}/${program}.c`), modifiedMs(`${SOURCES}/payload.h`)]);
  return built <= Math.max(...sources);
}

async function compile(program: TrafficProgram): Promise<void> {
  const draft = `${BUILD}/.${program}.${process.pid}`; // Renamed when done: two labs may compile at the same time.
  await run("cc", ["-std=gnu17", "-O2", "-Wall", "-Wextra", "-Werror", "-o", draft, `${SOURCES}/${program}.c`]);
  await rename(draft, programPath(program));
}

async function modifiedMs(path: string): Promise<number> {
  return (await stat(path).catch(() => undefined))?.mtimeMs ?? -1;
}
