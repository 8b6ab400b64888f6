// SPDX-License-Identifier: MIT
import { type AddressPrefix, parseAddress, parseAddressPrefix, prefixContainsAddress } from "@mauth/protocol/address";
import type { Grant, SenderStats } from "@mauth/protocol/api";

/** What stands for any source in a grant. */
const ANY_SOURCES = ["0.0.0.0", "::"] as const;

/** The grants that stand for more than one pair, found once for each state of the grants. */
interface Indirect {
  readonly prefixes: readonly { readonly grant: Grant; readonly prefix: AddressPrefix }[];
  /** Of sessions, by the pairs that they stand for now. */
  readonly followed: ReadonlyMap<string, Grant>;
}

const indirectOf = new WeakMap<ReadonlyMap<string, Grant>, Indirect>();

function indirectGrants(grants: ReadonlyMap<string, Grant>): Indirect {
  const known = indirectOf.get(grants);
  if (known !== undefined) return known;
  const prefixes: { grant: Grant; prefix: AddressPrefix }[] = [];
  const followed = new Map<string, Grant>();
  for (const grant of grants.values()) {
    for (const group of grant.groups ?? []) followed.set(`${grant.source}>${group}`, grant);
    const prefix = grant.group.includes("/") ? parseAddressPrefix(grant.group) : undefined;
    if (prefix !== undefined) prefixes.push({ grant, prefix });
  }
  const indirect = { prefixes, followed };
  indirectOf.set(grants, indirect);
  return indirect;
}

/** The grant that lets a source send to a group: its own, one of any source, one of a session that names the pair, or one of a prefix. */
export function coveringGrant(
  grants: ReadonlyMap<string, Grant>,
  pair: { readonly source: string; readonly group: string },
): Grant | undefined {
  const own = grants.get(`${pair.source}>${pair.group}`);
  if (own !== undefined || grants.size === 0) return own;
  const { followed } = indirectGrants(grants);
  for (const source of [pair.source, ...ANY_SOURCES]) {
    const id = `${source}>${pair.group}`;
    const grant = grants.get(id) ?? followed.get(id);
    if (grant !== undefined) return grant;
  }
  return prefixGrant(grants, pair);
}

function prefixGrant(grants: ReadonlyMap<string, Grant>, pair: { source: string; group: string }): Grant | undefined {
  const { prefixes } = indirectGrants(grants);
  if (prefixes.length === 0) return undefined;
  const group = parseAddress(pair.group);
  if (group === undefined) return undefined;
  return prefixes.find(({ grant, prefix }) => isFrom(grant, pair.source) && prefixContainsAddress(prefix, group))
    ?.grant;
}

function isFrom(grant: Grant, source: string): boolean {
  return grant.source === source || ANY_SOURCES.some((any) => any === grant.source);
}

/** Whether the paper's 11 bytes can name the sender: one IPv4 source and one IPv4 group. */
export function isHostPair({ source, group }: Pick<Grant, "source" | "group">): boolean {
  const isOneGroup = group !== "session" && !group.includes("/") && !group.includes(":");
  return isOneGroup && !source.includes(":") && source !== ANY_SOURCES[0];
}

/** Whether the paper's 11 bytes can say all of a grant: nothing but source, group and TTL. */
export function isPlain(grant: Pick<Grant, "source" | "group" | "rate" | "binding" | "expiresAt" | "reason">): boolean {
  const { rate, binding, expiresAt, reason } = grant;
  return isHostPair(grant) && [rate, binding, expiresAt, reason].every((limit) => limit === undefined);
}

/** The senders that a grant has made, on every mrouter. */
export function sendersOf(grant: Grant, byPair: ReadonlyMap<string, readonly SenderStats[]>): readonly SenderStats[] {
  if (grant.groups === undefined) return byPair.get(`${grant.source}>${grant.group}`) ?? [];
  return grant.groups.flatMap((group) => byPair.get(`${grant.source}>${group}`) ?? []);
}
