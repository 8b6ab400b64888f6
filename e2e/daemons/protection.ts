// SPDX-License-Identifier: MIT
import { writeFile } from "node:fs/promises";
import type { LabProcess } from "../lab/process.ts";
import { BIN, RPC_PORT } from "../lab/services.ts";
import { until } from "../lab/until.ts";
import { configure } from "./frr.ts";
import { ADDRESS, type Network } from "./network.ts";
import { type Place, SENTINEL, groupOf } from "./trial.ts";

const MAX_TTL = "64";

/** Something that is to keep the rogue from being forwarded, in force on the designated router. */
export interface Protection {
  readonly name: string;
  /** Puts it in force for a group in which only the permitted host may send. */
  start(place: Place, group: string): Promise<void>;
  stop(place: Place): Promise<void>;
}

/** Nothing at all: what shows that a trial sees a leak. */
export const NOTHING: Protection = {
  name: "nothing",
  start: () => Promise.resolve(),
  stop: () => Promise.resolve(),
};

/** nftables where packets are forwarded: only permitted pairs pass. */
export const FORWARD_HOOK: Protection = {
  name: "nftables, FORWARD hook",
  async start({ network }, group) {
    const pairs = permittedPairs("ipv4", group).map(([source, to]) => `${source} . ${to}`);
    await network.nft(
      "dr",
      `table ip protection {
        set permitted { type ipv4_addr . ipv4_addr; elements = { ${pairs.join(", ")} } }
        chain forward { type filter hook forward priority filter;
          ip daddr 224.0.0.0/4 ip saddr . ip daddr @permitted accept
          ip daddr 224.0.0.0/4 counter drop
        }
      }\n`,
    );
  },
  stop: ({ network }) => network.nft("dr", "delete table ip protection\n"),
};

/** What FRR has itself: groups that no neighbour and no host behind an interface may join. It knows no sources. */
export const BOUNDARY: Protection = {
  name: "FRR, `ip multicast boundary`",
  async start({ network }, group) {
    const deny = [`ip prefix-list refused seq 5 deny ${group}/32`, "ip prefix-list refused seq 10 permit any"];
    const interfaces = ["lan0", "wan0"].flatMap((name) => [`interface ${name}`, "ip multicast boundary oil refused"]);
    await configure(network, "dr", ...deny, ...interfaces);
  },
  async stop({ network }) {
    const interfaces = ["lan0", "wan0"].flatMap((name) => [`interface ${name}`, "no ip multicast boundary oil"]);
    await configure(network, "dr", ...interfaces, "exit", "no ip prefix-list refused");
  },
};

/** musersd on the designated router, with the permitted pairs registered. */
export function mauth(): Protection {
  let daemon: LabProcess | undefined;
  return {
    name: "mauth",
    async start({ network, daemon: { family } }, group) {
      daemon = await startMusersd(network);
      for (const [source, to] of permittedPairs(family, group)) await musersctl(network, "add", source, to, MAX_TTL);
    },
    // The filter stays in the kernel; the network goes away with it.
    stop: () => daemon?.stop() ?? Promise.resolve(),
  };
}

/** Lets the permitted host send to one more group. */
export async function permitSource({ network, daemon }: Place, group: string): Promise<void> {
  await musersctl(network, "add", ADDRESS[daemon.family].permitted, group, MAX_TTL);
}

/** Gives a command to musersd on the designated router. */
export function musersctl(network: Network, ...args: string[]): Promise<string> {
  return network.run("dr", `${BIN}/musersctl`, "--server", `127.0.0.1:${RPC_PORT}`, ...args);
}

function permittedPairs(family: Place["daemon"]["family"], group: string): [string, string][] {
  const own = ADDRESS[family];
  const sentinel = groupOf(family, SENTINEL);
  return [
    [own.permitted, group],
    [own.permittedSentinel, sentinel],
    [own.rogueSentinel, sentinel],
  ];
}

async function startMusersd(network: Network): Promise<LabProcess> {
  const file = `${network.directory}/musersd.toml`;
  const lines = [
    `listen = "127.0.0.1:${RPC_PORT}"`,
    'interfaces = ["lan0"]',
    `state_dir = "${network.directory}/musersd"`,
  ];
  await writeFile(file, `${lines.join("\n")}\n`);
  const daemon = network.start("dr", "musersd", [`${BIN}/musersd`, "--config", file]);
  const answers = (): Promise<boolean> =>
    musersctl(network, "status").then(
      () => true,
      () => false,
    );
  await until(answers, { what: "musersd on dr", deadlineMs: 30_000, instead: () => daemon.logTail() });
  return daemon;
}
