// SPDX-License-Identifier: MIT
import { describe, expect, it } from "vitest";
import { readCheck, readPlaywright, readTap, readVitest } from "./results.ts";

function ended(parts: { exitCode?: number; output?: string; report?: unknown }) {
  const report = parts.report === undefined ? undefined : JSON.stringify(parts.report);
  return { exitCode: parts.exitCode ?? 0, output: parts.output ?? "", report };
}

function vitestFile(statuses: string[], status = "passed", message = "") {
  const assertionResults = statuses.map((each, index) => ({
    status: each,
    fullName: `test ${index}`,
    failureMessages: each === "failed" ? ["expected 1 to be 2"] : [],
  }));
  return { name: "/a.test.ts", status, message, assertionResults };
}

function playwrightReport(statuses: string[]) {
  const specs = statuses.map((status) => ({
    title: `spec ${status}`,
    tests: [{ status, results: [{ errors: status === "expected" ? [] : [{ message: "no such button" }] }] }],
  }));
  return { suites: [{ specs: [], suites: [{ specs }] }], errors: [] };
}

describe("a check", () => {
  it("is one test, and shows the end of its output when it fails", () => {
    expect(readCheck(ended({}))).toMatchObject({ passed: 1, failed: 0 });
    expect(readCheck(ended({ exitCode: 1, output: "a.ts is not formatted\n" }))).toMatchObject({
      passed: 0,
      failed: 1,
      failures: ["a.ts is not formatted"],
    });
  });
});

describe("a TAP stream", () => {
  it("counts ok, not ok and skipped, and keeps the diagnostics of a failure", () => {
    const output = "TAP version 13\n1..3\nok 1 - passes\nnot ok 2 - drops\n# got 1\nok 3 - root # SKIP no BPF\n";
    expect(readTap(ended({ exitCode: 1, output }))).toEqual({
      passed: 1,
      failed: 1,
      skipped: 1,
      failures: ["not ok 2 - drops\n# got 1"],
    });
  });

  it("adds up the plans of several programs", () => {
    expect(readTap(ended({ output: "1..1\nok 1\n1..2\nok 1\nok 2\n" }))).toMatchObject({ passed: 3, failed: 0 });
  });

  it("fails when fewer tests ran than planned", () => {
    const result = readTap(ended({ output: "1..5\nok 1\nok 2\n" }));
    expect(result.failures).toEqual(["planned 5 tests, but 2 ran"]);
  });

  it("fails when the program crashed before it printed anything", () => {
    expect(readTap(ended({ exitCode: 139, output: "Segmentation fault" })).failed).toBeGreaterThan(0);
  });
});

describe("a vitest report", () => {
  it("counts tests over all files", () => {
    const report = { testResults: [vitestFile(["passed", "failed"], "failed"), vitestFile(["passed", "pending"])] };
    expect(readVitest(ended({ exitCode: 1, report }))).toEqual({
      passed: 2,
      failed: 1,
      skipped: 1,
      failures: ["test 1\nexpected 1 to be 2"],
    });
  });

  it("counts a file that failed outside of its tests", () => {
    const report = { testResults: [vitestFile(["skipped"], "failed", "beforeAll: no lab")] };
    expect(readVitest(ended({ exitCode: 1, report }))).toMatchObject({
      failed: 1,
      skipped: 1,
      failures: ["/a.test.ts\nbeforeAll: no lab"],
    });
  });

  it("fails when the program failed although no test did", () => {
    const report = { testResults: [vitestFile(["passed"])] };
    const result = readVitest(ended({ exitCode: 1, output: "Unhandled Rejection", report }));
    expect(result).toMatchObject({ passed: 1, failed: 1, failures: ["exit code 1\nUnhandled Rejection"] });
  });

  it("fails when there is no report", () => {
    expect(readVitest(ended({ output: "killed" }))).toMatchObject({
      failed: 1,
      failures: ["exit code 0, and no test ran\nkilled"],
    });
  });
});

describe("a Playwright report", () => {
  it("counts nested suites, and a flaky test as failed", () => {
    const report = playwrightReport(["expected", "unexpected", "flaky", "skipped"]);
    expect(readPlaywright(ended({ exitCode: 1, report }))).toEqual({
      passed: 1,
      failed: 2,
      skipped: 1,
      failures: ["spec unexpected\nno such button", "spec flaky\nno such button"],
    });
  });

  it("counts what went wrong outside of the tests", () => {
    const report = { suites: [], errors: [{ message: "cannot load playwright.config.ts" }] };
    expect(readPlaywright(ended({ exitCode: 1, report }))).toMatchObject({
      failed: 1,
      failures: ["cannot load playwright.config.ts"],
    });
  });
});
