// SPDX-License-Identifier: MIT
import { mkdir, rename, stat } from "node:fs/promises";
import { run } from "../run.ts";

const SOURCES = import.meta.dirname;
const BUILD = `${SOURCES}/build`;
const PROGRAMS = ["send", "receive", "exchange", "flood", "storm"] as const;
export type TrafficProgram = (typeof PROGRAMS)[number];

/** What a file is compiled from, and how. */
interface Recipe {
  readonly file: string;
  readonly source: string;
  readonly command: readonly string[];
}

const CC = ["cc", "-std=gnu17", "-O2", "-Wall", "-Wextra", "-Werror"];
const CLANG = ["clang", "-O2", "-g", "-target", "bpf", "-mcpu=v3", "-I/usr/include/x86_64-linux-gnu", "-c"];
const RECIPES: readonly Recipe[] = [
  ...PROGRAMS.map((file) => ({ file, source: `${file}.c`, command: CC })),
  { file: "storm.bpf.o", source: "storm.bpf.c", command: CLANG },
];
/** Behind the source, where the linker wants them. */
const LIBRARIES: Readonly<Record<string, string>> = { storm: "-lbpf" };

/** The compiled program. */
export function programPath(program: TrafficProgram): string {
  return `${BUILD}/${program}`;
}

/** Compiles the traffic programs that are older than their sources. */
export async function buildTrafficPrograms(): Promise<void> {
  await mkdir(BUILD, { recursive: true });
  for (const recipe of RECIPES) if (await isStale(recipe)) await compile(recipe);
}

async function isStale({ file, source }: Recipe): Promise<boolean> {
  const built = await modifiedMs(`${BUILD}/${file}`);
  const sources = await Promise.all([modifiedMs(`${SOURCES}/${source}`), modifiedMs(`${SOURCES}/payload.h`)]);
  return built <= Math.max(...sources);
}

async function compile({ file, source, command: [compiler = "", ...flags] }: Recipe): Promise<void> {
  const draft = `${BUILD}/.${file}.${process.pid}`; // Renamed when done: two labs may compile at the same time.
  const libraries = LIBRARIES[file];
  await run(compiler, [...flags, "-o", draft, `${SOURCES}/${source}`, ...(libraries === undefined ? [] : [libraries])]);
  await rename(draft, `${BUILD}/${file}`);
}

async function modifiedMs(path: string): Promise<number> {
  return (await stat(path).catch(() => undefined))?.mtimeMs ?? -1;
}
