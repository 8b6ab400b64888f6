// SPDX-License-Identifier: MIT
import type { Lab } from "../../lab/lab.ts";
import { BIN, RPC_PORT } from "../../lab/services.ts";

/** Runs musersctl on the mrouter and returns what it prints. */
export function musersctl(lab: Lab, ...args: string[]): Promise<string> {
  return lab.run("mrouter", `${BIN}/musersctl`, "--server", `127.0.0.1:${RPC_PORT}`, ...args);
}
