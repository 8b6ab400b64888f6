// SPDX-License-Identifier: MIT
import { ip, runIn } from "./run.ts";

/*
 *   permitted eth0 .11 ──┐
 *   rogue     eth0 .66 ──┤    senders                 mrouter           receivers
 *   service   sap0 .5  ──┴─ 192.0.2.0/24 ── lan0 .1 ─┤     ├─ lan1 .1 ── 198.51.100.0/24 ── eth0 .20 receiver
 *                                                    │     │
 *   service   mgmt0 .5 ──── 203.0.113.0/24 ───────── mgmt0 .1
 *                             management
 *
 * Each host is a network namespace, mauth-ID-HOST, so that any number of labs run side by side and a crashed one is found.
 * The three LANs are bridges in one more, mauth-ID-switches: a host keeps its interface while the mrouter reboots.
 */

/** Every host of a lab, and the one that is its switches. */
export const HOSTS = ["switches", "permitted", "rogue", "service", "mrouter", "receiver"] as const;
export type HostName = (typeof HOSTS)[number];

/** Hosts of the network in e2e/daemons that no other lab has. */
export const PIM_ROUTERS = ["dr", "rp"] as const;

/** Hosts of the network of the chaos test that no other lab has. */
export const CHAOS_HOSTS = ["edge1", "edge2", "edge3", "lan1", "lan2", "lan3"] as const;

/** Addresses of the lab; the sentinel addresses belong to the same hosts and are used by drain() only. */
export const ADDRESS = {
  permitted: "192.0.2.11",
  permittedSentinel: "192.0.2.12",
  rogue: "192.0.2.66",
  rogueSentinel: "192.0.2.67",
  service: "192.0.2.5",
  mrouter: "192.0.2.1",
  receiver: "198.51.100.20",
  mrouterManagement: "203.0.113.1",
  serviceManagement: "203.0.113.5",
} as const;

type LanName = "senders" | "receivers" | "management";
const LANS: readonly LanName[] = ["senders", "receivers", "management"];

interface Port {
  readonly host: HostName;
  readonly lan: LanName;
  readonly name: string;
  readonly addresses: readonly string[];
  /** Where the host sends its multicast. */
  readonly multicast?: true;
}

const MROUTER_PORTS: readonly Port[] = [
  { host: "mrouter", lan: "senders", name: "lan0", addresses: [ADDRESS.mrouter] },
  { host: "mrouter", lan: "receivers", name: "lan1", addresses: ["198.51.100.1"] },
  { host: "mrouter", lan: "management", name: "mgmt0", addresses: [ADDRESS.mrouterManagement] },
];

const HOST_PORTS: readonly Port[] = [
  {
    host: "permitted",
    lan: "senders",
    name: "eth0",
    addresses: [ADDRESS.permitted, ADDRESS.permittedSentinel],
    multicast: true,
  },
  { host: "rogue", lan: "senders", name: "eth0", addresses: [ADDRESS.rogue, ADDRESS.rogueSentinel], multicast: true },
  { host: "service", lan: "senders", name: "sap0", addresses: [ADDRESS.service], multicast: true },
  { host: "service", lan: "management", name: "mgmt0", addresses: [ADDRESS.serviceManagement] },
  { host: "receiver", lan: "receivers", name: "eth0", addresses: [ADDRESS.receiver], multicast: true },
];

/** The namespace of a host of the lab. */
export function namespaceOf(id: string, host: HostName): string {
  return `mauth-${id}-${host}`;
}

/** Builds every host but the mrouter. */
export async function buildHosts(id: string): Promise<void> {
  const hosts = HOSTS.filter((host) => host !== "mrouter");
  await ip(hosts.map((host) => `netns add ${namespaceOf(id, host)}`));
  await ip(
    LANS.flatMap((lan) => [`link add ${lan} type bridge stp_state 0 mcast_snooping 0`, `link set ${lan} up`]),
    namespaceOf(id, "switches"),
  );
  for (const host of hosts) await configure(id, host, {});
  for (const port of HOST_PORTS) await plug(id, port);
}

/** Builds the mrouter and connects it; after a reboot it is built again into the same network. */
export async function buildMrouter(id: string): Promise<void> {
  await ip([`netns add ${namespaceOf(id, "mrouter")}`]);
  await configure(id, "mrouter", { ip_forward: 1 });
  for (const port of MROUTER_PORTS) await plug(id, port);
}

/** Takes the mrouter's interfaces away at once; with only the namespace removed, the kernel does it some time later. */
export async function unplugMrouter(id: string): Promise<void> {
  await ip(
    MROUTER_PORTS.map((port) => `link delete ${port.name}`),
    namespaceOf(id, "mrouter"),
  );
}

/** A new namespace inherits the machine's settings; reverse-path filtering would drop multicast from other networks. */
async function configure(id: string, host: HostName, settings: Record<string, number>): Promise<void> {
  const all = { "conf/all/rp_filter": 0, "conf/default/rp_filter": 0, ...settings };
  const writes = Object.entries(all).map(([name, value]) => `echo ${value} > /proc/sys/net/ipv4/${name}`);
  await runIn(namespaceOf(id, host), ["sh", "-ec", writes.join("\n")]);
}

/** A port keeps its hardware address over a reboot, as real ones do: neighbours need not learn it again. */
function macOf(port: Port): string {
  const octets = (port.addresses[0] ?? "").split(".").map((octet) => Number(octet).toString(16).padStart(2, "0"));
  return ["02", "00", ...octets].join(":"); // 02: locally administered.
}

async function plug(id: string, port: Port): Promise<void> {
  const peer = `${port.host}-${port.name}`;
  await ip(
    [
      `link add ${peer} type veth peer name ${port.name} address ${macOf(port)} netns ${namespaceOf(id, port.host)}`,
      `link set ${peer} master ${port.lan}`,
      `link set ${peer} up`,
    ],
    namespaceOf(id, "switches"),
  );
  await ip(
    [
      "link set lo up",
      ...port.addresses.map((address) => `addr add ${address}/24 dev ${port.name}`),
      `link set ${port.name} up`,
      ...(port.multicast ? [`route add 224.0.0.0/4 dev ${port.name}`] : []),
    ],
    namespaceOf(id, port.host),
  );
}
