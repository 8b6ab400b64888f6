// SPDX-License-Identifier: MIT
import { fileURLToPath } from "node:url";
import { build } from "vite";

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/**
 * Makes one JavaScript file of each program and what it imports, which an emulated machine reads much faster than many.
 * @param entries Programs by the name of their file.
 */
export async function bundle(entries: Readonly<Record<string, string>>, outDir: string): Promise<void> {
  await build({
    configFile: false,
    logLevel: "warn",
    resolve: { alias: { vitest: here("inside/harness.ts") }, conditions: ["node"] },
    ssr: { noExternal: true },
    build: {
      ssr: true,
      outDir,
      emptyOutDir: false,
      target: "node24",
      minify: false,
      rolldownOptions: {
        input: Object.fromEntries(Object.entries(entries).map(([name, path]) => [name, here(path)])),
        output: { entryFileNames: "[name].mjs", chunkFileNames: "[name].mjs" },
      },
    },
  });
}
