// SPDX-License-Identifier: MIT
import { globSync, readFileSync } from "node:fs";
import path from "node:path";
import { expect, it } from "vitest";

const SOURCES = path.join(import.meta.dirname, "..");

function rulesIn(text: string, pattern: RegExp): string[] {
  return [...new Set([...text.matchAll(pattern)].map((match) => match[1] ?? ""))].sort();
}

it("every rule of SPEC.md has a test, and every number in a test title is a rule", () => {
  const rules = rulesIn(
    readFileSync(path.join(import.meta.dirname, "SPEC.md"), "utf8"),
    /^- \*\*\[([A-Z]+-\d+)\]\*\*/gm,
  );
  const tests = globSync("{sap,sdp,sessions,inspect,announcements}/**/*.test.ts", { cwd: SOURCES }).concat(
    globSync("sessions*.test.ts", { cwd: SOURCES }),
  );
  const titles = tests.map((file) => readFileSync(path.join(SOURCES, file), "utf8")).join("\n");
  expect(rules.length).toBeGreaterThan(30);
  expect(rulesIn(titles, /["`]\[([A-Z]{3}-\d+)\]/g)).toEqual(rules);
});
