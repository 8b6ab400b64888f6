// SPDX-License-Identifier: MIT
import { writeFile } from "node:fs/promises";
import { get } from "node:http";
import { forget } from "../../lab/interrupt.ts";
import { LabProcess } from "../../lab/process.ts";
import { cleanUp, directoryOf, lay } from "../../lab/record.ts";
import { ip, runIn } from "../../lab/run.ts";
import { BIN, RPC_PORT } from "../../lab/services.ts";
import { buildTrafficPrograms } from "../../lab/traffic/build.ts";
import { Receiver } from "../../lab/traffic/receiver.ts";
import { DEFAULT_PORT, Sender } from "../../lab/traffic/sender.ts";
import { until } from "../../lab/until.ts";

/*
 *   lan1 eth0 192.0.2.64/26  ── lan0 edge1 mgmt0 ── 203.0.113.16/30 ── m1 ┐
 *   lan2 eth0 192.0.2.128/26 ── lan0 edge2 mgmt0 ── 203.0.113.32/30 ── m2 ┤ service: mauthserver
 *   lan3 eth0 192.0.2.192/26 ── lan0 edge3 mgmt0 ── 203.0.113.48/30 ── m3 ┘
 *
 * Each mrouter runs musersd with the real filter on lan0. What the filter lets through is counted by the mrouter itself,
 * right behind the filter, so that no routing daemon stands between the filter and the count.
 */

export const EDGES = [1, 2, 3] as const;
export type Edge = (typeof EDGES)[number];

/** An address of the LAN of an mrouter; 1 is the mrouter itself. */
export function addressOf(edge: Edge, host: number): string {
  return `192.0.2.${64 * edge + host}`;
}

const READY_MS = 60_000;

/** Three mrouters and one mauthserver, each of which can be killed and cut off. */
export class ChaosNetwork {
  readonly id: string;
  readonly #processes = new Map<string, LabProcess>();

  private constructor(id: string) {
    this.id = id;
  }

  static async create(id: string): Promise<ChaosNetwork> {
    await buildTrafficPrograms();
    return lay(
      id,
      () => new ChaosNetwork(id),
      (network) => network.#build(),
    );
  }

  get directory(): string {
    return directoryOf(this.id);
  }

  get socket(): string {
    return `${this.directory}/http.sock`;
  }

  get database(): string {
    return `${this.directory}/mauth.db`;
  }

  /** Starts musersd of an mrouter, or mauthserver, and returns when it does its work. */
  async start(name: "mauthserver" | `edge${Edge}`): Promise<void> {
    const found = this.#processes.get(name);
    if (found === undefined) throw new Error(`there is no ${name}`);
    found.start();
    const look = async () => {
      if (!found.running) throw new Error(found.logTail());
      return name === "mauthserver" ? isHealthy(this.socket) : this.#answers(Number(name.slice(4)) as Edge);
    };
    await until(look, { what: `${name} to serve`, deadlineMs: READY_MS, instead: () => found.logTail() });
  }

  async kill(name: "mauthserver" | `edge${Edge}`): Promise<void> {
    await this.#processes.get(name)?.kill();
  }

  async stopServer(): Promise<void> {
    await this.#processes.get("mauthserver")?.stop();
  }

  /** The ends of all logs. */
  get logTails(): string {
    return Array.from(this.#processes, ([name, one]) => `${name}: ${one.logTail()}`).join("\n");
  }

  /** Cuts the management link of an mrouter, or mends it. */
  async setLink(edge: Edge, state: "up" | "down"): Promise<void> {
    await ip([`link set m${edge} ${state}`], this.#namespace("service"));
  }

  /** What the kernel of an mrouter holds: "SOURCE>GROUP TTL", sorted. */
  async kernelOf(edge: Edge): Promise<string[]> {
    const text = await this.#musersctl(edge, "list", "--json");
    const rows = JSON.parse(text) as Array<{ source: string; group: string; maxTtl: number }>;
    return rows.map(({ source, group, maxTtl }) => `${source}>${group} ${maxTtl}`).sort();
  }

  send(edge: Edge, host: number, group: string, packetsPerSecond: number): Sender {
    return new Sender(this.#namespace(`lan${edge}`), { source: addressOf(edge, host), group, packetsPerSecond });
  }

  async receive(edge: Edge, groups: readonly string[]): Promise<Receiver> {
    const where = { namespace: this.#namespace(`edge${edge}`), interfaceAddress: addressOf(edge, 1) };
    const receiver = new Receiver({ ...where, port: DEFAULT_PORT });
    await receiver.join(...groups);
    return receiver;
  }

  async close(): Promise<void> {
    await Promise.all([...this.#processes.values()].map((one) => one.stop()));
    await cleanUp(this.id);
    forget(this);
  }

  async #build(): Promise<void> {
    const names = ["service", ...EDGES.flatMap((edge) => [`edge${edge}`, `lan${edge}`])];
    await ip(names.map((name) => `netns add ${this.#namespace(name)}`));
    await ip(["link set lo up"], this.#namespace("service"));
    for (const edge of EDGES) await this.#plug(edge);
    const mrouters = EDGES.map(
      (edge) => `[[mrouter]]
name = "edge${edge}"
address = "203.0.113.${16 * edge + 2}:${RPC_PORT}"
protocol = "v2"
networks = ["${addressOf(edge, 0)}/26"]
`,
    );
    await writeFile(
      `${this.directory}/mauthserver.toml`,
      `listen = "unix:${this.socket}"\nstore = "sqlite:${this.database}"\n${mrouters.join("")}`,
    );
    const command = [`${BIN}/mauthserver`, "serve", "--config", `${this.directory}/mauthserver.toml`];
    this.#processes.set("mauthserver", this.#process("mauthserver", "service", command));
  }

  async #plug(edge: Edge): Promise<void> {
    const [router, lan] = [this.#namespace(`edge${edge}`), this.#namespace(`lan${edge}`)];
    const [near, far] = [`203.0.113.${16 * edge + 1}`, `203.0.113.${16 * edge + 2}`];
    await ip(
      [
        `link add m${edge} type veth peer name mgmt0 netns ${router}`,
        `addr add ${near}/30 dev m${edge}`,
        `link set m${edge} up`,
      ],
      this.#namespace("service"),
    );
    await ip([`link add eth0 type veth peer name lan0 netns ${router}`, "link set lo up", "link set eth0 up"], lan);
    const hosts = Array.from({ length: 61 }, (_, index) => index + 2);
    await ip(
      [...hosts.map((host) => `addr add ${addressOf(edge, host)}/26 dev eth0`), "route add 224.0.0.0/4 dev eth0"],
      lan,
    );
    const interfaces = [`addr add ${addressOf(edge, 1)}/26 dev lan0`, `addr add ${far}/30 dev mgmt0`];
    await ip(["link set lo up", ...interfaces, "link set lan0 up", "link set mgmt0 up"], router);
    await writeFile(
      `${this.directory}/edge${edge}.toml`,
      `listen = "0.0.0.0:${RPC_PORT}"
interfaces = ["lan0"]
state_dir = "${this.directory}/edge${edge}"
[v1]
allow = ["127.0.0.0/8", "${near}/32"]
`,
    );
    const command = [`${BIN}/musersd`, "--config", `${this.directory}/edge${edge}.toml`];
    this.#processes.set(`edge${edge}`, this.#process(`edge${edge}`, `edge${edge}`, command));
  }

  #process(name: string, host: string, command: readonly string[]): LabProcess {
    const logFile = `${this.directory}/${name}.log`;
    return new LabProcess({ name, namespace: this.#namespace(host), command, logFile });
  }

  async #answers(edge: Edge): Promise<boolean> {
    return this.#musersctl(edge, "status", "--json").then(
      () => true,
      () => false,
    );
  }

  #musersctl(edge: Edge, ...args: string[]): Promise<string> {
    const command = [`${BIN}/musersctl`, "--server", `127.0.0.1:${RPC_PORT}`, ...args];
    return runIn(this.#namespace(`edge${edge}`), command);
  }

  #namespace(host: string): string {
    return `mauth-${this.id}-${host}`;
  }
}

function isHealthy(socketPath: string): Promise<boolean> {
  return new Promise((resolve) => {
    const request = get({ socketPath, path: "/healthz", headers: { host: "localhost" } }, (response) => {
      response.resume();
      resolve(response.statusCode === 200);
    });
    request.once("error", () => resolve(false));
  });
}
