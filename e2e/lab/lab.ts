// SPDX-License-Identifier: MIT
import { access, rm, stat, writeFile } from "node:fs/promises";
import { Forwarder } from "./forward.ts";
import { forget } from "./interrupt.ts";
import type { LabProcess } from "./process.ts";
import { LabError, cleanUp, directoryOf, removeNamespace, lay, unmountBelow } from "./record.ts";
import { runIn } from "./run.ts";
import { NEEDED_FILES, RPC_PORT, type ServiceName, configurationOf, createService } from "./services.ts";
import { ADDRESS, type HostName, buildHosts, buildMrouter, namespaceOf, unplugMrouter } from "./topology.ts";
import { buildTrafficPrograms } from "./traffic/build.ts";
import { Exchange } from "./traffic/exchange.ts";
import { Receiver } from "./traffic/receiver.ts";
import { DEFAULT_PORT, type SendOptions, Sender } from "./traffic/sender.ts";
import { until } from "./until.ts";
import { REMOVE, v1Bytes } from "./v1.ts";

/** Only ever sent by drain(): a group that a test must have permitted for the sentinel addresses. */
export const SENTINEL_GROUP = "233.252.0.254";

/** How long a daemon may take until it serves, on a busy machine. */
const READY_MS = 30_000;

export interface LabOptions {
  /** Lower-case letters and digits; names the namespaces. */
  readonly id: string;
  /** TCP port of the console on 127.0.0.1; 0, the default, takes any free one. */
  readonly consolePort?: number;
  readonly protocol?: "v1" | "v2";
  /** Nothing may be done before there is an account; its code is in the log of mauthserver. */
  readonly isLoginRequired?: boolean;
}

/** A multicast network in network namespaces with real daemons; README.md draws it. */
export class Lab {
  readonly id: string;
  readonly #protocol: "v1" | "v2";
  readonly #isLoginRequired: boolean;
  readonly #forwarder: Forwarder;
  readonly #services = new Map<ServiceName, LabProcess>();
  #built: Promise<void> | undefined;
  #sentinel: Receiver | undefined;
  #closing: Promise<void> | undefined;

  private constructor(options: LabOptions) {
    this.id = options.id;
    this.#protocol = options.protocol ?? "v1";
    this.#isLoginRequired = options.isLoginRequired ?? false;
    this.#forwarder = new Forwarder(`${this.directory}/http.sock`);
  }

  /** Builds the network and starts the routing daemon. What a crashed lab left is cleaned up first. */
  static async create(options: LabOptions): Promise<Lab> {
    await checkHost();
    await buildTrafficPrograms();
    return lay(
      options.id,
      () => new Lab(options),
      (lab) => (lab.#built = lab.#build(options.consolePort ?? 0)),
    );
  }

  /** Configuration, sockets, database and logs of the lab; gone after close(). */
  get directory(): string {
    return directoryOf(this.id);
  }

  /** Where the console is reached from the host. */
  get url(): string {
    return `http://127.0.0.1:${this.#forwarder.port}`;
  }

  /** Stops and removes everything. Doing it again does nothing. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  /** A daemon of the lab, for its process id, its log, or to kill it. */
  service(name: ServiceName): LabProcess {
    const service = this.#services.get(name);
    if (service === undefined) throw new LabError(`${name} was never started in the lab "${this.id}"`);
    return service;
  }

  /** Starts a daemon and returns when it does its work. */
  async start(name: ServiceName): Promise<LabProcess> {
    const settings = {
      directory: this.directory,
      consolePort: this.#forwarder.port,
      protocol: this.#protocol,
      isLoginRequired: this.#isLoginRequired,
    };
    const file = configurationOf(name, settings);
    if (file !== undefined) await writeFile(`${this.directory}/${file.name}`, file.text);
    const service = this.#services.get(name) ?? createService(name, this.id, settings);
    this.#services.set(name, service);
    if (this.#closing !== undefined) throw new LabError(`the lab "${this.id}" is closing`);
    service.start();
    await this.#ready(service, name);
    return service;
  }

  /**
   * The mrouter loses power and comes back: new namespace, no filter, no maps, no state. Its daemons start again, the
   * filter before the routing, as on a real one: nothing is forwarded unfiltered in between.
   */
  async rebootMrouter(): Promise<void> {
    const daemons = (["musersd", "smcrouted"] as const).filter((name) => this.#services.get(name)?.running);
    for (const name of daemons) await this.service(name).kill();
    await unmountBelow(`${this.directory}/musersd`);
    await rm(`${this.directory}/musersd`, { recursive: true, force: true });
    await unplugMrouter(this.id);
    await removeNamespace(this.#namespace("mrouter"));
    await buildMrouter(this.id);
    for (const name of daemons) await this.start(name);
  }

  /** Runs a command on a host of the lab and returns its output. */
  run(host: HostName, ...command: string[]): Promise<string> {
    return runIn(this.#namespace(host), command);
  }

  /** Sends numbered datagrams from a host; by default from its first address. */
  send(host: "permitted" | "rogue" | "service", options: Omit<SendOptions, "source"> & { source?: string }): Sender {
    return new Sender(this.#namespace(host), { source: ADDRESS[host], ...options });
  }

  /** Joins groups on a host, by default on the receiver LAN, and counts what arrives there at a port. */
  async receive(
    groups: readonly string[],
    { port = DEFAULT_PORT, host = "receiver" }: { port?: number; host?: "receiver" | "mrouter" | "service" } = {},
  ): Promise<Receiver> {
    const receiver = new Receiver({ namespace: this.#namespace(host), interfaceAddress: ADDRESS[host], port });
    await receiver.join(...groups);
    return receiver;
  }

  /** Opens a UDP socket on a host of the lab. */
  exchange(host: HostName, to: { address: string; port: number; packetsPerSecond?: number }): Exchange {
    return new Exchange({ namespace: this.#namespace(host), ...to });
  }

  /**
   * Waits until what the senders have sent so far has either arrived or been dropped: a sentinel, sent after it from the
   * same hosts on a permitted path, has arrived. Only then does "0 packets" mean something.
   */
  async drain(): Promise<void> {
    this.#sentinel ??= await this.receive([SENTINEL_GROUP]);
    for (const host of ["permitted", "rogue"] as const) await this.#passSentinel(host, this.#sentinel);
  }

  /** The multicast forwarding cache of the mrouter's kernel, as "source group" pairs; each is state that a packet created. */
  async forwardingCache(): Promise<string[]> {
    const lines = (await this.run("mrouter", "cat", "/proc/net/ip_mr_cache")).trim().split("\n").slice(1);
    return lines.map((line) => {
      const [group = "", source = ""] = line.trim().split(/\s+/);
      return `${addressOfHex(source)} ${addressOfHex(group)}`;
    });
  }

  async #build(consolePort: number): Promise<void> {
    await this.#forwarder.start(consolePort);
    await buildHosts(this.id);
    await buildMrouter(this.id);
    await this.start("smcrouted");
  }

  async #close(): Promise<void> {
    await this.#built?.catch(() => undefined); // An interrupted build is finished first, so that nothing of it comes later.
    await this.#sentinel?.stop();
    await Promise.all([...this.#services.values()].map((service) => service.stop()));
    await this.#forwarder.stop();
    await cleanUp(this.id);
    forget(this);
  }

  async #passSentinel(host: "permitted" | "rogue", sentinel: Receiver): Promise<void> {
    const source = ADDRESS[`${host}Sentinel`];
    const before = await sentinel.packets(source, SENTINEL_GROUP);
    const sender = this.send(host, { source, group: SENTINEL_GROUP, packetsPerSecond: 50 });
    const what = `the sentinel of ${host} (${source} to ${SENTINEL_GROUP}) to arrive; is it permitted?`;
    try {
      await until(async () => (await sentinel.packets(source, SENTINEL_GROUP)) > before, { what });
    } finally {
      await sender.stop();
    }
  }

  /** Waits until a daemon that was just started does its work. */
  async #ready(service: LabProcess, name: ServiceName): Promise<void> {
    const look = async () => {
      if (!service.running) throw new LabError(service.logTail());
      return this.#serves(name);
    };
    await until(look, { what: `${name} to be ready`, deadlineMs: READY_MS, instead: () => service.logTail() });
  }

  async #serves(name: ServiceName): Promise<boolean> {
    if (name === "smcrouted") return this.#routes();
    if (name === "musersd") return this.#answersRpc();
    if (name === "mauthserver") return (await fetch(`${this.url}/healthz`).catch(() => undefined))?.ok === true;
    return true; // Announcers: tests wait for what they announce.
  }

  /** smcrouted reads its routes before it opens its socket. */
  async #routes(): Promise<boolean> {
    const interfaces = (await this.run("mrouter", "cat", "/proc/net/ip_mr_vif")).trim().split("\n").length - 1;
    const socket = await stat(`${this.directory}/smcroute.sock`).catch(() => undefined);
    return interfaces === 2 && socket !== undefined;
  }

  /** Removing a sender that never was changes nothing, and its ACK says that the filter answers. */
  async #answersRpc(): Promise<boolean> {
    const exchange = this.exchange("mrouter", { address: "127.0.0.1", port: RPC_PORT });
    const request = v1Bytes({ sequence: 0, command: REMOVE, source: "192.0.2.250", group: "233.252.0.250", maxTtl: 1 });
    const response = await exchange.ask(request, { deadlineMs: 250 }).catch(() => undefined);
    await exchange.stop();
    return response?.[0] === 0x00;
  }

  #namespace(host: HostName): string {
    return namespaceOf(this.id, host);
  }
}

async function checkHost(): Promise<void> {
  if (process.getuid?.() !== 0) throw new LabError("the lab makes network namespaces, which needs root");
  for (const file of NEEDED_FILES) {
    await access(file).catch(() => {
      throw new LabError(`${file} is missing: run scripts/setup`);
    });
  }
}

/** /proc prints addresses as the hex digits of the network-order word read in the machine's byte order. */
function addressOfHex(hex: string): string {
  return [...Buffer.from(hex, "hex")].reverse().join(".");
}
