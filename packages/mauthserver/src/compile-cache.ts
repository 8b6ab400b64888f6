// SPDX-License-Identifier: MIT
import { enableCompileCache, flushCompileCache } from "node:module";
import path from "node:path";

/** Beside the code: who can write there could change the code as well. Nowhere else would a cache of code be safe. */
const FOLDER = path.join(import.meta.dirname, "../../../.cache/compiled");

/**
 * Has Node keep what it makes of our modules, in the folder that systemd gives us or beside the code, which halves the time
 * of a start; where neither can be written, nothing is kept.
 */
export function useCompileCache(): void {
  enableCompileCache(process.env["CACHE_DIRECTORY"] ?? FOLDER);
}

/** Writes what was compiled now: a process that is killed would not do it at its end. */
export function keepCompileCache(): void {
  flushCompileCache();
}
