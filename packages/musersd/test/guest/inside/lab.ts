// SPDX-License-Identifier: MIT
/*
 * The guest is the mrouter of a lab:
 *
 *   host 192.0.2.11 ---- in0 192.0.2.1 guest 198.51.100.1 out0 ---- receiver 198.51.100.11
 */
import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import type { Order } from "./agent.ts";
import { ip } from "./shell.ts";

/** What smcroute forwards. */
const ROUTED = ["233.252.0.0/24", "239.255.255.255"];
/** On a busy machine the guest gets a tenth of a processor. */
const DEADLINE_MS = 180_000;
const POLL_MS = 20;

/** Waits until the condition holds. */
export async function until(condition: () => boolean | Promise<boolean>, what: string): Promise<void> {
  const deadline = Date.now() + DEADLINE_MS;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error(`not within ${DEADLINE_MS} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}

/** A host: a process of its own in a network namespace. */
export class Host {
  readonly #child: ChildProcess;

  constructor(namespace: string | undefined, address: string) {
    const command = [process.execPath, "/mauth/test/agent.mjs", address];
    const [file = "", ...args] =
      namespace === undefined ? command : ["/bin/nsenter", `--net=/run/netns/${namespace}`, ...command];
    this.#child = spawn(file, args, { stdio: ["ignore", "inherit", "inherit", "ipc"] });
  }

  async ready(): Promise<this> {
    await once(this.#child, "message");
    return this;
  }

  /** Returns when the order has been executed. */
  async do(order: Order): Promise<number> {
    const answer = once(this.#child, "message") as Promise<[number]>;
    this.#child.send(order);
    return (await answer)[0];
  }

  send(group: string, { ttl = 8, count = 10 } = {}): Promise<number> {
    return this.do({ op: "send", group, ttl, count });
  }

  received(group: string): Promise<number> {
    return this.do({ op: "count", group });
  }

  close(): void {
    this.#child.kill("SIGKILL");
  }
}

/** Makes the cable between the guest and a namespace of its own, the guest's end up. */
export function plugIn(name: string, namespace: string, addresses: { here: string; there: string }): void {
  if (!existsSync(`/run/netns/${namespace}`)) ip("netns", "add", namespace);
  ip("link", "add", name, "type", "veth", "peer", "name", "eth0", "netns", namespace);
  ip("addr", "add", `${addresses.here}/24`, "dev", name);
  ip("link", "set", name, "up");
  ip("-n", namespace, "addr", "add", `${addresses.there}/24`, "dev", "eth0");
  ip("-n", namespace, "link", "set", "eth0", "up");
}

let shared: Promise<Lab> | undefined;

/** The lab that all tests share, because an emulated machine takes seconds to make one: each uses groups of its own. */
export function theLab(): Promise<Lab> {
  shared ??= new Lab().ready();
  return shared;
}

/** Ends the lab, if a test made it. */
export async function closeLab(): Promise<void> {
  if (shared !== undefined) await (await shared).close();
}

/** The whole lab, with a routing daemon that forwards every group of its tests. */
export class Lab {
  readonly host: Host;
  readonly receiver: Host;
  readonly local: Host;
  readonly #smcroute: ChildProcess;

  constructor() {
    writeFileSync("/proc/sys/net/ipv4/ip_forward", "1");
    for (const name of ["all", "default"]) writeFileSync(`/proc/sys/net/ipv4/conf/${name}/rp_filter`, "0");
    plugIn("in0", "host", { here: "192.0.2.1", there: "192.0.2.11" });
    plugIn("out0", "receiver", { here: "198.51.100.1", there: "198.51.100.11" });
    const routes = ROUTED.map((group) => `mroute from in0 group ${group} to out0\n`);
    writeFileSync("/tmp/smcroute.conf", `phyint in0 enable\nphyint out0 enable\n${routes.join("")}`);
    const args = ["-n", "-N", "-f", "/tmp/smcroute.conf", "-i", "guest", "-l", "notice"];
    this.#smcroute = spawn("/bin/smcrouted", args, { stdio: "ignore" });
    this.host = new Host("host", "192.0.2.11");
    this.receiver = new Host("receiver", "198.51.100.11");
    this.local = new Host(undefined, "192.0.2.1");
  }

  async ready(): Promise<this> {
    await Promise.all([this.host.ready(), this.receiver.ready(), this.local.ready()]);
    await until(() => cacheEntries("/proc/net/ip_mr_vif").length === 2, "smcroute has two interfaces");
    return this;
  }

  /** Has the receiver listen to the groups. */
  async join(...groups: string[]): Promise<void> {
    for (const group of groups) await this.receiver.do({ op: "join", group });
  }

  /** Sends to a permitted group until it arrives: the first packets may be lost while the route is set up. */
  async warmUp(group: string): Promise<void> {
    const before = await this.receiver.received(group);
    await until(async () => {
      await this.host.send(group, { count: 1 });
      return (await this.receiver.received(group)) > before;
    }, `${group} arrives`);
  }

  async close(): Promise<void> {
    for (const host of [this.host, this.receiver, this.local]) host.close();
    this.#smcroute.kill("SIGTERM");
    await once(this.#smcroute, "exit");
    for (const namespace of ["host", "receiver"]) ip("netns", "del", namespace);
    await until(() => !existsSync("/sys/class/net/in0"), "the cables are gone");
  }
}

/** Lines of a table below /proc/net, without its heading. */
export function cacheEntries(path: string): string[] {
  return readFileSync(path, "utf8").trim().split("\n").slice(1);
}

/** Groups of the forwarding cache, as it prints them: hexadecimal in the machine's byte order. */
export function cachedGroups(): string[] {
  return cacheEntries("/proc/net/ip_mr_cache").map((line) => {
    const octets = line.trim().slice(0, 8).match(/../g) ?? [];
    return octets
      .reverse()
      .map((octet) => Number.parseInt(octet, 16))
      .join(".");
  });
}
