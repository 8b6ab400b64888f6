// SPDX-License-Identifier: MIT
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { build, type Rolldown } from "vite";
import { expect, it, vi } from "vitest";

const PACKAGE = join(import.meta.dirname, "..");
/** KiB, gzip -9; it may never be more than 200. */
const FIRST_LOAD_MAX_KIB = 195;
const BUILD_TIMEOUT_MS = 120_000;

type Output = Rolldown.RolldownOutput["output"][number];

/** Everything that the browser must have before it draws the list of sessions: the entry, that page, and what both import. */
function filesOf(output: readonly Output[]): ReadonlySet<string> {
  const byName = new Map(output.map((one) => [one.fileName, one]));
  const wanted = output.filter(
    (one) => one.type === "chunk" && (one.isEntry || one.facadeModuleId?.endsWith("sessions-page.tsx") === true),
  );
  const names = new Set(["index.html", ...wanted.map((one) => one.fileName)]);
  for (const name of names) {
    const chunk = byName.get(name);
    if (chunk?.type !== "chunk") continue;
    for (const other of [...chunk.imports, ...(chunk.viteMetadata?.importedCss ?? [])]) names.add(other);
  }
  return names;
}

it(
  "needs little before the list of sessions is drawn",
  async () => {
    // The tests run with "test", which would build what React has for developers.
    vi.stubEnv("NODE_ENV", "production");
    const result = await build({ root: PACKAGE, logLevel: "error", build: { write: false } });
    if (!("output" in result)) throw new Error("one bundle was expected");
    const names = filesOf(result.output);
    const files = result.output.filter((one) => names.has(one.fileName));
    const bytes = files.map((one) => gzipSync(one.type === "chunk" ? one.code : one.source, { level: 9 }).length);
    const kib = bytes.reduce((sum, size) => sum + size, 0) / 1024;
    // A page and its framework, so that a wrong list of files does not pass for a small one.
    expect(kib).toBeGreaterThan(100);
    expect(kib).toBeLessThan(FIRST_LOAD_MAX_KIB);
  },
  BUILD_TIMEOUT_MS,
);
