// SPDX-License-Identifier: MIT
import { existsSync } from "node:fs";
import { mkdir, rm, writeFile } from "node:fs/promises";
import type { LabProcess } from "../lab/process.ts";
import { until } from "../lab/until.ts";
import { ADDRESS, type Network, ROUTERS, type Router, unpacked } from "./network.ts";
import type { RoutingDaemon } from "./routing-daemon.ts";

const FRR = unpacked("frr", "usr/lib/frr");
const VTYSH = unpacked("frr", "usr/bin/vtysh");
const LIBRARIES = ["usr/lib/x86_64-linux-gnu", "usr/lib/x86_64-linux-gnu/frr"].map((path) => unpacked("frr", path));
/** How long two routers take to find each other. */
const SETTLED_MS = 60_000;

const CONFIGURATION: Readonly<Record<Router, string>> = {
  dr: configuration("interface lan0", " ip pim", " ip igmp", "interface wan0", " ip pim"),
  rp: configuration("interface wan0", " ip pim", "interface lan1", " ip pim", " ip igmp"),
};

function configuration(...interfaces: string[]): string {
  return ["ip pim join-prune-interval 10", ...interfaces, "exit", `ip pim rp ${ADDRESS.ipv4.rp} 224.0.0.0/4`, ""].join(
    "\n",
  );
}

/** FRR with zebra and pimd on each router, which have found each other. */
export function frr(): RoutingDaemon {
  const daemons = new Map<Router, LabProcess>();
  return {
    name: "FRR pimd",
    family: "ipv4",
    hasPim: true,
    files: [`${FRR}/zebra`, `${FRR}/pimd`, VTYSH],
    async start(network) {
      for (const router of ROUTERS) {
        await prepare(network, router);
        await startOn(network, router, "zebra");
        daemons.set(router, await startOn(network, router, "pimd"));
      }
      for (const router of ROUTERS) {
        const hasNeighbour = async (): Promise<boolean> =>
          (await vtysh(network, router, "show ip pim neighbor json")).includes("203.0.113.");
        await until(hasNeighbour, { what: `FRR on ${router} to find its neighbour`, deadlineMs: SETTLED_MS });
      }
    },
    async restart(network) {
      await daemons.get("dr")?.kill();
      await startOn(network, "dr", "pimd");
    },
    state: (network, router) => vtysh(network, router, "show ip pim upstream", "show ip mroute"),
    async knows(network, router, source, group) {
      const answers = await Promise.all(
        ["show ip pim upstream json", "show ip mroute json"].map((command) => vtysh(network, router, command)),
      );
      const tables = answers.map((answer) => JSON.parse(answer) as Record<string, Record<string, unknown>>);
      return tables.some((table) => table[group]?.[source] !== undefined);
    },
  };
}

/** Gives commands of FRR's shell to the daemons of a router; returns what they print. */
export function vtysh(network: Network, router: Router, ...commands: string[]): Promise<string> {
  const directory = directoryOf(network, router);
  const places = ["--config_dir", directory, "--vty_socket", directory];
  return network.run(router, ...environment(), VTYSH, ...places, ...commands.flatMap((command) => ["-c", command]));
}

/** Gives lines of configuration to the daemons of a router. */
export async function configure(network: Network, router: Router, ...lines: string[]): Promise<void> {
  await vtysh(network, router, "configure terminal", ...lines);
}

async function prepare(network: Network, router: Router): Promise<void> {
  const directory = directoryOf(network, router);
  await mkdir(directory);
  await writeFile(`${directory}/vtysh.conf`, "username root nopassword\n");
  // Users and groups that installing the package would make.
  await writeFile(`${directory}/passwd`, "root:x:0:0::/:/bin/sh\nfrr:x:0:0::/:/bin/sh\n");
  await writeFile(`${directory}/group`, "root:x:0:\nfrr:x:0:\nfrrvty:x:0:\n");
}

async function startOn(network: Network, router: Router, name: "zebra" | "pimd"): Promise<LabProcess> {
  const directory = directoryOf(network, router);
  await rm(`${directory}/${name}.vty`, { force: true });
  await writeFile(`${directory}/${name}.conf`, "");
  const mounts = ["passwd", "group"].map((file) => `mount --bind ${directory}/${file} /etc/${file}`);
  const files = `-f ${directory}/${name}.conf -i ${directory}/${name}.pid -z ${directory}/zserv --vty_socket ${directory}`;
  const script = [...mounts, "mount -t tmpfs tmpfs /var/tmp", `exec ${FRR}/${name} -P 0 --log stdout ${files}`];
  const daemon = network.start(router, name, [...environment(), "unshare", "--mount", "sh", "-ec", script.join("\n")]);
  const isReady = (): boolean => existsSync(`${directory}/${name}.vty`);
  await until(isReady, { what: `FRR's ${name} on ${router}`, instead: () => daemon.logTail() });
  if (name === "pimd") await configure(network, router, ...CONFIGURATION[router].split("\n"));
  return daemon;
}

function environment(): string[] {
  return ["env", `LD_LIBRARY_PATH=${LIBRARIES.join(":")}`];
}

function directoryOf(network: Network, router: Router): string {
  return `${network.directory}/${router}-frr`;
}
