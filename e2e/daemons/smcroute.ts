// SPDX-License-Identifier: MIT
import { existsSync } from "node:fs";
import { rm, writeFile } from "node:fs/promises";
import type { LabProcess } from "../lab/process.ts";
import { until } from "../lab/until.ts";
import { type Family, type Network, ROUTERS, type Router, unpacked } from "./network.ts";
import type { RoutingDaemon } from "./routing-daemon.ts";

const SMCROUTED = unpacked("smcroute", "usr/sbin/smcrouted");
const GROUPS: Readonly<Record<Family, string>> = { ipv4: "233.252.0.0/24", ipv6: "ff05::/16" };
const WAYS: Readonly<Record<Router, readonly [string, string]>> = { dr: ["lan0", "wan0"], rp: ["wan0", "lan1"] };

/** Static multicast routes, whoever sends. Its state is the kernel's forwarding cache. */
export function smcroute(family: Family): RoutingDaemon {
  const daemons = new Map<Router, LabProcess>();
  return {
    name: family === "ipv4" ? "smcroute" : "smcroute, IPv6",
    family,
    hasPim: false,
    files: [SMCROUTED],
    async start(network) {
      for (const router of ROUTERS) daemons.set(router, await startOn(network, router, family));
    },
    async restart(network) {
      await daemons.get("dr")?.kill();
      await startOn(network, "dr", family);
    },
    state: (network, router) => network.run(router, "ip", family === "ipv4" ? "-4" : "-6", "mroute"),
    knows: (network, router, source, group) => network.isCached(router, source, group),
  };
}

async function startOn(network: Network, router: Router, family: Family): Promise<LabProcess> {
  const [from, to] = WAYS[router];
  const file = `${network.directory}/${router}-smcroute`;
  const lines = [
    `phyint ${from} enable`,
    `phyint ${to} enable`,
    `mroute from ${from} group ${GROUPS[family]} to ${to}`,
  ];
  await writeFile(`${file}.conf`, `${lines.join("\n")}\n`);
  await rm(`${file}.sock`, { force: true });
  const files = ["-f", `${file}.conf`, "-P", `${file}.pid`, "-u", `${file}.sock`];
  // -c 0: routes are not flushed every minute, which would lose packets of its own.
  const daemon = network.start(router, "smcroute", [SMCROUTED, "-n", "-N", "-c", "0", ...files]);
  const interfaces = `/proc/net/${family === "ipv4" ? "ip_mr_vif" : "ip6_mr_vif"}`;
  const isReady = async (): Promise<boolean> =>
    existsSync(`${file}.sock`) && (await network.run(router, "cat", interfaces)).includes(to);
  await until(isReady, { what: `smcrouted on ${router}`, instead: () => daemon.logTail() });
  return daemon;
}
