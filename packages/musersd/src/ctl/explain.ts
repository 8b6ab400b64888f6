// SPDX-License-Identifier: MIT
import { bitsOfAddress, formatAddress, isAnySource, prefixContainsAddress } from "@mauth/protocol/address";
import type { Address } from "@mauth/protocol/address";
import type { DeniedRow, RefusalReason, SenderRow } from "@mauth/protocol/v2";
import { formatLimits, formatName } from "./sender-change.ts";
import { formatAge } from "./table.ts";

/** What the mrouter holds and saw, and when. */
export interface Seen {
  readonly senders: readonly SenderRow[];
  readonly denied: readonly DeniedRow[];
  /** The boot clock of the mrouter, in which all times are. */
  readonly nowMs: number;
}

/** Why packets of a source to a group pass or not, by what happened to the last one; "silent" when none came. */
export interface Explanation {
  readonly verdict: "passed" | "refused" | "silent";
  readonly reason: RefusalReason | null;
  readonly sentence: string;
  /** The entry that decides, if there is one. */
  readonly entry: SenderRow | null;
  /** The last refusal. */
  readonly denied: DeniedRow | null;
}

/** Explains what happened to the last packet of a source to a group. */
export function explain(source: Address, group: Address, { senders, denied, nowMs }: Seen): Explanation {
  const entry = decidingEntry(source, group, senders);
  const refusal = denied
    .filter((row) => row.source === source && row.group === group)
    .reduce<DeniedRow | undefined>(
      (last, row) => (last !== undefined && last.lastMs > row.lastMs ? last : row),
      undefined,
    );
  const found = { entry: entry ?? null, denied: refusal ?? null };
  const passedMs = entry?.lastMs ?? 0;
  if (refusal !== undefined && refusal.lastMs >= passedMs && !isOutdated(refusal, entry)) {
    const age = formatAge(nowMs - refusal.lastMs);
    const sentence = `refused on ${refusal.interface}, last ${age} ago: ${sentenceOf(refusal, entry)}`;
    return { verdict: "refused", reason: refusal.reason, sentence, ...found };
  }
  if (entry === undefined) {
    const sentence = "not registered, and no packet has come: it would be refused";
    return { verdict: "silent", reason: null, sentence, ...found };
  }
  const what = `registered as ${nameOf(entry)}`;
  if (passedMs === 0) return { verdict: "silent", reason: null, sentence: `${what}; no packet has come`, ...found };
  const sentence = `${what}; the last packet passed ${formatAge(nowMs - passedMs)} ago`;
  return { verdict: "passed", reason: null, sentence, ...found };
}

/** Of several that fit, one with a source of its own decides, then that with the longest group. */
function decidingEntry(source: Address, group: Address, senders: readonly SenderRow[]): SenderRow | undefined {
  const fitting = senders.filter(
    (row) =>
      (row.source === source || (isAnySource(row.source) && typeof row.source === typeof source)) &&
      prefixContainsAddress({ network: row.group, length: lengthOf(row) }, group),
  );
  return fitting.reduce<SenderRow | undefined>(
    (best, row) => (best === undefined || rankOf(row) > rankOf(best) ? row : best),
    undefined,
  );
}

function rankOf(row: SenderRow): number {
  return (isAnySource(row.source) ? 0 : 1000) + lengthOf(row);
}

function lengthOf({ group, groupLength }: SenderRow): number {
  return groupLength ?? bitsOfAddress(group);
}

/** It was refused because it was not registered, but now it is. */
function isOutdated({ reason }: DeniedRow, entry: SenderRow | undefined): boolean {
  return reason === "UNKNOWN" && entry !== undefined;
}

function nameOf(entry: SenderRow): string {
  const limits = formatLimits(entry);
  return `${formatName(entry).join(" ")}, max TTL ${entry.maxTtl}${limits === "" ? "" : `, ${limits}`}`;
}

function sentenceOf({ reason, ttl, source, group }: DeniedRow, entry: SenderRow | undefined): string {
  switch (reason) {
    case "UNKNOWN":
      return `it is not registered; musersctl add ${formatAddress(source)} ${formatAddress(group)} ${ttl} lets it pass`;
    case "TTL":
      return `its TTL ${ttl} is above the maximum${entry === undefined ? "" : ` ${entry.maxTtl}`}`;
    case "EXPIRED":
      return "its time is over";
    case "SPOOF":
      return "it came from another interface or link-layer address than it is bound to";
    case "RATE":
      return "it sends more than its rate";
    case "MALFORMED":
      return "its header makes no sense";
    case "REGISTER":
      return "it came inside a PIM Register of a host that is no PIM neighbour";
  }
  return reason;
}
