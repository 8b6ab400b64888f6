// SPDX-License-Identifier: MIT
import { readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { SessionDirectory } from "./sessions.ts";
import type { Now } from "./sessions.ts";

const SCENARIOS = path.join(import.meta.dirname, "../test/corpus/scenarios");
const START_AT = 1_900_000_000_000;

interface Scenario {
  readonly steps: { readonly t: number; readonly src: string; readonly dst: string; readonly hex: string }[];
  readonly checks: Check[];
}

interface Check {
  readonly t: number;
  readonly active?: string[];
  readonly anyOf?: string[][];
  readonly mustContain?: string[];
  readonly groups?: string[];
}

function nowOf(t: number): Now {
  return { monotonicMs: t * 1000, wallMs: START_AT + t * 1000 };
}

function check(directory: SessionDirectory, expected: Check): void {
  const sessions = directory.sessions();
  const titles = sessions.map((session) => session.title).sort();
  const groups = sessions.flatMap((session) => session.media.flatMap((media) => media.groups)).sort();
  if (expected.active !== undefined) expect(titles).toEqual(expected.active);
  if (expected.anyOf !== undefined) expect(expected.anyOf).toContainEqual(titles);
  if (expected.mustContain !== undefined) expect(titles).toEqual(expect.arrayContaining(expected.mustContain));
  if (expected.groups !== undefined) expect(groups).toEqual(expected.groups);
}

describe("every scenario of the corpus", () => {
  const manifest = JSON.parse(readFileSync(path.join(SCENARIOS, "manifest.json"), "utf8")) as {
    file: string;
    why: string;
  }[];
  it.each(manifest.map(({ file, why }) => [file, why] as const))("%s: %s", (file) => {
    const scenario = JSON.parse(readFileSync(path.join(SCENARIOS, file), "utf8")) as Scenario;
    const directory = new SessionDirectory();
    const events = [
      ...scenario.steps.map((step) => ({ t: step.t, step, expected: undefined })),
      ...scenario.checks.map((expected) => ({ t: expected.t, step: undefined, expected })),
    ].sort((left, right) => left.t - right.t);
    for (const { t, step, expected } of events) {
      directory.expire(nowOf(t));
      if (step !== undefined) {
        const bytes = new Uint8Array(Buffer.from(step.hex, "hex"));
        directory.hear({ bytes, source: step.src, sapGroup: step.dst, interface: "lan0", mrouter: null }, nowOf(t));
      }
      if (expected !== undefined) check(directory, expected);
    }
  });
});
