// SPDX-License-Identifier: MIT
import type { Lab } from "../../lab/lab.ts";
import { BIN, RPC_PORT } from "../../lab/services.ts";

/** Runs musersctl on the mrouter and returns what it prints. */
export function musersctl(lab: Lab, ...args: string[]): Promise<string> {
  return lab.run("mrouter", `${BIN}/musersctl`, "--server", `127.0.0.1:${RPC_PORT}`, ...args);
}

/** The senders in the kernel of the mrouter, as musersctl prints them, without their counters. */
export async function kernelSenders(lab: Lab): Promise<string[]> {
  const senders = JSON.parse(await musersctl(lab, "list", "--json")) as Array<Record<string, unknown>>;
  return senders.map(({ source, group, maxTtl }) => `${String(source)} ${String(group)} ${String(maxTtl)}`).sort();
}

/** Datagrams that musersd did not carry out, whatever the reason: dropped in silence, or answered with ERROR. */
export async function datagramsRefused(lab: Lab): Promise<number> {
  const { datagrams } = JSON.parse(await musersctl(lab, "status", "--json")) as { datagrams: Record<string, number> };
  const refusals = Object.entries(datagrams).filter(([name]) => /^v\d\.(dropped|refused|stale|conflicting)/.test(name));
  return refusals.reduce((sum, [, count]) => sum + count, 0);
}
