// SPDX-License-Identifier: MIT
import type { Address } from "../address.ts";
import type { ByteReader, ByteWriter } from "./bytes.ts";
import { readEntry, writeEntry } from "./entry.ts";
import type { SenderEntry } from "./entry.ts";

/** Reasons of refusal in the order of their wire codes, which begin at 1; the names of `enum msender_reason`. */
export const REASONS = ["UNKNOWN", "TTL", "REGISTER", "MALFORMED", "EXPIRED", "SPOOF", "RATE"] as const;
export type RefusalReason = (typeof REASONS)[number];

const FILTERS = ["bpf", "module", "memory"] as const;
/** What the filter does on an interface with what it refuses: drop it, or only count it. */
export const MODES = ["enforce", "monitor"] as const;
export type Mode = (typeof MODES)[number];

/** The state of the filter of one mrouter. */
export interface StatusReport {
  /** memory enforces nothing. */
  readonly filter: (typeof FILTERS)[number];
  /** monitor: on one interface at least nothing is dropped. */
  readonly mode: Mode;
  readonly interfaces: readonly InterfaceReport[];
  readonly sendersMax: number;
  /** Packets since the filter was loaded. */
  readonly passedPackets: number;
  readonly refusedPackets: Readonly<Partial<Record<RefusalReason, number>>>;
  /** Those that would have been refused, but passed because their interface is only monitored; absent when none did. */
  readonly monitoredPackets?: Readonly<Partial<Record<RefusalReason, number>>>;
}

/** An internal interface, and whether the filter is on it. */
export interface InterfaceReport {
  readonly name: string;
  readonly isAttached: boolean;
  /** Whether the filter only counts there what it would drop; false when absent. */
  readonly isMonitored?: boolean;
}

const FLAG_ATTACHED = 1;
const FLAG_MONITORED = 2;

/** A sender with its counters. */
export interface SenderRow extends SenderEntry {
  /** Packets and bytes (IP length) passed. */
  readonly packets: number;
  readonly bytes: number;
  /** Packets of this (S,G) refused. */
  readonly refusedPackets: number;
  /** When the last packet passed, on the boot clock of the mrouter; 0 when none did. */
  readonly lastMs: number;
}

/** An (S,G) that the filter refused on one interface. */
export interface DeniedRow {
  readonly interface: string;
  readonly source: Address;
  readonly group: Address;
  /** Reason and TTL (hops) of the last refused packet. */
  readonly reason: RefusalReason;
  readonly ttl: number;
  readonly packets: number;
  readonly bytes: number;
  /** On the boot clock of the mrouter. */
  readonly firstMs: number;
  readonly lastMs: number;
}

/** How often something happened to the datagrams of musersd since it started. */
export interface CounterRow {
  /** Such as "v1.droppedLength"; at most 63 bytes. */
  readonly name: string;
  readonly value: number;
}

/** A longer name is cut. */
const COUNTER_NAME_LENGTH_BYTES_MAX = 63;

/** An interface name is at most 15 bytes (IFNAMSIZ - 1), and a longer one is cut. */
export const INTERFACE_LENGTH_BYTES_MAX = 15;

/** Room that one row of each table may need. */
export const ROW_LENGTH_BYTES_MAX = {
  status: 17,
  senders: 41,
  denied: 58,
  counters: 72,
  limited: 109,
  sendersIpv6: 65,
  deniedIpv6: 82,
} as const;

/** Writes the part of the status that is not the interfaces, at most 127 bytes. */
export function writeStatus(writer: ByteWriter, status: StatusReport): void {
  const monitored = status.monitoredPackets ?? {};
  const hasMonitored = Object.values(monitored).some((packets) => packets > 0);
  writer.u8(FILTERS.indexOf(status.filter)).u8(MODES.indexOf(status.mode));
  writer
    .u32(status.sendersMax)
    .u64(status.passedPackets)
    .u8(REASONS.length * (hasMonitored ? 2 : 1));
  for (const reason of REASONS) writer.u64(status.refusedPackets[reason] ?? 0);
  if (hasMonitored) for (const reason of REASONS) writer.u64(monitored[reason] ?? 0);
}

/** Reads that part; what this version does not know is left out. */
export function readStatus(reader: ByteReader): Omit<StatusReport, "interfaces"> | undefined {
  const filter = FILTERS[reader.u8()];
  const mode = MODES[reader.u8()];
  if (filter === undefined || mode === undefined) return undefined;
  const sendersMax = reader.u32();
  const passedPackets = reader.u64();
  const counts: number[] = [];
  const length = reader.u8();
  while (counts.length < length && !reader.isBroken) counts.push(reader.u64());
  const refusedPackets = byReason(counts.slice(0, REASONS.length));
  const status = { filter, mode, sendersMax, passedPackets, refusedPackets };
  if (length < 2 * REASONS.length) return status;
  return { ...status, monitoredPackets: byReason(counts.slice(REASONS.length)) };
}

function byReason(counts: readonly number[]): Partial<Record<RefusalReason, number>> {
  return Object.fromEntries(
    REASONS.flatMap((reason, index) => (index < counts.length ? [[reason, counts[index]]] : [])),
  );
}

/** Writes an interface. */
export function writeInterface(writer: ByteWriter, row: InterfaceReport): void {
  writer.u8((row.isAttached ? FLAG_ATTACHED : 0) | (row.isMonitored === true ? FLAG_MONITORED : 0));
  writeInterfaceName(writer, row.name);
}

/** Reads an interface. */
export function readInterface(reader: ByteReader): InterfaceReport {
  const flags = reader.u8();
  const row = { name: reader.text(), isAttached: (flags & FLAG_ATTACHED) !== 0 };
  return (flags & FLAG_MONITORED) === 0 ? row : { ...row, isMonitored: true };
}

/** Writes a row of the senders, 41 bytes of IPv4 and 65 of IPv6. */
export function writeSenderRow(writer: ByteWriter, row: SenderRow): void {
  writer.address(row.source).address(row.group).u8(row.maxTtl);
  writer.u64(row.packets).u64(row.bytes).u64(row.refusedPackets).u64(row.lastMs);
}

/** Reads a row of the senders of IPv4. */
export function readSenderRow(reader: ByteReader): SenderRow {
  return readCountersOf(reader, { source: reader.u32(), group: reader.u32() });
}

/** Reads a row of the senders of IPv6. */
export function readIpv6SenderRow(reader: ByteReader): SenderRow {
  return readCountersOf(reader, { source: reader.ipv6(), group: reader.ipv6() });
}

function readCountersOf(reader: ByteReader, key: { source: Address; group: Address }): SenderRow {
  return {
    ...key,
    maxTtl: reader.u8(),
    packets: reader.u64(),
    bytes: reader.u64(),
    refusedPackets: reader.u64(),
    lastMs: reader.u64(),
  };
}

/** Writes a sender with limits: its entry as in an APPLY, then its counters; at most 109 bytes. */
export function writeLimitedRow(writer: ByteWriter, row: SenderRow): void {
  writeEntry(writer, row);
  writer.u64(row.packets).u64(row.bytes).u64(row.refusedPackets).u64(row.lastMs);
}

/** Reads a sender with limits; undefined when its entry is none. */
export function readLimitedRow(reader: ByteReader): SenderRow | undefined {
  const entry = readEntry(reader);
  const counters = { packets: reader.u64(), bytes: reader.u64(), refusedPackets: reader.u64(), lastMs: reader.u64() };
  if (typeof entry === "string") return undefined;
  const { command: _, ...held } = entry;
  return { ...held, ...counters };
}

/** Writes a row of the denied, at most 58 bytes of IPv4 and 82 of IPv6. */
export function writeDeniedRow(writer: ByteWriter, row: DeniedRow): void {
  writer
    .address(row.source)
    .address(row.group)
    .u8(REASONS.indexOf(row.reason) + 1)
    .u8(row.ttl);
  writer.u64(row.packets).u64(row.bytes).u64(row.firstMs).u64(row.lastMs);
  writeInterfaceName(writer, row.interface);
}

/** Reads a row of the denied of IPv4; a reason that this version does not know is UNKNOWN. */
export function readDeniedRow(reader: ByteReader): DeniedRow {
  return readRefusalOf(reader, { source: reader.u32(), group: reader.u32() });
}

/** Reads a row of the denied of IPv6. */
export function readIpv6DeniedRow(reader: ByteReader): DeniedRow {
  return readRefusalOf(reader, { source: reader.ipv6(), group: reader.ipv6() });
}

function readRefusalOf(reader: ByteReader, key: { source: Address; group: Address }): DeniedRow {
  return {
    ...key,
    reason: REASONS[reader.u8() - 1] ?? "UNKNOWN",
    ttl: reader.u8(),
    packets: reader.u64(),
    bytes: reader.u64(),
    firstMs: reader.u64(),
    lastMs: reader.u64(),
    interface: reader.text(),
  };
}

/** Writes a counter, at most 72 bytes. */
export function writeCounterRow(writer: ByteWriter, row: CounterRow): void {
  const name = new TextEncoder().encode(row.name).subarray(0, COUNTER_NAME_LENGTH_BYTES_MAX);
  writer.u64(row.value).u8(name.length).bytes(name);
}

/** Reads a counter. */
export function readCounterRow(reader: ByteReader): CounterRow {
  const value = reader.u64();
  return { name: reader.text(), value };
}

/** Writes the name of an interface with its length before it. */
export function writeInterfaceName(writer: ByteWriter, name: string): void {
  const bytes = new TextEncoder().encode(name).subarray(0, INTERFACE_LENGTH_BYTES_MAX);
  writer.u8(bytes.length).bytes(bytes);
}
