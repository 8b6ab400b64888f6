// SPDX-License-Identifier: MIT
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { delimiter, join } from "node:path";
import type { Ended, Result } from "./results.ts";
import { runProgram } from "./run-program.ts";
import { OUTPUT_DIRECTORY, SUITES, type Suite, reportFile } from "./suites.ts";

const PROJECT = join(import.meta.dirname, "..");
/** A suite that takes longer hangs; the longest takes 15 minutes on two idle cores, and much more on busy ones. */
const SUITE_MS_MAX = 40 * 60_000;
/** How much of one failure is shown; the rest is in the suite's log. */
const FAILURE_LINES_MAX = 40;

/** A line of a stack trace that is not ours. */
const FOREIGN_FRAME = /^\s+at .*(?:node_modules|node:)/;

/** Runs every suite (or those named as arguments), whatever becomes of the ones before, and adds up what they report. */
async function main(names: readonly string[]): Promise<number> {
  process.chdir(PROJECT);
  await mkdir(OUTPUT_DIRECTORY, { recursive: true });
  const known = SUITES.map((suite) => suite.name);
  const unknown = names.find((name) => !known.includes(name));
  if (unknown !== undefined) {
    console.error(`test: there is no suite "${unknown}"; the suites are ${known.join(", ")}`);
    return 2;
  }
  const total = { passed: 0, failed: 0, skipped: 0 };
  for (const suite of SUITES) {
    if (names.length > 0 && !names.includes(suite.name)) continue;
    const result = strict(await runSuite(suite));
    total.passed += result.passed;
    total.failed += result.failed;
    total.skipped += result.skipped;
  }
  console.log(`\n${describe(total)}`);
  return total.failed === 0 ? 0 : 1;
}

async function runSuite(suite: Suite): Promise<Result> {
  process.stdout.write(`${suite.name.padEnd(8)} `);
  const startMs = performance.now();
  const result = mayRun(suite) ? suite.read(await execute(suite)) : needsRoot;
  const seconds = ((performance.now() - startMs) / 1000).toFixed(1);
  console.log(`${seconds.padStart(6)} s  ${describe(result)}`);
  for (const failure of result.failures) console.log(indent(failure));
  if (result.failed > 0) console.log(`    the whole output is in ${OUTPUT_DIRECTORY}/${suite.name}.log`);
  return result;
}

const needsRoot: Result = { passed: 0, failed: 0, skipped: 1, failures: ["skipped: it needs root"] };

function mayRun(suite: Suite): boolean {
  return suite.needsRoot !== true || process.getuid?.() === 0;
}

/** Where everything should run, nothing may be skipped. */
function strict(result: Result): Result {
  if (!isCi() || result.skipped === 0) return result;
  console.log("    skipped tests are failures here, because CI is set");
  return { ...result, failed: result.failed + result.skipped, skipped: 0 };
}

function isCi(): boolean {
  return !["", "0", "false"].includes(process.env["CI"] ?? "");
}

async function execute(suite: Suite): Promise<Ended> {
  const report = reportFile(suite.name);
  await rm(report, { force: true });
  const { exitCode, output } = await runProgram({
    command: suite.command,
    env: environmentOf(suite),
    limitMs: SUITE_MS_MAX,
  });
  await writeFile(`${OUTPUT_DIRECTORY}/${suite.name}.log`, output);
  return { exitCode, output, report: await readFile(report, "utf8").catch(() => undefined) };
}

function environmentOf(suite: Suite): NodeJS.ProcessEnv {
  const path = [join(PROJECT, "node_modules/.bin"), process.env["PATH"] ?? ""].join(delimiter);
  const report = suite.reportVariable === undefined ? {} : { [suite.reportVariable]: reportFile(suite.name) };
  return { ...process.env, PATH: path, NO_COLOR: "1", ...report };
}

function describe(result: Pick<Result, "passed" | "failed" | "skipped">): string {
  const skipped = result.skipped > 0 ? `, ${result.skipped} skipped` : "";
  return `${result.passed} passed, ${result.failed} failed${skipped}`;
}

function indent(text: string): string {
  const lines = text.split("\n").filter((line) => !FOREIGN_FRAME.test(line));
  const rest = lines.length > FAILURE_LINES_MAX ? [`… ${lines.length - FAILURE_LINES_MAX} more lines`] : [];
  return [...lines.slice(0, FAILURE_LINES_MAX), ...rest].map((line) => `    ${line}`).join("\n");
}

process.exitCode = await main(process.argv.slice(2));
