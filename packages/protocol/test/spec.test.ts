// SPDX-License-Identifier: MIT
import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { PROTOCOL_VERSION } from "../src/protocol-version.ts";

const PACKAGE = join(import.meta.dirname, "..");
const ROOT = join(PACKAGE, "../..");

/** SHA-256 over the vectors of each protocol version. */
const VECTORS_SHA256: Readonly<Record<number, string>> = {
  1: "d6ecb18e6c233529dd491f07fd4dc61b726fa6e48169506b7efab57a42f05bbd",
  2: "98c721943052498d637892447ef0496dc0af553fcaf6ed0e4a356cbe7875b560",
  3: "429f9bee7c7601b0bebff8bc0b6728a5286a323f799698503abd117d10b5fa1f",
};

function filesUnder(folder: string, pattern: RegExp): string[] {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile() && pattern.test(entry.name) && !entry.parentPath.includes("node_modules"))
    .map((entry) => join(entry.parentPath, entry.name));
}

function idsIn(text: string, pattern: RegExp): Set<string> {
  return new Set(Array.from(text.matchAll(pattern), (match) => match[1] ?? ""));
}

describe("SPEC.md", () => {
  const spec = readFileSync(join(PACKAGE, "SPEC.md"), "utf8");
  const rules = Array.from(spec.matchAll(/^\*\*\[(V\d-\d+)\]\*\*/gm), (match) => match[1] ?? "");
  const folders = ["packages/protocol", "packages/musersd", "packages/mauthserver/src", "e2e"];
  const tests = folders.flatMap((folder) => filesUnder(join(ROOT, folder), /\.(?:test|spec)\.tsx?$/));
  const tested = new Map(tests.map((file) => [file, idsIn(readFileSync(file, "utf8"), /["'`]\[(V\d-\d+)\]/g)]));

  it("numbers every rule once", () => {
    expect(rules.length).toBeGreaterThan(40);
    expect(new Set(rules).size).toBe(rules.length);
  });

  it("has a test for every rule", () => {
    const all = new Set([...tested.values()].flatMap((ids) => [...ids]));
    expect(rules.filter((rule) => !all.has(rule))).toEqual([]);
  });

  it("has a rule for every number in a test's title", () => {
    const unknown = [...tested].flatMap(([file, ids]) =>
      [...ids].filter((id) => !rules.includes(id)).map((id) => file + id),
    );
    expect(unknown).toEqual([]);
  });

  it("refers to no rule that it does not have", () => {
    const named = idsIn(spec, /\b(V\d-\d+)\b/g);
    expect([...named].filter((rule) => !rules.includes(rule))).toEqual([]);
  });
});

describe("the wire", () => {
  it("changes only together with PROTOCOL_VERSION", () => {
    const hash = createHash("sha256");
    for (const file of filesUnder(join(PACKAGE, "test/vectors"), /\.json$/).sort()) {
      hash.update(JSON.stringify(JSON.parse(readFileSync(file, "utf8"))));
    }
    const advice =
      "the vectors changed: bump PROTOCOL_VERSION in src/protocol-version.ts and add the new hash to VECTORS_SHA256";
    expect(hash.digest("hex"), advice).toBe(VECTORS_SHA256[PROTOCOL_VERSION]);
  });
});
