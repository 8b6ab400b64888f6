// SPDX-License-Identifier: MIT
import { join } from "node:path";
import type { Receiver } from "../lab/traffic/receiver.ts";
import { DEFAULT_PORT } from "../lab/traffic/sender.ts";
import { until } from "../lab/until.ts";
import { ADDRESS, type Family, type Network, ROUTERS, type Router } from "./network.ts";
import type { RoutingDaemon } from "./routing-daemon.ts";

/** What the rogue sends in one trial. */
export const ROGUE_PACKETS = 200;
/** Registers that the rogue forges in one trial. */
export const FORGED_PACKETS = 50;
const FORGE = join(import.meta.dirname, "forge_register.py");
const PACKETS_PER_SECOND = 100;
/** A routing daemon may only answer a join with its next query, and pimd takes 30 s to believe its configuration. */
const ROUTED_MS = 90_000;

/** Groups of a family; one for each trial, so that no state of an earlier one is seen. */
export function groupOf(family: Family, number: number): string {
  return family === "ipv4" ? `233.252.0.${number}` : `ff05::${number}`;
}

/** The group of the sentinels. */
export const SENTINEL = 254;

/** What became of one source's packets to one group. */
export interface Seen {
  readonly sent: number;
  /** Packets that reached the receiver behind the rendezvous point. */
  readonly arrived: number;
  /** PIM Registers for this source and group that reached the rendezvous point. */
  readonly registers: number;
  /** Routers whose kernel has a forwarding-cache entry, resolved or not. */
  readonly cached: readonly Router[];
  /** Routers whose daemon has state of the source. */
  readonly known: readonly Router[];
}

export interface Trial {
  /** missing: packets that were lost after the first had arrived. */
  readonly permitted: Seen & { readonly missing: number };
  readonly rogue: Seen;
}

export interface Place {
  readonly network: Network;
  readonly daemon: RoutingDaemon;
}

/** A permitted and a rogue host send to one group; tells what became of both. The sentinels must be permitted. */
export async function tryGroup(place: Place, group: string): Promise<Trial> {
  const { network, daemon } = place;
  const { permitted: source } = ADDRESS[daemon.family];
  const receiver = await listen(place, group);
  const permitted = network.send("permitted", { source, group, packetsPerSecond: PACKETS_PER_SECOND });
  await until(() => receiver.packets(source, group), {
    what: `the permitted flow through ${daemon.name}`,
    deadlineMs: ROUTED_MS,
    instead: async () => (await Promise.all(ROUTERS.map((router) => daemon.state(network, router)))).join("\n"),
  });
  const rogue = await sendRogue(place, receiver, group);
  const sent = await permitted.stop();
  await passSentinel(place, receiver, "permitted");
  const { missing } = await receiver.flow(source, group);
  return { permitted: { ...(await look(place, receiver, { source, group, sent })), missing }, rogue };
}

/** A permitted and a rogue host send while the routing daemon of the designated router is killed and comes back. */
export async function tryRestart(place: Place, group: string, permit: () => Promise<void>): Promise<Trial> {
  const { network, daemon } = place;
  const { permitted: source, rogue: rogueSource } = ADDRESS[daemon.family];
  await permit();
  const receiver = await listen(place, group);
  const permitted = network.send("permitted", { source, group, packetsPerSecond: PACKETS_PER_SECOND });
  const rogue = network.send("rogue", { source: rogueSource, group, packetsPerSecond: PACKETS_PER_SECOND });
  const flows = async (what: string): Promise<void> => {
    const goal = (await receiver.packets(source, group)) + PACKETS_PER_SECOND;
    const arrive = async (): Promise<boolean> => (await receiver.packets(source, group)) >= goal;
    await until(arrive, { what, deadlineMs: ROUTED_MS, instead: () => daemon.state(network, "dr") });
  };
  await flows("the permitted flow before the restart");
  await daemon.restart(network);
  await flows("the permitted flow after the restart");
  const sent = await permitted.stop();
  const rogueSent = await rogue.stop();
  await passSentinel(place, receiver, "rogue");
  await passSentinel(place, receiver, "permitted");
  const { missing } = await receiver.flow(source, group);
  return {
    permitted: { ...(await look(place, receiver, { source, group, sent })), missing },
    rogue: await look(place, receiver, { source: rogueSource, group, sent: rogueSent }),
  };
}

/** Only a rogue host sends to the group, for which a host behind the rendezvous point has asked. */
export async function tryRogue(place: Place, group: string): Promise<Seen> {
  const { network, daemon } = place;
  const receiver = await listen(place, group);
  await until(() => daemon.knows(network, "rp", "*", group), {
    what: "the rendezvous point to know that somebody listens",
    deadlineMs: ROUTED_MS,
    instead: () => daemon.state(network, "rp"),
  });
  return sendRogue(place, receiver, group);
}

/** The rogue host sends Registers of its own (RFC 7761 §4.9.3), with packets of its own, to the rendezvous point. */
export async function tryForgedRegisters(place: Place, group: string): Promise<Seen> {
  const { network } = place;
  const { rogue: source, rp } = ADDRESS.ipv4;
  const receiver = await listen(place, group);
  await network.run("rogue", "python3", FORGE, rp, source, group, String(DEFAULT_PORT), String(FORGED_PACKETS));
  await passSentinel(place, receiver, "rogue");
  return look(place, receiver, { source, group, sent: FORGED_PACKETS });
}

async function listen(place: Place, group: string): Promise<Receiver> {
  await countRegisters(place, group);
  return place.network.receive(place.daemon.family, [group, groupOf(place.daemon.family, SENTINEL)]);
}

async function sendRogue(place: Place, receiver: Receiver, group: string): Promise<Seen> {
  const { rogue: source } = ADDRESS[place.daemon.family];
  const burst = { source, group, packetsPerSecond: PACKETS_PER_SECOND, count: ROGUE_PACKETS };
  const sent = await place.network.send("rogue", burst).finished();
  await passSentinel(place, receiver, "rogue");
  return look(place, receiver, { source, group, sent });
}

/** Waits until a packet that the host sent after all others has arrived: before it, each has arrived or was dropped. */
async function passSentinel(
  { network, daemon }: Place,
  receiver: Receiver,
  host: "permitted" | "rogue",
): Promise<void> {
  const source = ADDRESS[daemon.family][`${host}Sentinel`];
  const group = groupOf(daemon.family, SENTINEL);
  const before = await receiver.packets(source, group);
  const sender = network.send(host, { source, group, packetsPerSecond: 20 });
  try {
    await until(async () => (await receiver.packets(source, group)) > before, {
      what: `the sentinel of ${host} (${source} to ${group})`,
      deadlineMs: ROUTED_MS,
    });
  } finally {
    await sender.stop();
  }
}

async function look(
  { network, daemon }: Place,
  receiver: Receiver,
  { source, group, sent }: { source: string; group: string; sent: number },
): Promise<Seen> {
  const cached = await Promise.all(ROUTERS.map((router) => network.isCached(router, source, group)));
  const known = await Promise.all(ROUTERS.map((router) => daemon.knows(network, router, source, group)));
  return {
    sent,
    arrived: await receiver.packets(source, group),
    registers: daemon.family === "ipv4" ? await registers(network, source, group) : 0,
    cached: ROUTERS.filter((_, index) => cached[index]),
    known: ROUTERS.filter((_, index) => known[index]),
  };
}

/**
 * Counts Registers on the wire before the rendezvous point. A Register (RFC 7761 §4.9.3) is 8 bytes, then the packet: its
 * IP source is at bit 160, its group at bit 192.
 */
async function countRegisters({ network, daemon }: Place, group: string): Promise<void> {
  if (daemon.family === "ipv6") return;
  const { permitted, rogue } = ADDRESS.ipv4;
  const rules = [permitted, rogue].map(
    (source) =>
      `ip protocol 103 @th,0,8 0x21 @th,160,32 ${hex(source)} @th,192,32 ${hex(group)} counter comment "${source} ${group}"`,
  );
  await network.nft(
    "rp",
    `table ip registers {
      chain in { type filter hook prerouting priority raw; }
      chain in {
${rules.join("\n")}
}
    }\n`,
  );
}

async function registers(network: Network, source: string, group: string): Promise<number> {
  const listing = JSON.parse(await network.run("rp", "nft", "-j", "list", "table", "ip", "registers")) as {
    nftables: { rule?: { comment: string; expr: { counter?: { packets: number } }[] } }[];
  };
  const rule = listing.nftables.find((one) => one.rule?.comment === `${source} ${group}`)?.rule;
  const counter = rule?.expr.find((one) => one.counter !== undefined)?.counter;
  if (counter === undefined) throw new Error(`no rule counts the Registers of ${source} to ${group}`);
  return counter.packets;
}

function hex(address: string): string {
  return `0x${address
    .split(".")
    .map((octet) => Number(octet).toString(16).padStart(2, "0"))
    .join("")}`;
}
