// SPDX-License-Identifier: MIT
import { parseIpv4Prefix, prefixContains } from "@mauth/protocol/ipv4";
import type { Ipv4, Ipv4Prefix } from "@mauth/protocol/ipv4";
import { parseSenderKey } from "./sender-key.ts";

/** A decision as the store keeps it. */
export interface GrantRow {
  /** "SOURCE>GROUP". */
  readonly id: string;
  readonly source: string;
  readonly group: string;
  readonly maxTtl: number;
  /** Milliseconds since the Unix epoch. */
  readonly permittedAt: number;
}

/** An mrouter as far as grants are concerned. */
export interface Territory {
  readonly name: string;
  /** Its internal networks. */
  readonly prefixes: readonly Ipv4Prefix[];
}

/** The territory of an mrouter; networks that are no prefixes count for nothing. */
export function territoryOf({ name, networks }: { name: string; networks: readonly string[] }): Territory {
  return { name, prefixes: networks.flatMap((network) => parseIpv4Prefix(network) ?? []) };
}

/** An entry that the kernel of an mrouter shall hold; `maxTtl` in hops. */
export interface Sender {
  readonly key: string;
  readonly source: Ipv4;
  readonly group: Ipv4;
  /** Bits of the group that must match, 32 when absent; only of senders that no grant explains and that are removed. */
  readonly groupLength?: number;
  readonly maxTtl: number;
}

/** Names of the mrouters whose internal networks contain the source. */
export function mroutersOf(source: Ipv4, territories: Iterable<Territory>): string[] {
  const names: string[] = [];
  for (const { name, prefixes } of territories)
    if (prefixes.some((prefix) => prefixContains(prefix, source))) names.push(name);
  return names;
}

/** The sender that a grant asks for; undefined when its id is not of the form "SOURCE>GROUP". */
export function senderOf(grant: Pick<GrantRow, "id" | "maxTtl">): Sender | undefined {
  const pair = parseSenderKey(grant.id);
  return pair && { key: grant.id, ...pair, maxTtl: grant.maxTtl };
}

/** What every mrouter's kernel shall hold, by the mrouter's name. */
export function desiredSenders(
  grants: Iterable<GrantRow>,
  territories: readonly Territory[],
): Map<string, Map<string, Sender>> {
  const desired = new Map(territories.map(({ name }) => [name, new Map<string, Sender>()]));
  for (const grant of grants) {
    const sender = senderOf(grant);
    if (sender === undefined) continue;
    for (const name of mroutersOf(sender.source, territories)) desired.get(name)?.set(sender.key, sender);
  }
  return desired;
}
