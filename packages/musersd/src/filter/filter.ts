// SPDX-License-Identifier: MIT
import type { ErrorCode } from "@mauth/protocol/error-code";
import { bitsOfAddress, isAnySource } from "@mauth/protocol/address";
import type { Address } from "@mauth/protocol/address";
import type { Ipv4 } from "@mauth/protocol/ipv4";
import type { RowBatch, RowTable } from "@mauth/protocol/rpc";

/** An entry of the filter: who may send where, and within which limits. */
export interface Sender {
  /** 0.0.0.0 or :: stands for any source of the group's family. */
  readonly source: Address;
  /** Of the same family as the source. */
  readonly group: Address;
  /** Bits of the group that must match, 4 to 32 of IPv4 and 8 to 128 of IPv6; all when absent. */
  readonly groupLength?: number;
  /** 1 to 255 hops on arrival: TTL of IPv4, hop limit of IPv6. */
  readonly maxTtl: number;
  /** Registered by the mrouter's own mauth.conf, so no business of the central service; false when absent. */
  readonly isStatic?: boolean;
  /** CLOCK_MONOTONIC from which on it may send no more; for ever when absent. */
  readonly expiresMs?: number;
  /** Link header included, 1 to 2^32 - 1; any rate when absent. */
  readonly rateBytesPerSecond?: number;
  /** What it may send at once beyond its rate, 1 to 2^32 - 1; belongs to a rate. */
  readonly burstBytes?: number;
  /** The only interface that it may send from, whether that exists now or not. */
  readonly interface?: string;
  /** The only link-layer address that it may send from, such as "00:00:5e:00:53:01". */
  readonly mac?: string;
}

/** What names a sender. */
export type SenderName = Pick<Sender, "source" | "group" | "groupLength">;

/** A sender with what the filter counted for it. */
export interface SenderRow extends Sender {
  readonly isStatic: boolean;
  /** Passed. */
  readonly packets: number;
  /** Passed, link header included. */
  readonly bytes: number;
  /** Packets of this sender that were dropped, or on a monitored interface would have been. */
  readonly refusedPackets: number;
  /** CLOCK_MONOTONIC of the last passed packet, 0 when none passed. */
  readonly lastMs: number;
}

/** Whoever takes senders; most have nothing but a TTL and are not static, and there may be a million of those. */
export interface FilterVisitor {
  plain(source: Ipv4, group: Ipv4, maxTtl: number): void;
  /** A sender of any kind. */
  sender(row: SenderRow): void;
}

/** A refused (interface, S, G). */
export interface DeniedRow {
  readonly ifindex: number;
  readonly source: Address;
  readonly group: Address;
  /** Of the last packet. */
  readonly reason: Reason;
  /** Hops, of the last packet. */
  readonly ttl: number;
  /** Whether the last packet was passed, because its interface is only monitored. */
  readonly isMonitored: boolean;
  readonly packets: number;
  readonly bytes: number;
  /** CLOCK_MONOTONIC. */
  readonly firstMs: number;
  /** CLOCK_MONOTONIC. */
  readonly lastMs: number;
}

/** Senders as words. */
export type SenderTable = RowTable<SenderRow>;

/** Refused (interface, S, G)s as words. */
export interface RefusedTable<Row> extends RowTable<Row> {
  /** When a row of the batch was first refused, CLOCK_MONOTONIC. */
  firstMs(batch: RowBatch, index: number): number;
}

/** `enum msender_reason` of msender.h by number. */
export const REASONS = {
  0: "LOOPBACK",
  1: "NOT_IP",
  2: "UNICAST",
  3: "LINK_LOCAL",
  4: "PERMITTED",
  5: "OBSERVED",
  6: "MEMBERSHIP",
  16: "UNKNOWN",
  17: "TTL",
  18: "REGISTER",
  19: "MALFORMED",
  20: "EXPIRED",
  21: "SPOOF",
  22: "RATE",
} as const;
export type Reason = (typeof REASONS)[keyof typeof REASONS];

/** The first number of `enum msender_reason` that means a drop. */
export const FIRST_DROP_REASON = 16;

/** Packets and bytes that were judged for one reason. */
export interface Count {
  readonly reason: Reason;
  readonly isDrop: boolean;
  readonly packets: number;
  readonly bytes: number;
  /** Passed although the filter would have dropped or marked them, because their interface is only monitored. */
  readonly monitoredPackets: number;
}

/** An internal interface that exists. */
export interface Attachment {
  readonly name: string;
  readonly ifindex: number;
  /** Whether the filter judges its packets. */
  readonly isAttached: boolean;
  /** Whether it only counts what it would drop there. */
  readonly isMonitored: boolean;
  /** Whether packets have a link-layer address that a sender can be bound to. */
  readonly hasEthernet: boolean;
}

export type FilterKind = "bpf" | "module" | "memory";

/** Tells whether a sender stands for more than one (S,G). */
export function isWildcard({ source, groupLength }: Pick<Sender, "source" | "groupLength">): boolean {
  return isAnySource(source) || (groupLength !== undefined && groupLength < bitsOfAddress(source));
}

/**
 * The table of senders as the kernel holds it: every read is a read of the kernel, never of a shadow copy. Changes return
 * when the kernel call has returned. Of several senders that fit a packet the most specific decides alone: first one with
 * a source of its own, then the one with the longest group.
 */
export interface Filter {
  readonly kind: FilterKind;
  /** Whether packets are judged by it; false only for the memory filter, which enforces nothing. */
  readonly isEnforcing: boolean;
  /** Tells whether the kernel still has it; when not, nothing is enforced and every other call fails. */
  isThere(): boolean;
  /** So many of IPv4 and as many of IPv6. */
  readonly sendersMax: number;
  /** Registers a sender, or replaces what a registered one may do and keeps its counters. */
  add(sender: Sender): ErrorCode | undefined;
  /**
   * Registers many, as if one after the other; one result for each, in order.
   * @param isNew Tells which senders were not registered a moment ago: they are written without a look. One that was registered
   * since then loses its counters, nothing else; without it, each is looked at.
   */
  addMany(senders: readonly Sender[], isNew?: (name: SenderName) => boolean): (ErrorCode | undefined)[];
  /** Removes a sender; one that is not there is no error. */
  remove(source: Address, group: Address, groupLength?: number): ErrorCode | undefined;
  /** Removes many, as if one after the other; one result for each, in order. */
  removeMany(senders: readonly SenderName[]): (ErrorCode | undefined)[];
  find(source: Address, group: Address, groupLength?: number): SenderRow | undefined;
  senders(): SenderRow[];
  /** Hands all senders over. */
  visitSenders(visitor: FilterVisitor): void;
  denied(): DeniedRow[];
  /** The same as words, for readers who come again and again; together they hold all senders. */
  readonly senderTables: readonly SenderTable[];
  /** All that was refused, likewise. */
  readonly deniedTables: readonly RefusedTable<DeniedRow>[];
  counts(): Count[];
  /** Internal interfaces that exist, as the part that attaches the filter told last. */
  interfaces(): Attachment[];
  /** Makes exactly these groups observed, by difference. */
  setObserved(groups: readonly Address[]): void;
  /** Makes exactly these hosts PIM neighbours, by difference. */
  setPimNeighbours(hosts: readonly Address[]): void;
  /** Makes exactly these the interfaces that are known, by difference; each changes in one step. */
  setInterfaces(interfaces: readonly Attachment[]): void;
}
