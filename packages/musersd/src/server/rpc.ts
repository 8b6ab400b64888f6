// SPDX-License-Identifier: MIT
import { prefixContains } from "@mauth/protocol/ipv4";
import { quietUntilMs, V1Server } from "@mauth/protocol/rpc";
import type { SlotMemory } from "@mauth/protocol/rpc";
import { COMMAND, REQUEST_LENGTH_BYTES } from "@mauth/protocol/v1";
import type { Request } from "@mauth/protocol/v1";
import type { Config } from "../config.ts";
import type { Filter } from "../filter/filter.ts";
import type { Peer } from "./udp-socket.ts";

/** Milliseconds since boot; the filter's clock too. */
export function bootClockMs(): number {
  return Number(process.hrtime.bigint() / 1_000_000n);
}

/** Serves v1 over the filter. */
export function createV1Server(
  config: Config,
  filter: Filter,
  memory: SlotMemory & { readonly found: "intact" | "absent" | "damaged" },
): V1Server {
  return new V1Server({
    memory,
    quietUntilMs: quietUntilMs(memory.found, bootClockMs()),
    allow: (address) => config.v1Allow.some((prefix) => prefixContains(prefix, address)),
    execute: (request) =>
      request.command === COMMAND.add ? filter.add(request) : filter.remove(request.source, request.group),
    isInForce: (request) => isInForce(filter, request),
  });
}

function isInForce(filter: Filter, request: Request): boolean {
  const present = filter.find(request.source, request.group);
  return request.command === COMMAND.add ? present?.maxTtl === request.maxTtl : present === undefined;
}

/** Tells whether a datagram is v1: v2 has none of this length. */
export function isV1(bytes: Uint8Array): boolean {
  return bytes.length === REQUEST_LENGTH_BYTES;
}

export type { Peer };
