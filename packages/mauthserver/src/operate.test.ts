// SPDX-License-Identifier: MIT
import { globSync, readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";

const ROOT = path.join(import.meta.dirname, "../../..");

/** The messages of docs/operate.md: the first cell of each row. */
const messages = Array.from(
  readFileSync(path.join(ROOT, "docs/operate.md"), "utf8").matchAll(/^\| `([^`]+)`/gm),
  ([, message]) => message ?? "",
);
/** What the programs can say. */
const sources = globSync("packages/{mauthserver,musersd,protocol}/src/**/*.ts", { cwd: ROOT })
  .filter((file) => !file.includes(".test."))
  .map((file) => readFileSync(path.join(ROOT, file), "utf8"))
  .join("\n");

describe("docs/operate.md", () => {
  it("explains messages", () => {
    expect(messages.length).toBeGreaterThan(25);
  });

  it.each(messages)("explains a message that there is: %s", (message) => {
    expect(sources.includes(message)).toBe(true);
  });
});
