// SPDX-License-Identifier: MIT
import { spawn } from "node:child_process";
import type { ChildProcessWithoutNullStreams } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import type { TestMrouter } from "./mrouter.ts";
import { until } from "./mrouter.ts";

const FLOOD = fileURLToPath(new URL("flood.py", import.meta.url));
const ROUNDS_PER_LINE = 100;
const DISCARD_PORT = 9;

/** Steady traffic of the host to a permitted and to another group, counted behind the filter and the gate: before routing. */
export class Flood {
  readonly #mrouter: TestMrouter;
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #lines: string[] = [];
  #wake: (() => void) | undefined;

  private constructor(mrouter: TestMrouter, groups: readonly string[]) {
    this.#mrouter = mrouter;
    this.#child = spawn("nsenter", [`--net=/run/netns/${mrouter.host}`, "python3", FLOOD, ...groups]);
    createInterface({ input: this.#child.stdout }).on("line", (line) => {
      this.#lines.push(line);
      this.#wake?.();
    });
  }

  /** Sends both from now on; resolves when the first packets are out. */
  static async start(mrouter: TestMrouter, groups: { permitted: string; rogue: string }): Promise<Flood> {
    const rules = [`ip daddr ${groups.permitted}`, `ip daddr ${groups.rogue}`, `udp dport ${DISCARD_PORT}`];
    mrouter.inMrouter("nft", "add table ip flood");
    mrouter.inMrouter("nft", "add chain ip flood in { type filter hook prerouting priority mangle; }");
    for (const rule of rules) mrouter.inMrouter("nft", `add rule ip flood in ${rule} counter`);
    const flood = new Flood(mrouter, [groups.permitted, groups.rogue]);
    await flood.progress();
    return flood;
  }

  /** Resolves when 100 more packets of each group are out. */
  async progress(): Promise<void> {
    const wanted = this.#lines.length + 2;
    while (this.#lines.length < wanted) await new Promise<void>((resolve) => (this.#wake = resolve));
  }

  /** Ends the traffic and waits for its last packet; returns the packets of each group, and how many came through. */
  async stop(): Promise<{ sent: number; received: number; leaked: number }> {
    this.#child.stdin.end();
    await once(this.#child, "close");
    await until(() => this.#counters()[2] === 1, "the last packet");
    const [received = -1, leaked = -1] = this.#counters();
    const sent = Number(this.#lines.at(-1));
    if (sent < ROUNDS_PER_LINE) throw new Error(`only ${sent} packets were sent`);
    return { sent, received, leaked };
  }

  #counters(): number[] {
    const listing = this.#mrouter.inMrouter("nft", "list", "chain", "ip", "flood", "in");
    return Array.from(listing.matchAll(/counter packets (\d+)/g), (match) => Number(match[1]));
  }
}
