// SPDX-License-Identifier: MIT
import { type AddressPrefix, parseAddress, parseAddressPrefix, prefixContainsAddress } from "@mauth/protocol/address";
import type { Grant, SenderStats } from "@mauth/protocol/api";
import { pairId } from "./pair-id.ts";

/** What stands for any source in a grant. */
const ANY_SOURCES = ["0.0.0.0", "::"] as const;

interface PairOf {
  readonly source: string;
  readonly group: string;
}

/** The grants that stand for more than one pair, found once for each state of the grants. */
interface Indirect {
  readonly prefixes: readonly { readonly grant: Grant; readonly prefix: AddressPrefix }[];
  /** Of sessions, by the pairs that they stand for now. */
  readonly followed: ReadonlyMap<string, Grant>;
  /** Whether any grant is for any source. */
  readonly hasAnySource: boolean;
}

const indirectOf = new WeakMap<ReadonlyMap<string, Grant>, Indirect>();

function indirectGrants(grants: ReadonlyMap<string, Grant>): Indirect {
  const known = indirectOf.get(grants);
  if (known !== undefined) return known;
  const prefixes: { grant: Grant; prefix: AddressPrefix }[] = [];
  const followed = new Map<string, Grant>();
  let hasAnySource = false;
  for (const grant of grants.values()) {
    hasAnySource ||= isAnySource(grant.source);
    for (const group of grant.groups ?? []) followed.set(`${grant.source}>${group}`, grant);
    const prefix = grant.group.includes("/") ? parseAddressPrefix(grant.group) : undefined;
    if (prefix !== undefined) prefixes.push({ grant, prefix });
  }
  const indirect = { prefixes, followed, hasAnySource };
  indirectOf.set(grants, indirect);
  return indirect;
}

/** Tells when grants let other pairs pass than before, whatever else changes in them. */
export class Covered {
  #grants: ReadonlyMap<string, Grant> = new Map();
  #coverage = 0;

  /** A number that is another once other pairs pass. */
  follow(grants: ReadonlyMap<string, Grant>): number {
    if (grants !== this.#grants && !coversSame(grants, this.#grants)) this.#coverage++;
    this.#grants = grants;
    return this.#coverage;
  }
}

/** The id of a grant says what it covers, but for the groups of a session. */
function coversSame(grants: ReadonlyMap<string, Grant>, before: ReadonlyMap<string, Grant>): boolean {
  if (grants.size !== before.size) return false;
  for (const [id, grant] of grants) {
    const old = before.get(id);
    if (old === undefined) return false;
    if (old !== grant && old.groups?.join() !== grant.groups?.join()) return false;
  }
  return true;
}

/** The grant that lets a source send to a group: its own, one of any source, one of a session that names the pair, or one of a prefix. */
export function coveringGrant(grants: ReadonlyMap<string, Grant>, pair: PairOf): Grant | undefined {
  const id = pairId(pair);
  const own = grants.get(id);
  if (own !== undefined || grants.size === 0) return own;
  const indirect = indirectGrants(grants);
  return indirect.followed.get(id) ?? anySourceGrant(grants, indirect, pair) ?? prefixGrant(indirect, pair);
}

function anySourceGrant(grants: ReadonlyMap<string, Grant>, indirect: Indirect, { group }: PairOf): Grant | undefined {
  if (!indirect.hasAnySource) return undefined;
  for (const source of ANY_SOURCES) {
    const id = `${source}>${group}`;
    const grant = grants.get(id) ?? indirect.followed.get(id);
    if (grant !== undefined) return grant;
  }
  return undefined;
}

function prefixGrant({ prefixes }: Indirect, pair: PairOf): Grant | undefined {
  const own = prefixes.filter(({ grant }) => grant.source === pair.source || isAnySource(grant.source));
  if (own.length === 0) return undefined;
  const group = parseAddress(pair.group);
  if (group === undefined) return undefined;
  return own.find(({ prefix }) => prefixContainsAddress(prefix, group))?.grant;
}

function isAnySource(source: string): boolean {
  return source === ANY_SOURCES[0] || source === ANY_SOURCES[1];
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
  if (grant.groups === undefined) return byPair.get(pairId(grant)) ?? [];
  return grant.groups.flatMap((group) => byPair.get(`${grant.source}>${group}`) ?? []);
}
