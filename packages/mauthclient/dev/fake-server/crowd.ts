// SPDX-License-Identifier: MIT
import type { Denied } from "@mauth/protocol/api";
import { inventGroup, inventSource } from "./invent.ts";
import type { Crowd } from "./scene.ts";
import type { World } from "./world.ts";

/** What changes next, in turn: mostly counters, and some of everything else. */
const TURNS = [
  "sender",
  "denied",
  "sender",
  "session",
  "denied",
  "sender",
  "mrouter",
  "denied",
  "grant",
  "session",
] as const;
/** Prime to the sizes of all lists, so that every entity has its turn. */
const STRIDE = 7919;

/** Permits flows of the sessions, and lets others be refused, until there are so many. */
export function gather(world: World, { grants, refused }: Crowd): void {
  const flows = [...world.entities.session.values()].flatMap((session) => session.flows);
  for (const { source, group, ttl } of flows) {
    if (world.entities.grant.size >= grants) break;
    world.permit({ source, group, maxTtl: Math.max(1, ttl ?? 1) }, "enforced");
  }
  const mrouters = [...world.entities.mrouter.keys()];
  for (let index = 0; world.entities.denied.size < refused; index++) {
    // Every third belongs to a session, the others to none.
    const flow = index % 3 === 0 ? flows.at(-1 - index) : undefined;
    const { source, group } = flow ?? { source: inventSource(index), group: inventGroup(index, index % 7) };
    if (world.covering({ source, group }) !== undefined) continue;
    const mrouter = mrouters[index % mrouters.length] ?? "";
    world.put("denied", refusal({ mrouter, source, group, index, nowMs: world.nowMs }));
  }
}

function refusal(pair: { mrouter: string; source: string; group: string; index: number; nowMs: number }): Denied {
  const { mrouter, source, group, index, nowMs } = pair;
  return {
    id: `${mrouter}|lan0|${source}>${group}`,
    mrouter,
    interface: "lan0",
    source,
    group,
    reason: index % 4 === 3 ? "TTL" : "UNKNOWN",
    ttl: 1 + (index % 127),
    packets: 100 + index,
    bytes: 32_000 + index * 320,
    firstAt: nowMs - index * 1000,
    lastAt: nowMs,
  };
}

/** Makes changes number `from` and after. */
export function churn(world: World, { nowMs, from, changes }: { nowMs: number; from: number; changes: number }): void {
  for (let turn = from; turn < from + changes; turn++) changeOne(world, turn, nowMs);
}

function changeOne(world: World, turn: number, nowMs: number): void {
  const { sender, denied, session, mrouter, grant } = world.entities;
  const packets = 40 + (turn % 60);
  const entity = TURNS[turn % TURNS.length];
  if (entity === "sender") {
    const one = pick(sender, turn);
    if (one !== undefined) world.put("sender", counted(one, packets, nowMs));
  } else if (entity === "denied") {
    const one = pick(denied, turn);
    if (one !== undefined) world.put("denied", counted(one, packets, nowMs));
  } else if (entity === "session") {
    const one = pick(session, turn);
    const hearings = one?.hearings.map((hearing) => ({ ...hearing, lastHeardAt: nowMs })) ?? [];
    if (one !== undefined) world.put("session", { ...one, hearings, lastHeardAt: nowMs });
  } else if (entity === "mrouter") {
    const one = pick(mrouter, turn);
    const passedPackets = (one?.passedPackets ?? 0) + packets;
    if (one !== undefined) world.put("mrouter", { ...one, passedPackets, lastHeardAt: nowMs });
  } else {
    const one = pick(grant, turn);
    // Up and down by one, so that a grant never leaves what is allowed.
    if (one !== undefined) world.put("grant", { ...one, maxTtl: one.maxTtl > 100 ? one.maxTtl - 1 : one.maxTtl + 1 });
  }
}

function counted<Counters extends { packets: number; bytes: number }>(
  one: Counters,
  packets: number,
  lastAt: number,
): Counters {
  return { ...one, packets: one.packets + packets, bytes: one.bytes + packets * 320, lastAt };
}

function pick<Value>(values: ReadonlyMap<string, Value>, turn: number): Value | undefined {
  return values.get(keysOf(values)[(turn * STRIDE) % values.size] ?? "");
}

const keys = new WeakMap<object, readonly string[]>();

/** The ids of a map, found again only when their number changes. */
function keysOf(values: ReadonlyMap<string, unknown>): readonly string[] {
  const known = keys.get(values);
  if (known?.length === values.size) return known;
  const found = [...values.keys()];
  keys.set(values, found);
  return found;
}
