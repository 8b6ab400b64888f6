// SPDX-License-Identifier: MIT
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { isInterfaceName } from "@mauth/protocol/v2";
import type { Mode } from "@mauth/protocol/v2";
import type { Config } from "./config.ts";
import { errnoOf } from "./errors.ts";
import { matchesAny } from "./loader/patterns.ts";

/** Modes that were set by command, by interface; others are as configured. */
export type SetModes = ReadonlyMap<string, Mode>;

/** Interfaces whose mode may differ from the configuration. */
export const SET_MODES_MAX = 1024;

/** Where the modes set by command outlive the process. */
export function modesPath({ stateDir }: Pick<Config, "stateDir">): string {
  return join(stateDir, "modes");
}

/** The mode of an interface by the configuration. */
export function configuredMode({ mode, monitor }: Pick<Config, "mode" | "monitor">, name: string): Mode {
  return mode === "monitor" || matchesAny(monitor, name) ? "monitor" : "enforce";
}

/** One line for each: name, mode. */
export function formatModes(modes: SetModes): string {
  return Array.from(modes, ([name, mode]) => `${name} ${mode}\n`).join("");
}

/** Reads such lines. Others mean nothing; of two for one name the first counts, because an old end may be left behind. */
export function parseModes(text: string): Map<string, Mode> {
  const modes = new Map<string, Mode>();
  for (const line of text.split("\n").slice(0, SET_MODES_MAX)) {
    const [name = "", mode, ...rest] = line.split(" ");
    const isMode = mode === "enforce" || mode === "monitor";
    if (isMode && rest.length === 0 && isInterfaceName(name) && !modes.has(name)) modes.set(name, mode);
  }
  return modes;
}

/** Reads the modes set by command; none when there is no file. */
export function readModes(path: string): Map<string, Mode> {
  try {
    return parseModes(readFileSync(path, "utf8"));
  } catch (error) {
    if (errnoOf(error) === "ENOENT") return new Map();
    throw error;
  }
}
