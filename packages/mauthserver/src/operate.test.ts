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
  .filter((file) => !file.includes(".test.") && !file.includes("/testing/"))
  .map((file) => readFileSync(path.join(ROOT, file), "utf8"))
  .join("\n");
/** What they log as a warning or an error: the last text of each call, in which ${…} varies. */
const logged = [...new Set(Array.from(sources.matchAll(/\b\w*log\.(?:warn|error|fatal)\(/gi), textOf))].filter(
  (text) => text !== "",
);

function textOf({ index, 0: head }: RegExpExecArray): string {
  const call = sources.slice(index + head.length, endOfCall(index + head.length));
  const texts = Array.from(
    call.matchAll(/"((?:[^"\\\n]|\\.)*)"|'([^'\n]*)'|`([^`]*)`/g),
    (one) => one[1] ?? one[2] ?? one[3],
  );
  return texts.at(-1) ?? "";
}

/** Where the parenthesis closes that was opened before `start`. */
function endOfCall(start: number): number {
  let depth = 1;
  let at = start;
  for (; depth > 0 && at < sources.length; at++) {
    if ("([{".includes(sources[at] ?? "")) depth++;
    else if (")]}".includes(sources[at] ?? "")) depth--;
  }
  return at;
}

/** A message of the manual as it stands in the source; a word in capitals may stand for what varies. */
function patternOf(message: string): RegExp {
  const [first = "", ...others] = message.split(/\b(?=[A-Z]{3,}\b)/);
  const rest = others.map((part) => {
    const word = /^[A-Z]+/.exec(part)?.[0] ?? "";
    return `(?:${word}|\\$\\{[^}]*\\})${escaped(part.slice(word.length))}`;
  });
  return new RegExp(escaped(first) + rest.join(""));
}

function escaped(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);
}

describe("docs/operate.md", () => {
  it("explains messages", () => {
    expect(messages.length).toBeGreaterThan(60);
    expect(logged.length).toBeGreaterThan(35);
  });

  it.each(messages)("explains a message that there is: %s", (message) => {
    expect(patternOf(message).test(sources)).toBe(true);
  });

  it.each(logged)("leaves no warning or error unexplained: %s", (text) => {
    // A word that happens to be in it, such as "refused", does not explain it.
    const long = messages.filter((message) => message.length > text.length / 3);
    expect(long.filter((message) => patternOf(message).test(text))).not.toEqual([]);
  });
});
