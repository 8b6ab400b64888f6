// SPDX-License-Identifier: MIT
/** The structs of msender.h as bytes: addresses in network byte order, the rest in the machine's (little-endian here). */
import type { Ipv4 } from "@mauth/protocol/ipv4";
import { REASONS } from "./filter.ts";
import type { Attachment, DeniedRow, Reason, Sender, SenderRow } from "./filter.ts";

export const SENDER_KEY_LENGTH_BYTES = 8;
export const SENDER_VALUE_LENGTH_BYTES = 40;
export const DENIED_KEY_LENGTH_BYTES = 12;
export const DENIED_VALUE_LENGTH_BYTES = 40;
export const ADDRESS_KEY_LENGTH_BYTES = 4;
export const COUNT_LENGTH_BYTES = 16;
export const INTERFACE_KEY_LENGTH_BYTES = 4;
export const INTERFACE_VALUE_LENGTH_BYTES = 24;
/** IFNAMSIZ. */
const INTERFACE_NAME_LENGTH_BYTES = 16;
/** MSENDER_REASONS. */
export const REASONS_MAX = 32;

/** MSENDER_MARK and MSENDER_TABLE. */
export const OBSERVED_MARK = 0x5ac;
export const OBSERVED_TABLE = 1452;

/** MSENDER_STATIC. */
const FLAG_STATIC = 1;

const NS_PER_MS = 1_000_000n;

/** struct msender_key. */
export function encodeSenderKey(source: Ipv4, group: Ipv4): Uint8Array {
  const bytes = new Uint8Array(SENDER_KEY_LENGTH_BYTES);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, source);
  view.setUint32(4, group);
  return bytes;
}

/** An address as the key of a set. */
export function encodeAddressKey(address: Ipv4): Uint8Array {
  const bytes = new Uint8Array(ADDRESS_KEY_LENGTH_BYTES);
  new DataView(bytes.buffer).setUint32(0, address);
  return bytes;
}

/** struct msender_ctl: what the sender may do, with the counters of `present` or zero. */
export function encodeSenderValue(sender: Sender, present?: Uint8Array): Uint8Array {
  const bytes = present?.slice() ?? new Uint8Array(SENDER_VALUE_LENGTH_BYTES);
  bytes[0] = sender.maxTtl;
  bytes[1] = sender.isStatic === true ? FLAG_STATIC : 0;
  return bytes;
}

export function decodeSender(key: DataView, value: DataView): SenderRow {
  return {
    source: key.getUint32(0),
    group: key.getUint32(4),
    maxTtl: value.getUint8(0),
    isStatic: (value.getUint8(1) & FLAG_STATIC) !== 0,
    packets: readCount(value, 8),
    bytes: readCount(value, 16),
    refusedPackets: readCount(value, 24),
    lastMs: readMs(value, 32),
  };
}

export function decodeDenied(key: DataView, value: DataView): DeniedRow {
  return {
    ifindex: key.getUint32(0, true),
    source: key.getUint32(4),
    group: key.getUint32(8),
    packets: readCount(value, 0),
    bytes: readCount(value, 8),
    firstMs: readMs(value, 16),
    lastMs: readMs(value, 24),
    reason: reasonOf(value.getUint8(32)),
    ttl: value.getUint8(33),
  };
}

/** An ifindex as a key. */
export function encodeInterfaceKey(ifindex: number): Uint8Array {
  const bytes = new Uint8Array(INTERFACE_KEY_LENGTH_BYTES);
  new DataView(bytes.buffer).setUint32(0, ifindex, true);
  return bytes;
}

/** struct msender_interface. */
export function encodeInterfaceValue({ name, isAttached }: Attachment): Uint8Array {
  const bytes = new Uint8Array(INTERFACE_VALUE_LENGTH_BYTES);
  new TextEncoder().encodeInto(name, bytes.subarray(0, INTERFACE_NAME_LENGTH_BYTES - 1));
  bytes[INTERFACE_NAME_LENGTH_BYTES] = isAttached ? 1 : 0;
  return bytes;
}

export function decodeInterface(key: DataView, value: DataView): Attachment {
  const bytes = new Uint8Array(value.buffer, value.byteOffset, INTERFACE_NAME_LENGTH_BYTES);
  const end = bytes.indexOf(0);
  return {
    ifindex: key.getUint32(0, true),
    name: new TextDecoder().decode(bytes.subarray(0, end)),
    isAttached: value.getUint8(INTERFACE_NAME_LENGTH_BYTES) === 1,
  };
}

/** The name of a reason; the numbers come from our own filter, so an unknown one is a broken program. */
export function reasonOf(number: number): Reason {
  const reason = (REASONS as Record<number, Reason>)[number];
  if (reason === undefined) throw new Error(`the filter counted for reason ${number}, which msender.h does not name`);
  return reason;
}

/** Counters stay exact up to 2^53: 285 years at a million packets a second. */
export function readCount(view: DataView, offset: number): number {
  return Number(view.getBigUint64(offset, true));
}

function readMs(view: DataView, offset: number): number {
  return Number(view.getBigUint64(offset, true) / NS_PER_MS);
}
