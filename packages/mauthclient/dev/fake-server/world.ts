// SPDX-License-Identifier: MIT
import type {
  Announcement,
  AnnouncementRequest,
  AnyCommand,
  Denied,
  Grant,
  GrantInput,
  Ignored,
  Mrouter,
  MrouterInput,
  SenderStats,
  Session,
} from "@mauth/protocol/api";
import { parseIpv4, parseIpv4Prefix, prefixContains } from "@mauth/protocol/ipv4";
import { coveringGrant, isHostPair } from "../../src/state/coverage.ts";
import { churn, gather } from "./crowd.ts";
import { inputOf } from "../../src/state/orders.ts";
import { inventGroup, inventSession, inventSource } from "./invent.ts";
import { Office } from "./office.ts";
import { pack } from "./packed.ts";
import { seededRandom } from "./random.ts";
import type { Scene } from "./scene.ts";

/** An mrouter of the scene with its internal networks. */
interface Site {
  readonly name: string;
  readonly networks: readonly string[];
  readonly interfaces: readonly string[];
}

const SITES: readonly Site[] = [
  { name: "edge-1", networks: ["192.0.2.0/24"], interfaces: ["lan0", "lan1"] },
  { name: "edge-2", networks: ["198.51.100.0/24"], interfaces: ["vlan10", "vlan20", "vlan30"] },
  { name: "studio", networks: ["203.0.113.0/24"], interfaces: ["lan0"] },
];

/** Many mrouters take the 96 /29 prefixes of the three documentation networks in turn. */
function mroutersOf({ mrouters }: Scene): readonly Site[] {
  if (mrouters === undefined) return SITES;
  const prefixes = ["192.0.2", "198.51.100", "203.0.113"].flatMap((network) =>
    Array.from({ length: 32 }, (_, at) => `${network}.${at * 8}/29`),
  );
  return Array.from({ length: mrouters }, (_, at) => ({
    name: `hall-${at + 1}`,
    networks: prefixes.filter((_prefix, index) => index % mrouters === at),
    interfaces: ["lan0"],
  }));
}

/** A sender of the scene: it sends, whether permitted or not. */
interface Flow {
  readonly source: string;
  readonly group: string;
  readonly ttl: number;
  readonly packetsPerSecond: number;
  readonly packetBytes: number;
}

export interface WorldOptions {
  readonly scene: Scene;
  readonly sessions: number;
  readonly seed: number;
  readonly nowMs: number;
}

type Entities = {
  session: Session;
  grant: Grant;
  mrouter: Mrouter;
  denied: Denied;
  sender: SenderStats;
  ignored: Ignored;
  announcement: Announcement;
};

/** Entities that change without the log: a console that comes back is told of all of them. */
const PASSING = ["mrouter", "grant", "sender", "denied"] as const satisfies (keyof Entities)[];

/** A network that lives: `step` lets time pass, `permit` and `revoke` decide. No socket, no clock. */
export class World {
  readonly #scene: Scene;
  readonly #random: () => number;
  readonly #entities: { [Name in keyof Entities]: Map<string, Entities[Name]> } = {
    session: new Map(),
    grant: new Map(),
    mrouter: new Map(),
    denied: new Map(),
    sender: new Map(),
    ignored: new Map(),
    announcement: new Map(),
  };
  /** Grants of sessions, prefixes and any source; another map after each change. */
  #indirect: ReadonlyMap<string, Grant> = new Map();
  readonly #flows: Flow[] = [];
  #changes: AnyCommand[] = [];
  readonly office = new Office((value) => {
    this.#changes.push({ rev: this.#revision, type: "add", entity: "audit", value });
  });
  /** The consoles of an earlier fake server get a new snapshot. */
  readonly logId: string;
  #revision: number;
  readonly #firstRevision: number;
  /** Of the entities as they are now. */
  readonly #revisions = new WeakMap<object, number>();
  readonly #removals: (AnyCommand & { type: "remove" })[] = [];
  #nowMs: number;
  #steps = 0;
  #churned = 0;
  #nextSession: number;

  constructor(options: WorldOptions) {
    this.#scene = options.scene;
    this.#random = seededRandom(options.seed);
    this.#nowMs = options.nowMs;
    this.logId = `log of ${options.nowMs}`;
    this.#revision = options.nowMs;
    this.#nextSession = options.sessions;
    if (options.scene.hasNoMrouter !== true) for (const one of mroutersOf(options.scene)) this.#addMrouter(one);
    if (options.scene.isEmpty !== true) this.#populate(options.sessions);
    if (options.scene.isTroubled === true) this.#makeTrouble();
    if (options.scene.crowd !== undefined) gather(this, options.scene.crowd);
    if (options.scene.rows !== undefined) pack(this, options.scene.rows);
    this.takeChanges();
    this.#firstRevision = this.#revision;
  }

  get nowMs(): number {
    return this.#nowMs;
  }

  /** What there is now. */
  get entities(): { readonly [Name in keyof Entities]: ReadonlyMap<string, Entities[Name]> } {
    return this.#entities;
  }

  /** The grant that lets the pair pass. */
  covering(pair: { source: string; group: string }): Grant | undefined {
    return this.#entities.grant.get(`${pair.source}>${pair.group}`) ?? coveringGrant(this.#indirect, pair);
  }

  /** Everything, closed by the snapshot command. */
  snapshot(): AnyCommand[] {
    return [...this.#adds(() => true), this.#end()];
  }

  /** What a console has missed that knows everything up to a revision, or everything when nobody knows what it missed. */
  missedSince(from: number): AnyCommand[] {
    const rev = this.#revision;
    if (from < this.#firstRevision || from > rev) return this.snapshot();
    const removals = this.#removals.filter((command) => command.rev > from);
    const adds = this.#adds(
      (entity, value) => PASSING.some((one) => one === entity) || (this.#revisions.get(value) ?? rev) >= from,
    );
    return [{ rev, type: "add", entity: "resumed", value: { from, revision: rev } }, ...removals, ...adds, this.#end()];
  }

  #adds(isWanted: (entity: string, value: object) => boolean): AnyCommand[] {
    const rev = this.#revision;
    const adds = Object.entries(this.#entities).flatMap(([entity, values]) =>
      Array.from<object>(values.values())
        .filter((value) => isWanted(entity, value))
        .map((value) => ({ rev, type: "add", entity, value })),
    );
    // The keys of the entities are the names of the commands.
    return adds as AnyCommand[];
  }

  #end(): AnyCommand {
    const rev = this.#revision;
    const value = { revision: rev, log: this.logId, version: "0.1.0-fake", serverTime: this.#nowMs };
    return { rev, type: "add", entity: "snapshot", value };
  }

  /** What changed since the last call. */
  takeChanges(): AnyCommand[] {
    return this.#changes.splice(0);
  }

  /** Lets `elapsedMs` pass with exactly so many changes, of every kind. */
  churn(elapsedMs: number, changes: number): void {
    this.#nowMs += elapsedMs;
    churn(this, { nowMs: this.#nowMs, from: this.#churned, changes });
    this.#churned += changes;
  }

  /** Lets `elapsedMs` pass: packets flow, sessions are heard again, now and then one comes or goes. */
  step(elapsedMs: number): void {
    this.#nowMs += elapsedMs;
    this.#steps++;
    this.#expire();
    for (const flow of this.#flows) this.#send(flow, elapsedMs);
    for (const mrouter of this.#entities.mrouter.values()) this.#ping(mrouter);
    this.#hear();
  }

  permit(input: GrantInput, state: "pending" | "enforced", undoes?: number): void {
    const id = `${input.source}>${input.group === "session" ? `session:${input.session ?? ""}` : input.group}`;
    const mrouters = this.#mrouterOf(input.source);
    const enforcement = mrouters.map((mrouter) => ({ mrouter: mrouter.name, state }));
    const known = this.#entities.grant.get(id);
    const groups = input.group === "session" ? this.#groupsOf(input) : [input.group];
    const followed = input.group === "session" ? { groups } : {};
    const permittedAt = known?.permittedAt ?? this.#nowMs;
    this.#revision++;
    this.put("grant", { id, ...input, ...followed, permittedAt, permittedBy: "console", enforcement });
    const before = known === undefined ? null : inputOf(known);
    this.#log(
      { action: known === undefined ? "add" : "change", key: id, before, after: input, reason: input.reason },
      undoes,
    );
    for (const mrouter of mrouters) for (const group of groups) this.#addSender(mrouter.name, { ...input, group });
    for (const denied of this.#entities.denied.values()) {
      const isCovered = denied.source === input.source && groups.includes(denied.group);
      if (isCovered && denied.ttl <= input.maxTtl) this.drop("denied", denied.id);
    }
  }

  revoke(id: string, undoes?: number): void {
    const grant = this.#entities.grant.get(id);
    if (grant === undefined) return;
    this.#revision++;
    this.#log({ action: "remove", key: id, before: inputOf(grant), after: null }, undoes);
    this.drop("grant", id);
    for (const sender of this.#entities.sender.values()) {
      if (this.covering(sender) === undefined) this.drop("sender", sender.id);
    }
  }

  ignore(id: string): void {
    this.#revision++;
    this.put("ignored", { id, by: "console", at: this.#nowMs });
  }

  unignore(id: string): void {
    this.#revision++;
    this.drop("ignored", id);
  }

  /** Adds an mrouter, or changes how it is reached. */
  putMrouter({ name, address, protocol, networks }: MrouterInput): Mrouter {
    const known = this.#entities.mrouter.get(name);
    const mrouter = {
      ...(known ?? { ...freshMrouter(name, this.#nowMs), state: "connecting" as const }),
      address,
      protocol,
      networks,
    };
    this.#revision++;
    this.put("mrouter", mrouter);
    return mrouter;
  }

  removeMrouter(name: string): void {
    this.#revision++;
    this.drop("mrouter", name);
    for (const entity of ["sender", "denied"] as const)
      for (const one of this.#entities[entity].values()) if (one.mrouter === name) this.drop(entity, one.id);
  }

  /** False when there is no such interface. */
  setMode(name: string, interfaceName: string, mode: "enforce" | "monitor"): boolean {
    const mrouter = this.#entities.mrouter.get(name);
    if (mrouter?.interfaces.some((one) => one.name === interfaceName) !== true) return false;
    const monitored = mode === "monitor";
    const interfaces = mrouter.interfaces.map((one) => (one.name === interfaceName ? { ...one, monitored } : one));
    this.#revision++;
    this.put("mrouter", { ...mrouter, interfaces });
    return true;
  }

  announce(request: AnnouncementRequest, id = `a${this.#revision}`): Announcement {
    const { endsAt, info, referenceClock, sapGroups, interface: _interface, zone: _zone, ...rest } = request;
    const group = request.group ?? `239.255.${this.#revision % 256}.1`;
    const known = this.#entities.announcement.get(id);
    const sdp = `v=0\r\no=- ${this.#revision} 1 IN IP4 192.0.2.1\r\ns=${request.title}\r\nc=IN IP4 ${group}/${request.ttl}\r\nt=0 0\r\nm=audio ${request.port} RTP/AVP 96\r\n`;
    const announcement = {
      ...rest,
      id,
      session: "0000000000000000",
      group,
      codec: request.codec ?? "L16/48000/2",
      sdp,
      sapGroups: sapGroups ?? ["239.255.255.255"],
      originatingSource: "192.0.2.1",
      sessId: "1",
      sessVersion: (known?.sessVersion ?? 0) + 1,
      messageIdHash: this.#revision & 0xffff,
      createdAt: known?.createdAt ?? this.#nowMs,
      changedAt: this.#nowMs,
      ...(endsAt === undefined ? {} : { endsAt }),
      ...(info === undefined ? {} : { info }),
      ...(referenceClock === undefined ? {} : { referenceClock }),
    };
    this.#revision++;
    this.put("announcement", announcement);
    return announcement;
  }

  unannounce(id: string): void {
    this.#revision++;
    this.drop("announcement", id);
  }

  #log(line: Omit<Parameters<Office["write"]>[0], "entity">, undoes?: number): void {
    this.office.write({ entity: "grant", ...line, ...(undoes === undefined ? {} : { undoes }) }, this.#nowMs);
  }

  #groupsOf({ source, session }: GrantInput): string[] {
    const flows = this.#entities.session.get(session ?? "")?.flows ?? [];
    return [...new Set(flows.filter((flow) => flow.source === source).map((flow) => flow.group))];
  }

  #addSender(mrouter: string, { source, group, maxTtl }: GrantInput): void {
    const id = `${mrouter}|${source}>${group}`;
    const fresh = { packets: 0, bytes: 0, refusedPackets: 0, lastAt: null };
    this.put("sender", { ...fresh, ...this.#entities.sender.get(id), id, mrouter, source, group, maxTtl });
  }

  /** Ends the grants whose time is over. */
  #expire(): void {
    for (const grant of this.#entities.grant.values())
      if (grant.expiresAt !== undefined && grant.expiresAt <= this.#nowMs) this.revoke(grant.id);
  }

  #populate(sessions: number): void {
    for (let index = 0; index < sessions; index++) {
      const session = inventSession(index, this.#nowMs, 60_000 + index * 7_000);
      this.put("session", session);
      const isSending = index < 40;
      for (const [at, { source, group, ttl }] of session.flows.entries()) {
        if (isSending) this.#addFlow({ source, group, ttl: ttl ?? 1 });
        if (isSending && (index % 5 === 0 || index % 5 === 2 || (index % 5 === 3 && at === 0)))
          this.permit({ source, group, maxTtl: Math.max(1, ttl ?? 1) }, "enforced");
      }
    }
    const session = this.#entities.session.values().next().value;
    // A second sender in an announced group, one with too high a TTL, and some that nobody announces.
    if (session?.flows[0] !== undefined) {
      const { source, group } = session.flows[0];
      this.#addFlow({ source: "203.0.113.66", group, ttl: 64 });
      this.#addFlow({ source, group: "233.252.0.249", ttl: 64 });
      this.permit({ source, group: "233.252.0.249", maxTtl: 15 }, "enforced");
    }
    for (let index = 0; index < 6; index++) {
      this.#addFlow({ source: inventSource(600 + index), group: inventGroup(250 + index, 0), ttl: 1 + index * 30 });
    }
    this.permit({ source: "192.0.2.200", group: "233.252.0.248", maxTtl: 31 }, "enforced");
    const visiting = {
      source: "198.51.100.200",
      group: "233.252.0.0/24",
      maxTtl: 15,
      reason: "visiting outside-broadcast van",
    };
    const rate = { bytesPerSecond: 1_000_000, burstBytes: 60_000 };
    this.permit({ ...visiting, rate, expiresAt: this.#nowMs + 47 * 60_000 }, "enforced");
    this.#warn();
    // The counters have run for a while; the clock has not.
    for (let second = 0; second < 20; second++) for (const flow of this.#flows) this.#send(flow, 1000);
  }

  /** A few sessions have something that an operator should look at. */
  #warn(): void {
    const [first, second, third] = this.#entities.session.values();
    const [flow] = third?.flows ?? [];
    if (first === undefined || second === undefined || third === undefined || flow === undefined) return;
    const [group] = first.media[0]?.groups ?? [];
    const shared = { kind: "shared", other: second.id, group: group ?? "", port: first.media[0]?.port ?? 0 } as const;
    this.put("session", { ...first, conflicts: [shared] });
    this.put("session", { ...third, conflicts: [{ kind: "silent", source: flow.source, group: flow.group }] });
  }

  #makeTrouble(): void {
    const [first, second, third] = this.#entities.mrouter.values();
    if (first === undefined || second === undefined || third === undefined) return;
    this.put("mrouter", { ...first, filter: "memory" });
    this.put("mrouter", { ...second, state: "offline", lastHeardAt: this.#nowMs - 95_000, sendersInForce: null });
    this.put("mrouter", {
      ...third,
      state: "drifted",
      mode: "monitor",
      interfaces: [{ name: "lan0", attached: false }],
      sendersInForce: Math.max(0, third.sendersDecided - 1),
    });
    for (const [index, grant] of [...this.#entities.grant.values()].entries()) {
      if (index % 4 === 1) this.#enforce(grant, "pending");
      if (index % 4 === 2) this.#enforce(grant, "failed", "the filter holds as many senders as it may (senders_max)");
    }
  }

  #enforce(grant: Grant, state: "pending" | "failed", error?: string): void {
    const enforcement = grant.enforcement.map((one) => ({ ...one, state, ...(error === undefined ? {} : { error }) }));
    this.put("grant", { ...grant, enforcement });
  }

  #addMrouter({ name, networks, interfaces }: Site): void {
    const mrouter = freshMrouter(name, this.#nowMs);
    this.put("mrouter", {
      ...mrouter,
      networks: [...networks],
      interfaces: interfaces.map((one) => ({ name: one, attached: true })),
      passedPackets: 1_250_000,
    });
  }

  #addFlow(flow: { source: string; group: string; ttl: number }): void {
    const rates = [50, 100, 250, 1000, 1000, 4200];
    const packetsPerSecond = rates[Math.floor(this.#random() * rates.length)] ?? 50;
    this.#flows.push({ ...flow, packetsPerSecond, packetBytes: packetsPerSecond > 1000 ? 1328 : 320 });
  }

  #send(flow: Flow, elapsedMs: number): void {
    const [mrouter] = this.#mrouterOf(flow.source);
    if (mrouter === undefined) return;
    const packets = Math.round(((flow.packetsPerSecond * elapsedMs) / 1000) * (0.95 + this.#random() * 0.1));
    const { source, group, ttl } = flow;
    const pair = `${source}>${group}`;
    const grant = this.covering(flow);
    if (grant !== undefined && ttl <= grant.maxTtl) {
      const id = `${mrouter.name}|${pair}`;
      const sender = this.#entities.sender.get(id);
      if (sender === undefined) return;
      const bytes = sender.bytes + packets * flow.packetBytes;
      this.put("sender", { ...sender, packets: sender.packets + packets, bytes, lastAt: this.#nowMs });
      this.#count(mrouter, "passedPackets", packets);
      return;
    }
    const interfaceName = mrouter.interfaces[0]?.name ?? "lan0";
    const id = `${mrouter.name}|${interfaceName}|${pair}`;
    const known = this.#entities.denied.get(id);
    this.put("denied", {
      id,
      mrouter: mrouter.name,
      interface: interfaceName,
      source,
      group,
      reason: grant === undefined ? "UNKNOWN" : "TTL",
      ttl,
      packets: (known?.packets ?? 0) + packets,
      bytes: (known?.bytes ?? 0) + packets * flow.packetBytes,
      firstAt: known?.firstAt ?? this.#nowMs - Math.floor(this.#random() * 3_600_000),
      lastAt: this.#nowMs,
    });
    this.#count(mrouter, "refusedPackets", packets);
  }

  #count(mrouter: Mrouter, counter: "passedPackets" | "refusedPackets", packets: number): void {
    const now = this.#entities.mrouter.get(mrouter.id);
    if (now !== undefined) this.#entities.mrouter.set(now.id, { ...now, [counter]: (now[counter] ?? 0) + packets });
  }

  #ping(mrouter: Mrouter): void {
    if (mrouter.state === "offline") return;
    const senders = [...this.#entities.sender.values()].filter((sender) => sender.mrouter === mrouter.name).length;
    const sendersInForce = mrouter.state === "drifted" ? Math.max(0, senders - 1) : senders;
    this.put("mrouter", { ...mrouter, sendersDecided: senders, sendersInForce, lastHeardAt: this.#nowMs });
  }

  #hear(): void {
    for (const session of this.#entities.session.values()) {
      if (this.#nowMs - session.lastHeardAt < (session.periodMs ?? 30_000)) continue;
      const hearings = session.hearings.map((one) => ({ ...one, lastHeardAt: this.#nowMs }));
      const expiresAt = this.#nowMs + 3_600_000;
      this.put("session", { ...session, hearings, lastHeardAt: this.#nowMs, expiresAt });
    }
    if (this.#scene.isEmpty === true || this.#steps % 45 !== 0) return;
    const session = inventSession(this.#nextSession++, this.#nowMs, 0);
    this.put("session", session);
  }

  #mrouterOf(source: string): Mrouter[] {
    const address = parseIpv4(source) ?? 0;
    return [...this.#entities.mrouter.values()].filter((mrouter) =>
      mrouter.networks.some((network) => {
        const prefix = parseIpv4Prefix(network);
        return prefix !== undefined && prefixContains(prefix, address);
      }),
    );
  }

  /** Adds or changes an entity. */
  put<Name extends keyof Entities>(entity: Name, value: Entities[Name]): void {
    const { id } = value;
    // Whoever decides anything has counted it already.
    if (entity === "session") this.#revision++;
    this.#entities[entity].set(id, value);
    this.#revisions.set(value, this.#revision);
    if (entity === "grant") this.#index(id);
    // A pair of a name and its own value is one of the union; the compiler cannot see that through the generic.
    this.#changes.push({ rev: this.#revision, type: "add", entity, value } as unknown as AnyCommand);
  }

  /** Takes an entity away; nothing happens when it is not there. */
  drop(entity: keyof Entities, id: string): void {
    if (!this.#entities[entity].delete(id)) return;
    if (entity === "grant") this.#index(id);
    const removal = { rev: this.#revision, type: "remove", entity, value: { id } } as const;
    this.#changes.push(removal);
    if (!PASSING.some((one) => one === entity)) this.#removals.push(removal);
  }

  #index(id: string): void {
    const grant = this.#entities.grant.get(id);
    if (grant === undefined ? !this.#indirect.has(id) : isHostPair(grant)) return;
    const next = new Map(this.#indirect);
    if (grant === undefined) next.delete(id);
    else next.set(id, grant);
    this.#indirect = next;
  }
}

function freshMrouter(name: string, nowMs: number): Mrouter {
  return {
    id: name,
    name,
    address: "127.0.0.1:9874",
    protocol: "v2",
    networks: [],
    state: "online",
    filter: "bpf",
    mode: "enforce",
    interfaces: [],
    sendersDecided: 0,
    sendersInForce: 0,
    lastHeardAt: nowMs,
    passedPackets: 0,
    refusedPackets: 0,
  };
}
