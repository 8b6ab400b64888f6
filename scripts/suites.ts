// SPDX-License-Identifier: MIT
import { type Ended, type Result, readCheck, readPlaywright, readTap, readVitest } from "./results.ts";

export interface Suite {
  readonly name: string;
  readonly command: readonly string[];
  readonly read: (ended: Ended) => Result;
  /** It makes namespaces or loads BPF. */
  readonly needsRoot?: true;
  /** The environment variable that tells the program where to write its report. */
  readonly reportVariable?: string;
}

/** Where suites leave their output and reports. */
export const OUTPUT_DIRECTORY = ".cache/test";

/** The report file of a suite. */
export function reportFile(name: string): string {
  return `${OUTPUT_DIRECTORY}/${name}.json`;
}

function vitest(project: string): Pick<Suite, "name" | "command" | "read"> {
  const report = ["--reporter=default", "--reporter=json", `--outputFile.json=${reportFile(project)}`];
  return { name: project, command: ["vitest", "run", "--project", project, ...report], read: readVitest };
}

/** Every suite, in the order in which a mistake is found soonest. */
export const SUITES: readonly Suite[] = [
  { name: "format", command: ["oxfmt", "--check", "."], read: readCheck },
  { name: "types", command: ["tsc"], read: readCheck },
  {
    name: "lint",
    command: ["oxlint", "--type-aware", "--deny-warnings", "--report-unused-disable-directives"],
    read: readCheck,
  },
  vitest("unit"),
  { name: "kernel", command: ["make", "-s", "-C", "packages/kernel-module", "test"], read: readTap, needsRoot: true },
  { name: "module", command: ["node", "packages/musersd/test/guest/run.ts"], read: readTap },
  { ...vitest("root"), needsRoot: true },
  { name: "build", command: ["vite", "build", "packages/mauthclient"], read: readCheck },
  { ...vitest("lab"), needsRoot: true },
  { ...vitest("daemons"), needsRoot: true },
  {
    name: "browser",
    command: ["playwright", "test", "--reporter=json"],
    read: readPlaywright,
    needsRoot: true,
    reportVariable: "PLAYWRIGHT_JSON_OUTPUT_NAME",
  },
];
