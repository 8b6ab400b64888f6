// SPDX-License-Identifier: MIT
import { join } from "node:path";
import { existsSync } from "node:fs";
import { forget } from "../lab/interrupt.ts";
import { LabProcess } from "../lab/process.ts";
import { cleanUp, directoryOf, lay } from "../lab/record.ts";
import { ip, runIn } from "../lab/run.ts";
import { buildTrafficPrograms } from "../lab/traffic/build.ts";
import { Receiver } from "../lab/traffic/receiver.ts";
import { DEFAULT_PORT, type SendOptions, Sender } from "../lab/traffic/sender.ts";

/*
 *   permitted eth0 .11 ─┐
 *   rogue     eth0 .66 ─┴─ 192.0.2.0/24 ── lan0 .1 dr wan0 .1 ── 203.0.113.0/24 ── wan0 .2 rp lan1 .1 ── 198.51.100.0/24 ── eth0 .20 receiver
 *
 * dr is the designated router of the senders, rp the rendezvous point (RFC 7761 §3). For IPv6 the same with
 * 2001:db8:1::/64, 2001:db8:2::/64 and 2001:db8:3::/64.
 */

export const HOSTS = ["switches", "permitted", "rogue", "dr", "rp", "receiver"] as const;
export type Host = (typeof HOSTS)[number];
export type Router = "dr" | "rp";
export const ROUTERS: readonly Router[] = ["dr", "rp"];
export type Family = "ipv4" | "ipv6";

interface Addresses {
  readonly permitted: string;
  readonly rogue: string;
  /** Second addresses of the same hosts, whose packets show that what was sent before them has arrived or was dropped. */
  readonly permittedSentinel: string;
  readonly rogueSentinel: string;
  readonly receiver: string;
  readonly drInside: string;
  readonly drOutside: string;
  readonly rp: string;
  readonly rpInside: string;
  readonly senders: string;
  readonly receivers: string;
}

export const ADDRESS: Readonly<Record<Family, Addresses>> = {
  ipv4: {
    permitted: "192.0.2.11",
    rogue: "192.0.2.66",
    permittedSentinel: "192.0.2.12",
    rogueSentinel: "192.0.2.67",
    receiver: "198.51.100.20",
    drInside: "192.0.2.1",
    drOutside: "203.0.113.1",
    rp: "203.0.113.2",
    rpInside: "198.51.100.1",
    senders: "192.0.2.0/24",
    receivers: "198.51.100.0/24",
  },
  ipv6: {
    permitted: "2001:db8:1::11",
    rogue: "2001:db8:1::66",
    permittedSentinel: "2001:db8:1::12",
    rogueSentinel: "2001:db8:1::67",
    receiver: "2001:db8:3::20",
    drInside: "2001:db8:1::1",
    drOutside: "2001:db8:2::1",
    rp: "2001:db8:2::2",
    rpInside: "2001:db8:3::1",
    senders: "2001:db8:1::/64",
    receivers: "2001:db8:3::/64",
  },
};

const DAEMONS = join(import.meta.dirname, "../../.cache/daemons");
const ETHTOOL = join(DAEMONS, "ethtool/usr/sbin/ethtool");

/** A file of a program that set-up unpacked beside the project. */
export function unpacked(name: string, path: string): string {
  return join(DAEMONS, name, path);
}

/** Why the daemons cannot be tried here; undefined when they can. */
export function missing(...files: string[]): string | undefined {
  const file = [ETHTOOL, ...files].find((one) => !existsSync(one));
  return file === undefined ? undefined : `${file} is missing: set-up could not unpack it`;
}

/** Two multicast routers between senders and a receiver, in network namespaces, without any daemon yet. */
export class Network {
  readonly id: string;
  readonly #processes: LabProcess[] = [];
  readonly #receivers: Receiver[] = [];
  #closing: Promise<void> | undefined;

  private constructor(id: string) {
    this.id = id;
  }

  static async create(id: string): Promise<Network> {
    await buildTrafficPrograms();
    return lay(
      id,
      () => new Network(id),
      (network) => network.#build(),
    );
  }

  get directory(): string {
    return directoryOf(this.id);
  }

  run(host: Host, ...command: string[]): Promise<string> {
    return runIn(this.#namespace(host), command);
  }

  /** Loads nftables rules on a host. */
  async nft(host: Host, rules: string): Promise<void> {
    await runIn(this.#namespace(host), ["nft", "-f", "-"], rules);
  }

  /** Starts a program on a host; it runs until the network is closed. */
  start(host: Host, name: string, command: readonly string[]): LabProcess {
    const logFile = `${this.directory}/${host}-${name}.log`;
    const program = new LabProcess({ name: `${name} on ${host}`, namespace: this.#namespace(host), command, logFile });
    this.#processes.push(program);
    program.start();
    return program;
  }

  send(host: "permitted" | "rogue", options: SendOptions): Sender {
    return new Sender(this.#namespace(host), options);
  }

  async receive(family: Family, groups: readonly string[]): Promise<Receiver> {
    const interfaceAddress = ADDRESS[family].receiver;
    const receiver = new Receiver({ namespace: this.#namespace("receiver"), interfaceAddress, port: DEFAULT_PORT });
    this.#receivers.push(receiver);
    await receiver.join(...groups);
    return receiver;
  }

  /** Tells whether the kernel of a router has a forwarding-cache entry of the pair. */
  async isCached(router: Router, source: string, group: string): Promise<boolean> {
    const family = source.includes(":") ? "-6" : "-4";
    // Unlike /proc/net/ip_mr_cache it also tells entries that wait for the daemon, as "unresolved".
    const entries = await this.run(router, "ip", family, "mroute", "show", "table", "all");
    return entries.includes(`(${source},${group})`) || entries.includes(`(${source}, ${group})`);
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    await Promise.all(this.#receivers.map((receiver) => receiver.stop()));
    for (const program of this.#processes.toReversed()) await program.stop();
    await cleanUp(this.id);
    forget(this);
  }

  #namespace(host: Host): string {
    return `mauth-${this.id}-${host}`;
  }

  async #build(): Promise<void> {
    await ip(HOSTS.map((host) => `netns add ${this.#namespace(host)}`));
    await ip(["link add lan type bridge stp_state 0 mcast_snooping 0", "link set lan up"], this.#namespace("switches"));
    for (const host of HOSTS) await this.#configure(host);
    for (const [host, name] of [
      ["permitted", "eth0"],
      ["rogue", "eth0"],
      ["dr", "lan0"],
    ] as const) {
      const add = `link add ${host} type veth peer name ${name} netns ${this.#namespace(host)}`;
      await ip([add, `link set ${host} master lan`, `link set ${host} up`], this.#namespace("switches"));
    }
    await ip([`link add wan0 type veth peer name wan0 netns ${this.#namespace("rp")}`], this.#namespace("dr"));
    await ip([`link add lan1 type veth peer name eth0 netns ${this.#namespace("receiver")}`], this.#namespace("rp"));
    for (const family of ["ipv4", "ipv6"] as const) await this.#address(family);
    // An encapsulated packet whose checksum was left to the card would arrive with a wrong one.
    for (const host of ["permitted", "rogue"] as const) await this.run(host, ETHTOOL, "-K", "eth0", "tx", "off");
  }

  /** A new namespace inherits the machine's settings; reverse-path filtering would drop multicast from other networks. */
  async #configure(host: Host): Promise<void> {
    const isRouter = host === "dr" || host === "rp" ? 1 : 0;
    const settings = {
      "ipv4/conf/all/rp_filter": 0,
      "ipv4/conf/default/rp_filter": 0,
      "ipv4/ip_forward": isRouter,
      "ipv6/conf/default/accept_dad": 0,
      "ipv6/conf/all/forwarding": isRouter,
    };
    const writes = Object.entries(settings).map(([name, value]) => `echo ${value} > /proc/sys/net/${name}`);
    await this.run(host, "sh", "-ec", [...writes, "ip link set lo up"].join("\n"));
  }

  async #address(family: Family): Promise<void> {
    const own = ADDRESS[family];
    const bits = family === "ipv4" ? 24 : 64;
    const port = (name: string, ...addresses: string[]): string[] => [
      `link set ${name} up`,
      ...addresses.map((one) => `addr add ${one}/${bits} dev ${name}${family === "ipv6" ? " nodad" : ""}`),
    ];
    // The kernel has a route of its own for IPv6 groups.
    const multicast = family === "ipv4" ? ["route add 224.0.0.0/4 dev eth0"] : [];
    const plan: Partial<Record<Host, string[]>> = {
      permitted: [...port("eth0", own.permitted, own.permittedSentinel), ...multicast, via(own.drInside)],
      rogue: [...port("eth0", own.rogue, own.rogueSentinel), ...multicast, via(own.drInside)],
      // No default route: FRR looks for a source by a route of its network.
      dr: [...port("lan0", own.drInside), ...port("wan0", own.drOutside), via(own.rp, own.receivers)],
      rp: [...port("wan0", own.rp), ...port("lan1", own.rpInside), via(own.drOutside, own.senders)],
      receiver: [...port("eth0", own.receiver), ...multicast, via(own.rpInside)],
    };
    for (const [host, commands] of Object.entries(plan)) await ip(commands, this.#namespace(host as Host));
  }
}

function via(router: string, network = "default"): string {
  return `route add ${network} via ${router}`;
}
