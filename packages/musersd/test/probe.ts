// SPDX-License-Identifier: MIT
import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { TestMrouter } from "./mrouter.ts";
import { until } from "./mrouter.ts";

const FRAMES = fileURLToPath(new URL("frames.py", import.meta.url));

/** Counters of nftables on an mrouter, behind the filter and before routing: what came through. */
export class Probe {
  readonly #mrouter: TestMrouter;

  constructor(mrouter: TestMrouter) {
    this.#mrouter = mrouter;
    mrouter.inMrouter("nft", "add table inet probe");
    mrouter.inMrouter("nft", "add chain inet probe in { type filter hook prerouting priority raw; }");
  }

  /** Counts packets that match from now on, behind what is counted already. */
  count(...matches: readonly string[]): void {
    for (const match of matches) this.#mrouter.inMrouter("nft", `add rule inet probe in ${match} counter`);
  }

  /** Counts these only, from 0. */
  restart(...matches: readonly string[]): void {
    this.#mrouter.inMrouter("nft", "flush chain inet probe in");
    this.count(...matches);
  }

  /** Packets so far, one number for each match. */
  get packets(): number[] {
    const listing = this.#mrouter.inMrouter("nft", "list", "chain", "inet", "probe", "in");
    return Array.from(listing.matchAll(/counter packets (\d+)/g), (match) => Number(match[1]));
  }
}

/** What came through of the frames that a host sent, between a permitted group and one that nobody registered. */
export interface CameThrough {
  readonly permitted: number;
  readonly rogue: number;
}

/** Sends frames from the host and counts those to two groups, behind them a datagram that the filter is not asked about. */
export class FrameTrial {
  readonly #mrouter: TestMrouter;
  readonly #matches: readonly string[];
  readonly probe: Probe;

  constructor(mrouter: TestMrouter, groups: Record<keyof CameThrough, string>) {
    const family = groups.permitted.includes(":") ? "ip6" : "ip";
    this.#mrouter = mrouter;
    this.#matches = [
      `${family} daddr ${groups.permitted}`,
      `${family} daddr ${groups.rogue}`,
      "meta nfproto ipv4 udp dport 9",
    ];
    this.probe = new Probe(mrouter);
  }

  /** Forgets what came through before. */
  restart(): void {
    this.probe.restart(...this.#matches);
  }

  /** Sends lines of frames.py from h0 and waits for the datagram behind them. */
  async send(lines: readonly string[]): Promise<CameThrough> {
    const command = [`--net=/run/netns/${this.#mrouter.host}`, "python3", FRAMES, "h0"];
    execFileSync("nsenter", command, { input: lines.join("\n") });
    await until(() => this.probe.packets[2] === 1, "the last datagram");
    const [permitted = -1, rogue = -1] = this.probe.packets;
    return { permitted, rogue };
  }
}
