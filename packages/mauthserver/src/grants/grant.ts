// SPDX-License-Identifier: MIT
import {
  formatAddress,
  formatAddressPrefix,
  isAnySource,
  isGroupAddress,
  isSameFamily,
  isSourceAddress,
  parseAddress,
  parseAddressPrefix,
} from "@mauth/protocol/address";
import type { Binding, GrantInput, Rate } from "@mauth/protocol/api";
import { formatSenderKey, parseSenderKey } from "../sender-key.ts";
import type { Limits, Sender } from "./sender.ts";

/** A decision as the store keeps it. The senders that it stands for follow from it alone. */
export interface GrantRow {
  /** "SOURCE>GROUP", "SOURCE>GROUP/LENGTH" or "SOURCE>session:ID". */
  readonly id: string;
  readonly source: string;
  readonly group: string;
  /** With the group "session": the session that it follows. */
  readonly session?: string;
  readonly maxTtl: number;
  readonly rate?: Rate;
  readonly binding?: Binding;
  readonly reason?: string;
  /** Instants are milliseconds since the Unix epoch. */
  readonly expiresAt?: number;
  readonly permittedAt: number;
  readonly permittedBy?: string;
  /** Of the session when it was last followed: its groups for this source, and when it says that it ends. */
  readonly groups?: readonly string[];
  readonly sessionEndsAt?: number;
  /** Since when the session is no longer announced. */
  readonly goneAt?: number;
}

/** When a grant ends by itself, undefined for never. */
export function endOf({ expiresAt, sessionEndsAt }: GrantRow): number | undefined {
  if (expiresAt === undefined || sessionEndsAt === undefined) return expiresAt ?? sessionEndsAt;
  return Math.min(expiresAt, sessionEndsAt);
}

/** The row that a decision asks for, or a sentence why there can be none. */
export function rowOf(input: GrantInput, at: { wallMs: number; by: string }): GrantRow | string {
  const source = parseAddress(input.source);
  if (source === undefined || !(isSourceAddress(source) || isAnySource(source)))
    return `${input.source} is not a unicast address`;
  const target = targetOf(input);
  if (typeof target === "string") return target;
  if (target.family !== undefined && typeof source !== target.family)
    return `${input.source} and ${input.group} are of different families`;
  if (!Number.isInteger(input.maxTtl) || input.maxTtl < 1 || input.maxTtl > 255)
    return "the maximum TTL must be 1 to 255";
  if (input.expiresAt !== undefined && input.expiresAt <= at.wallMs) return "it would have ended already";
  const { rate, binding, expiresAt, reason, maxTtl } = input;
  const isBound = binding?.interface !== undefined || binding?.mac !== undefined;
  return {
    id: `${formatAddress(source)}>${target.id}`,
    source: formatAddress(source),
    group: target.group,
    ...(input.session !== undefined && { session: input.session }),
    maxTtl,
    ...(rate !== undefined && { rate }),
    ...(isBound && { binding }),
    ...(expiresAt !== undefined && { expiresAt }),
    ...(reason !== undefined && reason !== "" && { reason }),
    permittedAt: at.wallMs,
    permittedBy: at.by,
  };
}

interface Target {
  /** The part of the grant's id behind the source. */
  readonly id: string;
  readonly group: string;
  /** The type of an address of its family. */
  readonly family?: "number" | "bigint";
}

function targetOf({ group, session }: GrantInput): Target | string {
  if (group === "session") {
    if (session === undefined) return "a grant for a session must name it";
    return { id: `session:${session}`, group };
  }
  if (session !== undefined) return 'only a grant of the group "session" names a session';
  const address = parseAddress(group);
  if (address !== undefined) {
    if (!isGroupAddress(address)) return `${group} is not a group that mrouters forward`;
    return { id: formatAddress(address), group: formatAddress(address), family: familyOf(address) };
  }
  const key = parseAddressPrefix(group);
  const isPrefix = key !== undefined && parseSenderKey(`${anyOf(key.network)}>${group}`) !== undefined;
  if (!isPrefix) return `${group} is neither a group nor a prefix of groups`;
  return { id: formatAddressPrefix(key), group: formatAddressPrefix(key), family: familyOf(key.network) };
}

function familyOf(address: number | bigint): "number" | "bigint" {
  return typeof address === "number" ? "number" : "bigint";
}

function anyOf(address: number | bigint): string {
  return typeof address === "number" ? "0.0.0.0" : "::";
}

/** The senders that a grant stands for; none when its id makes no sense. */
export function sendersOf(grant: Pick<GrantRow, "id" | "maxTtl"> & Partial<GrantRow>): Sender[] {
  return keysOf(grant).flatMap((key) => senderFor(grant, key) ?? []);
}

/** The sender of that key, which is one of the grant's. */
export function senderFor(grant: Pick<GrantRow, "maxTtl"> & Partial<GrantRow>, key: string): Sender | undefined {
  const name = parseSenderKey(key);
  if (name === undefined) return undefined;
  const { source, group, groupLength } = name;
  const { maxTtl } = grant;
  const limits = limitsOf(grant);
  // The common one has one shape and no more objects: there may be a million.
  if (groupLength === undefined && limits === undefined) return { key, source, group, maxTtl };
  return { key, source, group, maxTtl, ...(groupLength !== undefined && { groupLength }), ...(limits && { limits }) };
}

/** The keys of those senders. */
export function keysOf({ id, source, session, groups }: Pick<GrantRow, "id"> & Partial<GrantRow>): string[] {
  if (session === undefined) return [id];
  const address = parseAddress(source ?? "");
  const keys = new Set<string>();
  for (const group of groups ?? []) {
    const parsed = parseAddress(group);
    if (address === undefined || parsed === undefined || !isSameFamily(address, parsed)) continue;
    keys.add(formatSenderKey(address, parsed));
  }
  return [...keys];
}

function limitsOf(grant: Partial<GrantRow>): Limits | undefined {
  const { rate, binding } = grant;
  const expiresAt = endOf(grant as GrantRow);
  if (rate === undefined && binding === undefined && expiresAt === undefined) return undefined;
  return {
    ...(rate && { rate }),
    ...(binding?.interface !== undefined && { interface: binding.interface }),
    ...(binding?.mac !== undefined && { mac: binding.mac }),
    ...(expiresAt !== undefined && { expiresAt }),
  };
}

/**
 * Which of two senders of one name the kernel shall hold, since it holds one: the one with the larger TTL, then the one
 * that is bound to less, may send more, and ends later. It is always one of the two as a whole: a TTL of one with the
 * limits of the other would permit what nobody has.
 */
export function widerOf(one: Sender, other: Sender): Sender {
  const [a, b] = [rankOf(one), rankOf(other)];
  const index = a.findIndex((rank, place) => rank !== b[place]);
  return index < 0 || (a[index] ?? 0) > (b[index] ?? 0) ? one : other;
}

function rankOf({ maxTtl, limits }: Sender): number[] {
  const bindings = Number(limits?.interface !== undefined) + Number(limits?.mac !== undefined);
  const { bytesPerSecond = Infinity, burstBytes = Infinity } = limits?.rate ?? {};
  return [maxTtl, -bindings, bytesPerSecond, burstBytes, limits?.expiresAt ?? Infinity];
}
