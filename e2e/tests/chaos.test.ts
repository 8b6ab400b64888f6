// SPDX-License-Identifier: MIT
import { loadavg } from "node:os";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { SqliteStore } from "../../packages/mauthserver/src/store/sqlite.ts";
import type { Change } from "../../packages/mauthserver/src/store/store.ts";
import type { Receiver } from "../lab/traffic/receiver.ts";
import type { Sender } from "../lab/traffic/sender.ts";
import { until } from "../lab/until.ts";
import { CALLS_MAX, ChaosClient } from "./support/chaos-client.ts";
import { addressOf, ChaosNetwork, EDGES } from "./support/chaos-network.ts";
import type { Edge } from "./support/chaos-network.ts";
import { Promises } from "./support/promises.ts";
import { seededRandom } from "./support/random.ts";
import { uniqueId } from "./support/unique-id.ts";

/** Events: kills of mauthserver and of each musersd with kill -9, and cut links; 60 in a soak. */
const EVENTS = Number(process.env["MAUTH_CHAOS_EVENTS"] ?? 8);
const SEED = Number(process.env["MAUTH_CHAOS_SEED"] ?? Date.now() % 1_000_000);
/** Connections, each with `CALLS_MAX` calls under way. */
const CLIENTS = 8;
/** Groups that are decided about, beside those of the packets. */
const GROUPS = 10;
/** Hosts of each LAN that the decisions are about. */
const DECIDED_HOSTS = { first: 20, count: 40 };
const EVENT_MS_MIN = 500;
const EVENT_MS_MAX = 2_500;
const SETTLED_MS = 120_000;
const LOOK_PERIOD_MS = 1000;
const [ROGUE, STEADY, TOGGLED] = [10, 11, 12];
const PACKETS = { rogue: "233.252.1.66", steady: "233.252.1.11", toggled: "233.252.1.12" } as const;

describe(`three mrouters under changes, ${EVENTS} kills and cuts (seed ${SEED})`, () => {
  let network: ChaosNetwork;
  const clients: ChaosClient[] = [];
  const promises = new Promises();
  const random = seededRandom(SEED);

  beforeAll(async () => {
    network = await ChaosNetwork.create(uniqueId("chaos"));
    for (const edge of EDGES) await network.start(`edge${edge}`);
    await network.start("mauthserver");
    for (let count = 0; count < CLIENTS; count++) clients.push(new ChaosClient(`ws+unix:${network.socket}:/ws`));
  });
  afterAll(async () => {
    for (const client of clients) client.close();
    await network.close();
  });

  async function decide(client: ChaosClient, source: string, group: string, maxTtl: number): Promise<string> {
    const end = await client.call(source, group, maxTtl);
    promises.note(`${source}>${group}`, maxTtl, end);
    return end;
  }

  async function decideUntilAck(source: string, group: string, maxTtl: number): Promise<void> {
    await until(async () => (await decide(clients[0]!, source, group, maxTtl)) === "ack", {
      what: `${source} to ${group} to be decided`,
      deadlineMs: SETTLED_MS,
    });
  }

  /** Decides about its own senders behind one mrouter, which may be cut off while the others are not, until it shall stop. */
  async function worker(index: number, isOver: () => boolean): Promise<void> {
    const client = clients[index % CLIENTS]!;
    const workers = CLIENTS * CALLS_MAX;
    const edge = EDGES[index % EDGES.length]!;
    while (!isOver()) {
      const host = DECIDED_HOSTS.first + Math.floor(random() * DECIDED_HOSTS.count);
      // Every worker has groups of its own, so that two never decide about one sender at a time.
      const group = index + workers * Math.floor(random() * GROUPS);
      const maxTtl = random() < 0.4 ? 0 : 1 + Math.floor(random() * 255);
      await decide(client, addressOf(edge, host), `233.252.${16 + (group >> 8)}.${group & 255}`, maxTtl);
    }
  }

  /** In turn, so that every run has some of each. */
  async function disturb(event: number): Promise<void> {
    const lastsMs = EVENT_MS_MIN + random() * (EVENT_MS_MAX - EVENT_MS_MIN);
    const pause = () => new Promise((resolve) => setTimeout(resolve, lastsMs));
    const edge = EDGES[Math.floor(random() * EDGES.length)]!;
    if (event % 3 === 0) {
      await network.kill("mauthserver");
      await network.start("mauthserver");
    } else if (event % 3 === 1) {
      await network.kill(`edge${edge}`);
      await pause();
      await network.start(`edge${edge}`);
    } else {
      await network.setLink(edge, "down");
      await pause();
      await network.setLink(edge, "up");
    }
    await pause();
  }

  it(
    "end as decided: nothing acknowledged is lost, nothing passes that is not permitted",
    { timeout: 240_000 + EVENTS * 30_000 },
    async () => {
      const traffic = await Promise.all(EDGES.map((edge) => Traffic.start(network, edge)));
      for (const edge of EDGES) await decideUntilAck(addressOf(edge, STEADY), PACKETS.steady, 16);
      for (const one of traffic) await one.steadyFlows();
      const before = await Promise.all(traffic.map((one) => one.steady()));

      let isOver = false;
      const pace = new Pace(() => promises.counts.ack);
      const working = Array.from({ length: CLIENTS * CALLS_MAX }, (_, index) => worker(index, () => isOver));
      const toggling = traffic.map((one) =>
        one.toggle(
          (maxTtl) => decide(clients[1]!, addressOf(one.edge, TOGGLED), PACKETS.toggled, maxTtl),
          () => isOver,
        ),
      );
      try {
        for (let event = 0; event < EVENTS; event++) await disturb(event);
      } finally {
        // Workers that go on would keep a failed test from ending.
        isOver = true;
        pace.stop();
      }
      await Promise.all([...working, ...toggling]);

      let mrouters: readonly MrouterState[] = [];
      const look = async () => {
        // Each look costs the server a part of a snapshot, and it has better things to do.
        await new Promise((resolve) => setTimeout(resolve, LOOK_PERIOD_MS));
        return areAllAsDecided((mrouters = await statesOf(network)));
      };
      await until(look, {
        what: "every kernel to hold the fold of the log",
        deadlineMs: SETTLED_MS,
        instead: () => `${JSON.stringify(mrouters)}\n${network.logTails}`,
      });
      for (const one of traffic) await one.steadyFlows();
      for (const [index, one] of traffic.entries()) {
        expect(await one.rogue()).toBe(0);
        expect((await one.steady()).missing).toBe(before[index]?.missing);
        expect(one.stops, "acknowledged revokes of which the packets were looked at").toBeGreaterThan(0);
        await one.stop();
      }
      await network.stopServer();
      const fold = await readFold(network.database);
      expect(promises.broken(fold)).toEqual([]);
      const { ack, error, unknown } = promises.counts;
      expect(ack).toBeGreaterThan(100);
      const kernels = await Promise.all(EDGES.map((edge) => network.kernelOf(edge)));
      const stopped = traffic.reduce((sum, one) => sum + one.stops, 0);
      console.log(
        `chaos: ${EVENTS} events, ${ack} acknowledged, ${error} refused, ${unknown} unknown; ${pace.text}; ${fold.size} senders in ${kernels.flat().length} entries; ${stopped} acknowledged revokes stopped their packets`,
      );
      for (const [index, kernel] of kernels.entries()) expect(kernel).toEqual(foldOf(fold, EDGES[index]!));
    },
  );
});

/** How many changes were acknowledged in each second. */
class Pace {
  readonly #counts: number[];
  readonly #timer: NodeJS.Timeout;

  constructor(count: () => number) {
    this.#counts = [count()];
    this.#timer = setInterval(() => this.#counts.push(count()), 1000);
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  get text(): string {
    const rates = this.#counts.slice(1).map((count, index) => count - (this.#counts[index] ?? 0));
    const mean = rates.reduce((sum, rate) => sum + rate, 0) / Math.max(1, rates.length);
    const median = rates.toSorted((one, other) => one - other)[rates.length >> 1] ?? 0;
    const load = loadavg()[0]?.toFixed(1);
    return `${mean.toFixed(0)} a second on average, ${median} in the middle one, ${Math.max(0, ...rates)} in the best (load ${load})`;
  }
}

/** The packets of one LAN: of a host that is never permitted, of one that always is, and of one that comes and goes. */
class Traffic {
  readonly edge: Edge;
  /** Acknowledged revokes after which no packet came. */
  stops = 0;
  readonly #receiver: Receiver;
  readonly #senders: readonly Sender[];

  private constructor(edge: Edge, receiver: Receiver, senders: readonly Sender[]) {
    this.edge = edge;
    this.#receiver = receiver;
    this.#senders = senders;
  }

  static async start(network: ChaosNetwork, edge: Edge): Promise<Traffic> {
    const receiver = await network.receive(edge, Object.values(PACKETS));
    const senders = [
      network.send(edge, ROGUE, PACKETS.rogue, 100),
      network.send(edge, STEADY, PACKETS.steady, 200),
      network.send(edge, TOGGLED, PACKETS.toggled, 200),
    ];
    return new Traffic(edge, receiver, senders);
  }

  rogue(): Promise<number> {
    return this.#receiver.packets(addressOf(this.edge, ROGUE), PACKETS.rogue);
  }

  steady() {
    return this.#receiver.flow(addressOf(this.edge, STEADY), PACKETS.steady);
  }

  /** The sentinel: packets of the permitted host that were sent after now have arrived. */
  async steadyFlows(packets = 50): Promise<void> {
    const goal = (await this.steady()).packets + packets;
    await until(async () => (await this.steady()).packets >= goal, {
      what: "permitted packets",
      deadlineMs: SETTLED_MS,
    });
  }

  /** Permits and revokes a host that sends all the time; after an acknowledged revoke nothing of it arrives. */
  async toggle(decide: (maxTtl: number) => Promise<string>, isOver: () => boolean): Promise<void> {
    const arrived = () => this.#receiver.packets(addressOf(this.edge, TOGGLED), PACKETS.toggled);
    while (!isOver()) {
      const before = await arrived();
      if ((await decide(16)) !== "ack") continue;
      await until(async () => (await arrived()) > before, {
        what: "packets of a permitted sender",
        deadlineMs: SETTLED_MS,
      });
      if ((await decide(0)) !== "ack") continue;
      await this.steadyFlows(5);
      const stopped = await arrived();
      await this.steadyFlows(40);
      expect(await arrived(), "packets after an acknowledged revoke").toBe(stopped);
      this.stops++;
    }
    await until(async () => (await decide(0)) === "ack", { what: "the last revoke", deadlineMs: SETTLED_MS });
  }

  async stop(): Promise<void> {
    await Promise.all(this.#senders.map((sender) => sender.stop()));
    await this.#receiver.stop();
  }
}

/** The senders that the log adds up to, line by line, with their maximum TTLs; the chain of the log is whole. */
async function readFold(path: string): Promise<Map<string, number>> {
  const store = SqliteStore.open(path);
  try {
    expect(await store.verify()).not.toHaveProperty("brokenAt");
    const lines: Change[] = [];
    for (let before: number | undefined; ; before = lines.at(-1)?.rev) {
      const query = { kinds: ["grant" as const], limit: 10_000, ...(before !== undefined && { before }) };
      const page = await store.history(query);
      lines.push(...page);
      if (page.length === 0) break;
    }
    const fold = new Map<string, number>();
    for (const line of lines.reverse())
      if (line.op === "put") fold.set(line.key, Number(line.body["maxTtl"]));
      else fold.delete(line.key);
    return fold;
  } finally {
    await store.close();
  }
}

function foldOf(fold: ReadonlyMap<string, number>, edge: Edge): string[] {
  const isMine = (key: string) => Math.floor(Number(key.split(">")[0]?.split(".")[3]) / 64) === edge;
  return Array.from(fold, ([key, maxTtl]) => ({ key, text: `${key} ${maxTtl}` }))
    .filter(({ key }) => isMine(key))
    .map(({ text }) => text)
    .sort();
}

interface MrouterState {
  readonly name: string;
  readonly state: string;
  readonly trouble?: string;
  readonly sendersDecided: number;
  readonly sendersInForce: number | null;
}

/** What the server says of every mrouter. */
async function statesOf(network: ChaosNetwork): Promise<MrouterState[]> {
  const { WebSocket } = await import("ws");
  const socket = new WebSocket(`ws+unix:${network.socket}:/ws`, { headers: { host: "localhost" } });
  const states: MrouterState[] = [];
  await new Promise<void>((resolve, reject) => {
    socket.once("error", reject);
    socket.on("message", (data: Buffer, isBinary: boolean) => {
      if (isBinary) return;
      const { entity, value } = JSON.parse(data.toString()) as { entity: string; value: MrouterState };
      const { name, state, trouble = "", sendersDecided, sendersInForce } = value;
      if (entity === "mrouter") states.push({ name, state, trouble, sendersDecided, sendersInForce });
      // Mrouters come first.
      else resolve();
    });
  }).finally(() => socket.terminate());
  return states;
}

function areAllAsDecided(states: readonly MrouterState[]): boolean {
  return (
    states.length === EDGES.length &&
    states.every(({ state, sendersDecided, sendersInForce }) => state === "online" && sendersDecided === sendersInForce)
  );
}
