// SPDX-License-Identifier: MIT
import { isAnySource, parseAddressPrefix, prefixContainsAddress } from "@mauth/protocol/address";
import type { Address, AddressPrefix } from "@mauth/protocol/address";
import type { Rate } from "@mauth/protocol/api";
import type { SenderName } from "../sender-key.ts";

/** What restricts a sender beyond its TTL; each may be absent. */
export interface Limits {
  readonly rate?: Rate;
  /** The only interface of the mrouter from which it may send. */
  readonly interface?: string;
  /** The only link-layer address from which it may send. */
  readonly mac?: string;
  /** Milliseconds since the Unix epoch. */
  readonly expiresAt?: number;
}

/** An entry that the kernel of an mrouter shall hold; `maxTtl` in hops, 0 for one that shall be absent. */
export interface Sender extends SenderName {
  readonly key: string;
  readonly maxTtl: number;
  /** Absent when nothing else restricts it, as for most. */
  readonly limits?: Limits;
}

/** A sender that nobody has to find by its key. */
export type UnnamedSender = Omit<Sender, "key">;

/** Tells whether both senders of one name permit the same. */
export function isSameSender(one: Sender, other: Sender): boolean {
  return one.maxTtl === other.maxTtl && isSameLimits(one.limits, other.limits);
}

function isSameLimits(one: Limits | undefined, other: Limits | undefined): boolean {
  if (one === other) return true;
  return (
    one?.rate?.bytesPerSecond === other?.rate?.bytesPerSecond &&
    one?.rate?.burstBytes === other?.rate?.burstBytes &&
    one?.interface === other?.interface &&
    one?.mac === other?.mac &&
    one?.expiresAt === other?.expiresAt
  );
}

/** Tells whether whatever the one permits, the other permits as well. */
export function isNoWider(one: Sender, other: Sender): boolean {
  if (one.limits === other.limits) return one.maxTtl <= other.maxTtl;
  const [a, b] = [one.limits ?? {}, other.limits ?? {}];
  const rate = { bytesPerSecond: Infinity, burstBytes: Infinity };
  const [mine, theirs] = [a.rate ?? rate, b.rate ?? rate];
  return (
    one.maxTtl <= other.maxTtl &&
    (b.interface === undefined || a.interface === b.interface) &&
    (b.mac === undefined || a.mac === b.mac) &&
    mine.bytesPerSecond <= theirs.bytesPerSecond &&
    mine.burstBytes <= theirs.burstBytes &&
    (a.expiresAt ?? Infinity) <= (b.expiresAt ?? Infinity)
  );
}

/** Tells whether the sender needs more than the paper's request can say; an expiry the server can see to itself. */
export function needsV2({ source, groupLength, limits }: Sender): boolean {
  const isLimited = limits?.rate !== undefined || limits?.interface !== undefined || limits?.mac !== undefined;
  return isLimited || groupLength !== undefined || isAnySource(source) || typeof source === "bigint";
}

/** An mrouter as far as grants are concerned. */
export interface Territory {
  readonly name: string;
  /** Its internal networks. */
  readonly prefixes: readonly AddressPrefix[];
}

/** The territory of an mrouter; networks that are no prefixes count for nothing. */
export function territoryOf({ name, networks }: { name: string; networks: readonly string[] }): Territory {
  return { name, prefixes: networks.flatMap((network) => parseAddressPrefix(network) ?? []) };
}

/** Names of the mrouters whose internal networks contain the source; any source is in every network of its family. */
export function mroutersOf(source: Address, territories: Iterable<Territory>): string[] {
  const names: string[] = [];
  const isAny = isAnySource(source);
  for (const { name, prefixes } of territories)
    for (const prefix of prefixes)
      if (isAny ? typeof prefix.network === typeof source : prefixContainsAddress(prefix, source)) {
        names.push(name);
        break;
      }
  return names;
}
