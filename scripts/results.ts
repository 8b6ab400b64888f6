// SPDX-License-Identifier: MIT

/** What one suite came to. */
export interface Result {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  /** One text per failure: the test's name and what it said. */
  readonly failures: readonly string[];
}

/** How a suite's program ended and what it left behind. */
export interface Ended {
  readonly exitCode: number;
  /** Standard output and standard error as they came. */
  readonly output: string;
  /** The report file, where the program writes one. */
  readonly report?: string | undefined;
}

/** How much of an output a failure shows. */
const OUTPUT_TAIL_LINES = 40;

/** A program that counts as one test: it passes when it exits with 0. */
export function readCheck(ended: Ended): Result {
  if (ended.exitCode === 0) return { passed: 1, failed: 0, skipped: 0, failures: [] };
  return { passed: 0, failed: 1, skipped: 0, failures: [tail(ended.output)] };
}

interface VitestReport {
  readonly testResults: ReadonlyArray<{
    readonly name: string;
    readonly status: string;
    readonly message: string;
    readonly assertionResults: ReadonlyArray<{
      readonly status: string;
      readonly fullName: string;
      readonly failureMessages: readonly string[] | null;
    }>;
  }>;
}

/** Vitest's JSON report. A file that fails outside of its tests is a failure of its own. */
export function readVitest(ended: Ended): Result {
  const files = (parseReport(ended) as VitestReport | undefined)?.testResults ?? [];
  const tests = files.flatMap((file) => file.assertionResults);
  const failedTests = tests.filter((test) => test.status === "failed");
  const failures = failedTests.map((test) => `${test.fullName}\n${(test.failureMessages ?? []).join("\n")}`);
  for (const file of files) {
    const explained = file.assertionResults.some((test) => test.status === "failed");
    if (file.status === "failed" && !explained) failures.push(`${file.name}\n${file.message}`);
  }
  const passed = tests.filter((test) => test.status === "passed").length;
  return settle(ended, { passed, failures, skipped: tests.length - passed - failedTests.length });
}

interface PlaywrightSuite {
  readonly suites?: readonly PlaywrightSuite[];
  readonly specs: ReadonlyArray<{
    readonly title: string;
    readonly tests: ReadonlyArray<{
      readonly status: "expected" | "unexpected" | "flaky" | "skipped";
      readonly results: ReadonlyArray<{ readonly errors: ReadonlyArray<{ readonly message?: string }> }>;
    }>;
  }>;
}

interface PlaywrightReport {
  readonly suites: readonly PlaywrightSuite[];
  readonly errors: ReadonlyArray<{ readonly message?: string }>;
}

/** Playwright's JSON report. A flaky test failed. */
export function readPlaywright(ended: Ended): Result {
  const report = parseReport(ended) as PlaywrightReport | undefined;
  const specs = (report?.suites ?? []).flatMap(specsOf);
  const tests = specs.flatMap((spec) => spec.tests.map((test) => ({ ...test, title: spec.title })));
  const count = (status: string) => tests.filter((test) => test.status === status).length;
  const failures = tests
    .filter((test) => test.status === "unexpected" || test.status === "flaky")
    .map((test) => [test.title, ...messagesOf(test.results.flatMap((result) => result.errors))].join("\n"));
  const outside = messagesOf(report?.errors ?? []);
  return settle(ended, { passed: count("expected"), skipped: count("skipped"), failures: [...failures, ...outside] });
}

function specsOf(suite: PlaywrightSuite): PlaywrightSuite["specs"] {
  return [...suite.specs, ...(suite.suites ?? []).flatMap(specsOf)];
}

function messagesOf(errors: ReadonlyArray<{ readonly message?: string }>): string[] {
  return errors.map((error) => error.message ?? "(no message)");
}

/** The Test Anything Protocol, version 12 to 14, on standard output. A plan that is not kept is a failure. */
export function readTap(ended: Ended): Result {
  let passed = 0;
  let skipped = 0;
  let planned: number | undefined;
  const failures: string[] = [];
  let afterFailure = false;
  for (const line of ended.output.split("\n")) {
    const plan = /^1\.\.(\d+)/.exec(line);
    const test = /^(not )?ok\b/.exec(line);
    if (plan !== null) planned = (planned ?? 0) + Number(plan[1]);
    else if (test === null && afterFailure && line.startsWith("#")) failures[failures.length - 1] += `\n${line}`;
    else if (test === null) continue;
    else if (/#\s*skip/i.test(line)) skipped++;
    else if (test[1] === undefined) passed++;
    else failures.push(line);
    if (test !== null) afterFailure = test[1] !== undefined;
  }
  const ran = passed + skipped + failures.length;
  if (planned !== ran) failures.push(`planned ${planned ?? "no"} tests, but ${ran} ran`);
  return settle(ended, { passed, skipped, failures });
}

/** A program that fails although no test did, or that ran no test at all, is a failure too. */
function settle(ended: Ended, counted: Omit<Result, "failed">): Result {
  const failures = [...counted.failures];
  const ranNothing = counted.passed + counted.skipped === 0;
  if (failures.length === 0 && (ended.exitCode !== 0 || ranNothing)) {
    failures.push(`exit code ${ended.exitCode}${ranNothing ? ", and no test ran" : ""}\n${tail(ended.output)}`);
  }
  return { ...counted, failures, failed: failures.length };
}

function parseReport(ended: Ended): unknown {
  try {
    return JSON.parse(ended.report ?? "");
  } catch {
    return undefined; // Without a report no test ran, which settle() counts as a failure.
  }
}

function tail(output: string): string {
  return output.trimEnd().split("\n").slice(-OUTPUT_TAIL_LINES).join("\n");
}
