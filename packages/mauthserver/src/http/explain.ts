// SPDX-License-Identifier: MIT
import { bitsOfAddress, formatAddress, parseAddress } from "@mauth/protocol/address";
import type { Address } from "@mauth/protocol/address";
import type { Denied, Explanation, Fix, Grant, SenderStats, Session } from "@mauth/protocol/api";
import type { GrantTable } from "../grants/table.ts";
import type { Board } from "../push/board.ts";

/** Packets that were last seen longer ago do not count as being sent. */
const RECENT_MS = 60_000;
/** Hops that a permit of a refused sender allows beyond what was seen. */
const TTL_DEFAULT = 15;

export interface Question {
  readonly mrouter: string;
  readonly source: Address;
  readonly group: Address;
  /** Milliseconds since the Unix epoch. */
  readonly nowMs: number;
}

interface Facts {
  readonly entry: SenderStats | null;
  readonly denied: Denied | null;
  readonly grants: readonly Grant[];
  readonly session: Session | undefined;
}

/** Says what becomes of the packets of a source to a group at an mrouter, why, and what would change it. */
export function explain({ board, table }: { board: Board; table: GrantTable }, question: Question): Explanation {
  const facts = factsOf(board, table, question);
  const verdict = verdictOf(facts, question.nowMs);
  const { entry, denied, grants, session } = facts;
  return {
    verdict,
    ...(denied && { reason: denied.reason }),
    sentence: sentenceOf(verdict, facts, question),
    entry,
    denied,
    grants: grants.map(({ id }) => id),
    ...(session && { session: session.id }),
    fix: fixOf(verdict, facts, question),
  };
}

function factsOf(board: Board, table: GrantTable, { mrouter, source, group }: Question): Facts {
  const ids = grantsCovering(table, source, group);
  const names = candidates(source, group).map((key) => `${mrouter}|${key}`);
  const entry = names.map((id) => board.get("sender", id)).find((one) => one !== undefined) ?? null;
  const [from, to] = [formatAddress(source), formatAddress(group)];
  let denied: Denied | null = null;
  for (const one of board.values("denied"))
    if (one.mrouter === mrouter && one.source === from && one.group === to && one.lastAt >= (denied?.lastAt ?? 0))
      denied = one;
  let session: Session | undefined;
  for (const one of board.values("session"))
    if (one.flows.some((flow) => flow.source === from && flow.group === to)) session ??= one;
  return { entry, denied, grants: ids.flatMap((id) => board.get("grant", id) ?? []), session };
}

/** Keys of the entries that may judge a pair, the most particular first, as the filter looks them up. */
function candidates(source: Address, group: Address): string[] {
  const bits = bitsOfAddress(group);
  const any = typeof source === "number" ? "0.0.0.0" : "::";
  return [formatAddress(source), any].flatMap((from) => [
    `${from}>${formatAddress(group)}`,
    ...Array.from({ length: bits - 4 }, (_, index) => {
      const length = bits - 1 - index;
      return `${from}>${formatAddress(networkOf(group, length))}/${length}`;
    }),
  ]);
}

function networkOf(group: Address, length: number): Address {
  const shift = BigInt(bitsOfAddress(group) - length);
  const network = (BigInt(group) >> shift) << shift;
  return typeof group === "number" ? Number(network) : network;
}

function grantsCovering(table: GrantTable, source: Address, group: Address): string[] {
  return [...new Set(candidates(source, group).flatMap((key) => table.grantsOf(key)))];
}

function verdictOf({ entry, denied }: Facts, nowMs: number): Explanation["verdict"] {
  const passedAt = entry?.lastAt ?? 0;
  const refusedAt = denied?.lastAt ?? 0;
  if (Math.max(passedAt, refusedAt) < nowMs - RECENT_MS) return "silent";
  return passedAt >= refusedAt ? "passed" : "refused";
}

function sentenceOf(verdict: Explanation["verdict"], facts: Facts, { mrouter, source, group }: Question): string {
  const pair = `${formatAddress(source)} to ${formatAddress(group)}`;
  const { entry, denied, grants } = facts;
  if (verdict === "passed") return `${mrouter} forwards ${pair}: ${grantWords(grants)}.`;
  if (verdict === "silent") {
    if (entry) return `${mrouter} would forward ${pair}, but has seen no packet for a minute: ask who runs the source.`;
    return grants.length > 0
      ? `${pair} is permitted, but ${mrouter} does not hold it: look at the state of the mrouter.`
      : `${mrouter} has seen no packet of ${pair} for a minute, and would refuse it: nobody has permitted it.`;
  }
  return `${mrouter} refuses ${pair}: ${refusalWords(denied, entry, grants)}.`;
}

function grantWords(grants: readonly Grant[]): string {
  const [grant] = grants;
  if (grant === undefined) return "its kernel holds an entry for it";
  return `permitted by ${grant.permittedBy ?? "the console"}${grant.reason === undefined ? "" : ` (${grant.reason})`}`;
}

function refusalWords(denied: Denied | null, entry: SenderStats | null, grants: readonly Grant[]): string {
  switch (denied?.reason) {
    case "TTL":
      return `it arrives with TTL ${denied.ttl}, and at most ${entry?.maxTtl ?? grants[0]?.maxTtl ?? "less"} is permitted`;
    case "EXPIRED":
      return "its permit has expired";
    case "SPOOF":
      return "it comes from another interface or link-layer address than the permit is bound to";
    case "RATE":
      return "it sends more than the permit allows";
    case "REGISTER":
      return "a host that is no PIM neighbour sends PIM Registers";
    case "MALFORMED":
      return "its packets are malformed";
    case "UNKNOWN":
    case undefined:
    default:
      return grants.length > 0 ? "it is permitted, but the kernel does not hold it yet" : "nobody has permitted it";
  }
}

function fixOf(verdict: Explanation["verdict"], facts: Facts, { source, group }: Question): Fix | null {
  const { denied, grants, session } = facts;
  const [grant] = grants;
  if (verdict === "passed") return grant ? { kind: "revoke", id: grant.id } : null;
  if (verdict === "silent" && (grant || !denied)) return null;
  const seenTtl = denied?.ttl ?? TTL_DEFAULT;
  if (grant === undefined) {
    const announced = session?.flows.find((flow) => flow.group === formatAddress(group))?.ttl ?? 0;
    const maxTtl = Math.max(1, seenTtl, announced);
    return { kind: "permit", source: formatAddress(source), group: formatAddress(group), maxTtl };
  }
  if (denied?.reason === "TTL") return { kind: "edit", id: grant.id, maxTtl: Math.max(1, seenTtl) };
  const isLimit = denied?.reason === "RATE" || denied?.reason === "SPOOF" || denied?.reason === "EXPIRED";
  return isLimit ? { kind: "edit", id: grant.id } : null;
}

/** The question that a request asks; undefined when an address is none. */
export function questionOf(
  text: { readonly mrouter: string; readonly source: string; readonly group: string },
  nowMs: number,
): Question | undefined {
  const source = parseAddress(text.source);
  const group = parseAddress(text.group);
  if (source === undefined || group === undefined || typeof source !== typeof group) return undefined;
  return { mrouter: text.mrouter, source, group, nowMs };
}
