// SPDX-License-Identifier: MIT
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parseAst } from "vite";
import { expect, it } from "vitest";

/** Attributes that somebody reads or hears. */
const READ = new Set(["label", "title", "placeholder", "description", "alt", "aria-label", "summary"]);
const WORD = /\p{Letter}{2}/u;

/** Literal texts of a component: between its elements, and in attributes that are read. */
function literalsOf(code: string): string[] {
  const found: string[] = [];
  JSON.stringify(parseAst(code, { lang: "tsx" }), (_, node: unknown) => {
    if (typeof node !== "object" || node === null || !("type" in node)) return node;
    const { type, value, name } = node as { type: string; value?: unknown; name?: { name?: unknown } };
    if (type === "JSXText" && WORD.test(String(value))) found.push(String(value).trim());
    if (type === "JSXAttribute" && READ.has(String(name?.name))) {
      const text = (value as { type?: string; value?: unknown } | null)?.value;
      if (typeof text === "string" && WORD.test(text)) found.push(text);
    }
    return typeof value === "bigint" ? null : node;
  });
  return found;
}

it("finds texts that stand in a component", () => {
  expect(literalsOf('const a = <p title="Two words">Three {b} more <i className="quiet">·</i></p>;')).toEqual([
    "Two words",
    "Three",
    "more",
  ]);
});

it("no component has a text of its own", () => {
  const files = globSync(join(import.meta.dirname, "../**/*.tsx")).filter((file) => !file.endsWith(".test.tsx"));
  expect(files.length).toBeGreaterThan(50);
  const found = files.flatMap((file) => literalsOf(readFileSync(file, "utf8")).map((text) => `${file}: ${text}`));
  expect(found).toEqual([]);
});
