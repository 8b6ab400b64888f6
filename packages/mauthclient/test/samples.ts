// SPDX-License-Identifier: MIT
import type { AnyCommand, Denied, Grant, Mrouter, SenderStats, Session } from "@mauth/protocol/api";

export const NOW_MS = 1_800_000_000_000;

/** A session of one source and two groups. */
export function session(part: Partial<Session> = {}): Session {
  const origin = {
    username: "-",
    sessId: "1",
    sessVersion: "1",
    netType: "IN",
    addrType: "IP4",
    address: "192.0.2.10",
  };
  return {
    id: "00000000000000a1",
    title: "Stage left I/O",
    origin,
    announcer: "192.0.2.10",
    messageIdHash: 1,
    times: [{ start: 0, stop: 0 }],
    media: [
      {
        type: "audio",
        port: 5004,
        portCount: 1,
        proto: "RTP/AVP",
        formats: ["96"],
        groups: ["233.252.0.1"],
        ttl: 15,
        sources: [],
        codec: "L24/48000/2",
      },
    ],
    flows: [
      { source: "192.0.2.10", group: "233.252.0.1", ttl: 15 },
      { source: "192.0.2.10", group: "233.252.0.2", ttl: 15 },
    ],
    hearings: [{ mrouter: null, interface: "lan0", group: "239.255.255.255", lastHeardAt: NOW_MS }],
    firstHeardAt: NOW_MS - 60_000,
    lastHeardAt: NOW_MS - 10_000,
    periodMs: 30_000,
    expiresAt: NOW_MS + 3_600_000,
    sdp: "v=0\r\ns=Stage left I/O\r\n",
    ...part,
  };
}

export function grant(part: Partial<Grant> = {}): Grant {
  const pair = { source: "192.0.2.10", group: "233.252.0.1", ...part };
  return {
    id: `${pair.source}>${pair.group}`,
    maxTtl: 15,
    permittedAt: NOW_MS - 5_000,
    enforcement: [{ mrouter: "edge-1", state: "enforced" }],
    ...pair,
  };
}

export function mrouter(part: Partial<Mrouter> = {}): Mrouter {
  return {
    id: "edge-1",
    name: "edge-1",
    address: "127.0.0.1:9874",
    protocol: "v1",
    networks: ["192.0.2.0/24"],
    state: "online",
    filter: "bpf",
    mode: "enforce",
    interfaces: [{ name: "lan0", attached: true }],
    sendersDecided: 1,
    sendersInForce: 1,
    lastHeardAt: NOW_MS,
    passedPackets: 10,
    refusedPackets: 20,
    ...part,
  };
}

export function denied(part: Partial<Denied> = {}): Denied {
  const pair = { source: "192.0.2.66", group: "233.252.0.1", ...part };
  return {
    id: `edge-1|lan0|${pair.source}>${pair.group}`,
    mrouter: "edge-1",
    interface: "lan0",
    reason: "UNKNOWN",
    ttl: 64,
    packets: 100,
    bytes: 30_000,
    firstAt: NOW_MS - 20_000,
    lastAt: NOW_MS,
    ...pair,
  };
}

export function sender(part: Partial<SenderStats> = {}): SenderStats {
  const pair = { source: "192.0.2.10", group: "233.252.0.1", mrouter: "edge-1", ...part };
  return {
    id: `${pair.mrouter}|${pair.source}>${pair.group}`,
    maxTtl: 15,
    packets: 1_000,
    bytes: 300_000,
    refusedPackets: 0,
    lastAt: NOW_MS,
    ...pair,
  };
}

export const snapshotEnd: AnyCommand = {
  rev: 7,
  type: "add",
  entity: "snapshot",
  value: { revision: 7, log: "log-1", version: "0.1.0", serverTime: NOW_MS },
};

/** The end of a batch. */
export function progress(entity: string, sent: number, total: number): AnyCommand {
  return { rev: 7, type: "add", entity: "progress", value: { entity, sent, total } };
}

/** Opens a feed that goes on where an earlier one ended. */
export const resumed: AnyCommand = { rev: 7, type: "add", entity: "resumed", value: { from: 7, revision: 7 } };

type AddOf<Entity extends AnyCommand["entity"]> = Extract<AnyCommand, { entity: Entity; type: "add" }>["value"];

/** An `add` of an entity. */
export function add<Entity extends AnyCommand["entity"]>(entity: Entity, value: AddOf<Entity>, rev = 8): AnyCommand {
  // A pair of a name and its own value is one of the union; the compiler cannot see that through the generic.
  return { rev, type: "add", entity, value } as unknown as AnyCommand;
}

export function remove(
  entity: "session" | "grant" | "mrouter" | "denied" | "sender" | "ignored",
  id: string,
): AnyCommand {
  return { rev: 9, type: "remove", entity, value: { id } };
}
