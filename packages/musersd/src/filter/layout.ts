// SPDX-License-Identifier: MIT
/** The values of msender.h as bytes, in the machine's byte order (little-endian here). */
import type { Address } from "@mauth/protocol/address";
import { isWildcard, REASONS } from "./filter.ts";
import type { Attachment, DeniedRow, Reason, Sender, SenderName, SenderRow } from "./filter.ts";

export const SENDER_VALUE_LENGTH_BYTES = 72;
export const DENIED_VALUE_LENGTH_BYTES = 40;
export const COUNT_LENGTH_BYTES = 16;
export const INTERFACE_KEY_LENGTH_BYTES = 4;
export const INTERFACE_VALUE_LENGTH_BYTES = 24;
export const BINDING_KEY_LENGTH_BYTES = 4;
export const CONTROL_LENGTH_BYTES = 8;
/** MSENDER_CONTROLS. */
export const CONTROLS = 5;
export const NEW_DENIED_LENGTH_BYTES = 16;
export const TICK_LENGTH_BYTES = 16;
export const PENDING_LENGTH_BYTES = 64;
/** MSENDER_PENDING_SLOTS. */
export const PENDING_SLOTS = 16;
/** MSENDER_LINKS_MAX. */
export const LINKS_MAX = 4096;
/** IFNAMSIZ. */
export const INTERFACE_NAME_LENGTH_BYTES = 16;
/** MSENDER_REASONS. */
export const REASONS_MAX = 32;

/** MSENDER_MARK and MSENDER_TABLE. */
export const OBSERVED_MARK = 0x5ac;
export const OBSERVED_TABLE = 1452;

/** MSENDER_STATIC and MSENDER_MAC. */
const FLAG_STATIC = 1;
const FLAG_MAC = 2;
/** MSENDER_MONITOR and MSENDER_ETHERNET. */
const FLAG_MONITOR = 1;
const FLAG_ETHERNET = 2;

/** Offsets in struct msender_ctl. */
const MAX_TTL = 0;
const FLAGS = 1;
const MAC = 2;
const PACKETS = 8;
const BYTES = 16;
const REFUSED = 24;
const LAST = 32;
const EXPIRES = 40;
const DUE = 48;
const RATE = 56;
const BURST = 60;
const BINDING = 64;
/** Offset in struct msender_denied. */
const FIRST = 16;
/** What the kernel writes; everything else is what the sender may do. */
const STATE_RANGES = [
  [PACKETS, EXPIRES],
  [DUE, RATE],
] as const;

const MAC_LENGTH_BYTES = 6;
const NS_PER_MS = 1_000_000n;

/** Finds the name behind a binding. */
export type NameOf = (binding: number) => string;

/** struct msender_ctl: what the sender may do, with the counters of `present` or zero. */
export function encodeSenderValue(sender: Sender, present?: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(SENDER_VALUE_LENGTH_BYTES);
  const view = new DataView(bytes.buffer);
  bytes[MAX_TTL] = sender.maxTtl;
  bytes[FLAGS] = (sender.isStatic === true ? FLAG_STATIC : 0) | (sender.mac === undefined ? 0 : FLAG_MAC);
  if (sender.mac !== undefined) bytes.set(encodeMac(sender.mac), MAC);
  if (sender.expiresMs !== undefined) view.setBigUint64(EXPIRES, BigInt(sender.expiresMs) * NS_PER_MS, true);
  view.setUint32(RATE, sender.rateBytesPerSecond ?? 0, true);
  view.setUint32(BURST, sender.burstBytes ?? 0, true);
  if (sender.interface !== undefined) view.setUint32(BINDING, bindingOf(sender.interface), true);
  if (present === undefined) return bytes;
  for (const [start, end] of STATE_RANGES) bytes.set(present.subarray(start, end), start);
  // What was sent at another rate says nothing about this one, and could overflow (msender_conforms).
  if (!isEqual(bytes, present, RATE, BINDING)) view.setBigUint64(DUE, 0n, true);
  return bytes;
}

/** Tells whether nothing but its TTL limits the sender. */
export function isPlain(sender: Sender): boolean {
  return (
    sender.expiresMs === undefined &&
    sender.rateBytesPerSecond === undefined &&
    sender.interface === undefined &&
    sender.mac === undefined &&
    !isWildcard(sender)
  );
}

/** struct msender_ctl of each, for plain senders without counters, one behind the other. */
export function encodePlainSenderValues(senders: readonly Sender[]): Uint8Array {
  const bytes = new Uint8Array(senders.length * SENDER_VALUE_LENGTH_BYTES);
  let offset = 0;
  for (const { maxTtl, isStatic } of senders) {
    bytes[offset + MAX_TTL] = maxTtl;
    bytes[offset + FLAGS] = isStatic === true ? FLAG_STATIC : 0;
    offset += SENDER_VALUE_LENGTH_BYTES;
  }
  return bytes;
}

/** Tells whether two values let the sender do the same. */
export function isSamePolicy(a: Uint8Array, b: Uint8Array): boolean {
  return isEqual(a, b, MAX_TTL, PACKETS) && isEqual(a, b, EXPIRES, DUE) && isEqual(a, b, RATE, a.length);
}

function isEqual(a: Uint8Array, b: Uint8Array, start: number, end: number): boolean {
  for (let index = start; index < end; index++) if (a[index] !== b[index]) return false;
  return true;
}

/** The maximum TTL of a sender that nothing else limits and that is not static; 0 for others. */
export function maxTtlOfPlain(values: DataView, at: number): number {
  const hasExpiry = values.getUint32(at + EXPIRES, true) !== 0 || values.getUint32(at + EXPIRES + 4, true) !== 0;
  const isLimited = hasExpiry || values.getUint32(at + RATE, true) !== 0 || values.getUint32(at + BINDING, true) !== 0;
  return isLimited || values.getUint8(at + FLAGS) !== 0 ? 0 : values.getUint8(at + MAX_TTL);
}

/** CLOCK_MONOTONIC from which on a sender may send no more; 0 when that is never. */
export function expiresMsOf(value: DataView): number {
  return readMs(value, EXPIRES);
}

/** Tells whether a sender that is no wildcard has limits beyond its TTL. */
export function hasLimits(value: DataView): boolean {
  const hasMac = (value.getUint8(FLAGS) & FLAG_MAC) !== 0;
  return hasMac || expiresMsOf(value) > 0 || value.getUint32(RATE, true) > 0 || value.getUint32(BINDING, true) > 0;
}

/** Decodes struct msender_ctl of a sender. */
export function decodeSenderValue(name: SenderName, value: DataView, nameOf: NameOf): SenderRow {
  const flags = value.getUint8(FLAGS);
  const row = {
    ...name,
    maxTtl: value.getUint8(MAX_TTL),
    isStatic: (flags & FLAG_STATIC) !== 0,
    packets: readCount(value, PACKETS),
    bytes: readCount(value, BYTES),
    refusedPackets: readCount(value, REFUSED),
    lastMs: readMs(value, LAST),
  };
  const expiresMs = readMs(value, EXPIRES);
  const rateBytesPerSecond = value.getUint32(RATE, true);
  const binding = value.getUint32(BINDING, true);
  const hasMac = (flags & FLAG_MAC) !== 0;
  // Most have none, and a million of them are read at once.
  if (expiresMs === 0 && rateBytesPerSecond === 0 && binding === 0 && !hasMac) return row;
  return {
    ...row,
    ...(expiresMs > 0 && { expiresMs }),
    ...(rateBytesPerSecond > 0 && { rateBytesPerSecond, burstBytes: value.getUint32(BURST, true) }),
    ...(binding !== 0 && { interface: nameOf(binding) }),
    ...(hasMac && { mac: decodeMac(value) }),
  };
}

function encodeMac(mac: string): number[] {
  return mac.split(":").map((octet) => Number.parseInt(octet, 16));
}

function decodeMac(value: DataView): string {
  const octets = Array.from({ length: MAC_LENGTH_BYTES }, (_, index) => value.getUint8(MAC + index));
  return octets.map((octet) => octet.toString(16).padStart(2, "0")).join(":");
}

/** msender_interface.binding: FNV-1a of the name, 32 bits, and 1 instead of 0. */
export function bindingOf(name: string): number {
  let hash = 0x811c9dc5;
  for (const octet of new TextEncoder().encode(name)) hash = Math.imul(hash ^ octet, 0x01000193);
  return hash >>> 0 === 0 ? 1 : hash >>> 0;
}

/** When the row of this index was first refused, among values that lie one behind the other. */
export function firstMsOf(values: Uint32Array, index: number): number {
  const at = (index * DENIED_VALUE_LENGTH_BYTES + FIRST) / 4;
  return asMs(values[at + 1] ?? 0, values[at] ?? 0);
}

/** Decodes struct msender_denied. */
export function decodeDeniedValue(value: DataView): Omit<DeniedRow, "ifindex" | "source" | "group"> {
  return {
    packets: readCount(value, 0),
    bytes: readCount(value, 8),
    firstMs: readMs(value, FIRST),
    lastMs: readMs(value, 24),
    reason: reasonOf(value.getUint8(32)),
    ttl: value.getUint8(33),
    isMonitored: value.getUint8(34) === 1,
  };
}

/** A number of 32 bits in the machine's byte order, as a key. */
export function encodeNumberKey(number: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, number, true);
  return bytes;
}

/** An interface name, ended by NUL. */
export function encodeName(name: string): Uint8Array {
  const bytes = new Uint8Array(INTERFACE_NAME_LENGTH_BYTES);
  new TextEncoder().encodeInto(name, bytes.subarray(0, INTERFACE_NAME_LENGTH_BYTES - 1));
  return bytes;
}

/** Decodes the name at the beginning of a value. */
export function decodeName(value: DataView): string {
  const bytes = new Uint8Array(value.buffer, value.byteOffset, INTERFACE_NAME_LENGTH_BYTES);
  return new TextDecoder().decode(bytes.subarray(0, bytes.indexOf(0)));
}

/** struct msender_interface. */
export function encodeInterfaceValue({ name, isAttached, isMonitored, hasEthernet }: Attachment): Uint8Array {
  const bytes = new Uint8Array(INTERFACE_VALUE_LENGTH_BYTES);
  bytes.set(encodeName(name));
  bytes[16] = isAttached ? 1 : 0;
  bytes[17] = (isMonitored ? FLAG_MONITOR : 0) | (hasEthernet ? FLAG_ETHERNET : 0);
  new DataView(bytes.buffer).setUint32(20, bindingOf(name), true);
  return bytes;
}

/** Decodes struct msender_interface. */
export function decodeInterface(key: DataView, value: DataView): Attachment {
  return {
    ifindex: key.getUint32(0, true),
    name: decodeName(value),
    isAttached: value.getUint8(16) === 1,
    isMonitored: (value.getUint8(17) & FLAG_MONITOR) !== 0,
    hasEthernet: (value.getUint8(17) & FLAG_ETHERNET) !== 0,
  };
}

/** enum msender_control. */
export const CONTROL = { wildcards: 0, monitoring: 1, observed: 2, wildcards6: 3, observed6: 4 } as const;

/** A number of the control. */
export function encodeControl(number: bigint): Uint8Array {
  const bytes = new Uint8Array(CONTROL_LENGTH_BYTES);
  new DataView(bytes.buffer).setBigUint64(0, number, true);
  return bytes;
}

/** The number of the control that tells of these observed groups: bit n for a last octet of n modulo 64. */
export function observedBits(groups: readonly Address[]): bigint {
  return groups.reduce<bigint>((bits, group) => bits | (1n << (BigInt(group) % 64n)), 0n);
}

/** The name of a reason; the numbers come from our own filter, so an unknown one is a broken program. */
export function reasonOf(number: number): Reason {
  const reason = (REASONS as Record<number, Reason>)[number];
  if (reason === undefined) throw new Error(`the filter counted for reason ${number}, which msender.h does not name`);
  return reason;
}

const TWO_TO_32 = 2 ** 32;
/** 2^32 ns are so many ms, and so many ns more. */
const MS_OF_HIGH = Math.floor(TWO_TO_32 / 1e6);
const NS_OF_HIGH = TWO_TO_32 % 1e6;

/** Counters stay exact up to 2^53: 285 years at a million packets a second. */
export function readCount(view: DataView, offset: number): number {
  return view.getUint32(offset + 4, true) * TWO_TO_32 + view.getUint32(offset, true);
}

/** Nanoseconds in milliseconds, exact and without a bigint: half a million of them are read at once. */
function readMs(view: DataView, offset: number): number {
  return asMs(view.getUint32(offset + 4, true), view.getUint32(offset, true));
}

function asMs(high: number, low: number): number {
  return high * MS_OF_HIGH + Math.floor((high * NS_OF_HIGH + low) / 1e6);
}
