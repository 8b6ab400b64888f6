// SPDX-License-Identifier: MIT
import { mkdir, writeFile } from "node:fs/promises";
import type { LabProcess } from "../lab/process.ts";
import { run } from "../lab/run.ts";
import { until } from "../lab/until.ts";
import { ADDRESS, type Network, ROUTERS, type Router, unpacked } from "./network.ts";
import type { RoutingDaemon } from "./routing-daemon.ts";

const PIMD = unpacked("pimd", "usr/sbin/pimd");
/** Hellos every 5 s only make the test quick. */
const CONFIGURATION = `hello-interval 5
igmp-query-interval 5
rp-address ${ADDRESS.ipv4.rp} 224.0.0.0/4
spt-threshold packets 0 interval 100
`;
/** How long two routers take to find each other. */
const SETTLED_MS = 60_000;

/** pimd, PIM-SM: a pimd on each router, which have found each other. */
export function pimd(): RoutingDaemon {
  const daemons = new Map<Router, LabProcess>();
  const state = (router: Router): Promise<string> => show(daemons.get(router));
  return {
    name: "pimd",
    family: "ipv4",
    hasPim: true,
    files: [PIMD],
    async start(network) {
      for (const router of ROUTERS) daemons.set(router, await startOn(network, router));
      const peers = { dr: ADDRESS.ipv4.rp, rp: ADDRESS.ipv4.drOutside };
      for (const router of ROUTERS) {
        const isSettled = async (): Promise<boolean> => (await state(router)).includes(peers[router]);
        const instead = (): Promise<string> => state(router);
        await until(isSettled, { what: `pimd on ${router} to find its neighbour`, deadlineMs: SETTLED_MS, instead });
      }
    },
    async restart(network) {
      await daemons.get("dr")?.kill();
      daemons.set("dr", await startOn(network, "dr"));
    },
    state: (_, router) => state(router),
    async knows(_, router, source, group) {
      return new RegExp(`^${source}\\s+${group}\\s`.replaceAll(".", String.raw`\.`), "m").test(await state(router));
    },
  };
}

/** The place of its files is fixed below /run, so each has a /run of its own. */
async function startOn(network: Network, router: Router): Promise<LabProcess> {
  const directory = `${network.directory}/${router}-pimd`;
  await mkdir(directory, { recursive: true });
  await writeFile(`${directory}/pimd.conf`, CONFIGURATION);
  const script = `mount --bind ${directory} /run && exec ${PIMD} -f -c /run/pimd.conf`;
  return network.start(router, "pimd", ["unshare", "--mount", "sh", "-ec", script]);
}

async function show(daemon: LabProcess | undefined): Promise<string> {
  if (daemon?.pid === undefined) throw new Error(daemon?.logTail() ?? "pimd was never started");
  return run("nsenter", ["-t", String(daemon.pid), "--net", "--mount", PIMD, "-r"]).catch(String);
}
