// SPDX-License-Identifier: MIT
import { mkdirSync } from "node:fs";
import { messageOf, StartError } from "./errors.ts";

/** @throws StartError when the directory cannot be made. */
export function makeStateDir(stateDir: string): void {
  try {
    mkdirSync(stateDir, { recursive: true, mode: 0o700 });
  } catch (error) {
    throw new StartError(`cannot make the state directory ${stateDir}: ${messageOf(error)}`, { cause: error });
  }
}
