// SPDX-License-Identifier: MIT
/** The generic netlink family of msender_netlink.h: addresses in network byte order, numbers in the machine's. */
import { bitsOfAddress } from "@mauth/protocol/address";
import type { Address } from "@mauth/protocol/address";
import type { Attachment, DeniedRow, Sender, SenderRow } from "./filter.ts";
import type { Write } from "./genl-family.ts";
import { reasonOf } from "./layout.ts";
import { decodeText } from "./netlink.ts";
import type { Attributes } from "./netlink.ts";

/** MSENDER_FAMILY. */
export const FAMILY = "msender";
/** MSENDER_ABI. */
const ABI = 3;

/** enum msender_command. */
export const COMMAND = {
  create: 1,
  delete: 2,
  get: 3,
  attach: 4,
  detach: 5,
  getInterface: 6,
  setObserved: 7,
  setNeighbours: 8,
  add: 9,
  remove: 10,
  getSender: 11,
  getDenied: 12,
  getCount: 13,
  setMode: 14,
} as const;

/** enum msender_attribute. */
export const ATTRIBUTE = {
  abi: 2,
  sendersMax: 3,
  senders: 4,
  owner: 5,
  interface: 6,
  ifindex: 7,
  monitor: 8,
  ethernet: 9,
  address: 10,
  source: 11,
  group: 12,
  groupLength: 13,
  maxTtl: 14,
  static: 15,
  expires: 16,
  rate: 17,
  burst: 18,
  mac: 19,
  packets: 20,
  bytes: 21,
  refused: 22,
  first: 23,
  last: 24,
  reason: 25,
  ttl: 26,
  monitoredPackets: 27,
} as const;

const NS_PER_MS = 1_000_000n;

/** An address as the module knows it. */
export function encodeAddress(address: Address): Uint8Array {
  const bytes = new Uint8Array(bitsOfAddress(address) / 8);
  const view = new DataView(bytes.buffer);
  if (typeof address === "number") view.setUint32(0, address);
  else {
    view.setBigUint64(0, address >> 64n);
    view.setBigUint64(8, BigInt.asUintN(64, address));
  }
  return bytes;
}

function decodeAddress(value: DataView): Address {
  if (value.byteLength === 4) return value.getUint32(0);
  return (value.getBigUint64(0) << 64n) | value.getBigUint64(8);
}

/** Writes what a sender is found by. */
export function writeKey(source: Address, group: Address, groupLength?: number): Write {
  return (writer) => {
    writer.bytes(ATTRIBUTE.source, encodeAddress(source));
    writer.bytes(ATTRIBUTE.group, encodeAddress(group));
    if (groupLength !== undefined) writer.u8(ATTRIBUTE.groupLength, groupLength);
  };
}

/** Writes a sender with its limits. */
export function writeSender(sender: Sender): Write {
  return (writer) => {
    writeKey(sender.source, sender.group, sender.groupLength)(writer);
    writer.u8(ATTRIBUTE.maxTtl, sender.maxTtl);
    if (sender.isStatic === true) writer.flag(ATTRIBUTE.static);
    if (sender.expiresMs !== undefined) writer.u64(ATTRIBUTE.expires, BigInt(sender.expiresMs) * NS_PER_MS);
    if (sender.rateBytesPerSecond !== undefined) writer.u32(ATTRIBUTE.rate, sender.rateBytesPerSecond);
    if (sender.burstBytes !== undefined) writer.u32(ATTRIBUTE.burst, sender.burstBytes);
    if (sender.interface !== undefined) writer.text(ATTRIBUTE.interface, sender.interface);
    if (sender.mac !== undefined) writer.bytes(ATTRIBUTE.mac, encodeMac(sender.mac));
  };
}

/** @throws when the module is another version's. */
export function decodeFilter(attributes: Attributes): { readonly sendersMax: number } {
  const abi = attributes.get(ATTRIBUTE.abi)?.getUint32(0, true);
  if (abi !== ABI) throw new Error(`the kernel module has ABI ${abi}, this version of musersd needs ${ABI}`);
  return { sendersMax: u32(attributes, ATTRIBUTE.sendersMax) };
}

/** Decodes a row of the table of senders. */
export function decodeSenderRow(attributes: Attributes): SenderRow {
  const group = decodeAddress(get(attributes, ATTRIBUTE.group));
  const groupLength = u8(attributes, ATTRIBUTE.groupLength);
  return {
    source: decodeAddress(get(attributes, ATTRIBUTE.source)),
    group,
    ...(groupLength < bitsOfAddress(group) && { groupLength }),
    maxTtl: u8(attributes, ATTRIBUTE.maxTtl),
    isStatic: attributes.has(ATTRIBUTE.static),
    packets: count(attributes, ATTRIBUTE.packets),
    bytes: count(attributes, ATTRIBUTE.bytes),
    refusedPackets: count(attributes, ATTRIBUTE.refused),
    lastMs: ms(attributes, ATTRIBUTE.last),
    ...decodeLimits(attributes),
  };
}

function decodeLimits(attributes: Attributes): Partial<Sender> {
  const name = attributes.get(ATTRIBUTE.interface);
  const mac = attributes.get(ATTRIBUTE.mac);
  return {
    ...(attributes.has(ATTRIBUTE.expires) && { expiresMs: ms(attributes, ATTRIBUTE.expires) }),
    ...(attributes.has(ATTRIBUTE.rate) && {
      rateBytesPerSecond: u32(attributes, ATTRIBUTE.rate),
      burstBytes: u32(attributes, ATTRIBUTE.burst),
    }),
    ...(name !== undefined && { interface: decodeText(name) }),
    ...(mac !== undefined && { mac: decodeMac(mac) }),
  };
}

/** Decodes a refused (interface, S, G). */
export function decodeDeniedRow(attributes: Attributes): DeniedRow {
  return {
    ifindex: u32(attributes, ATTRIBUTE.ifindex),
    source: decodeAddress(get(attributes, ATTRIBUTE.source)),
    group: decodeAddress(get(attributes, ATTRIBUTE.group)),
    reason: reasonOf(u32(attributes, ATTRIBUTE.reason)),
    ttl: u8(attributes, ATTRIBUTE.ttl),
    isMonitored: attributes.has(ATTRIBUTE.monitor),
    packets: count(attributes, ATTRIBUTE.packets),
    bytes: count(attributes, ATTRIBUTE.bytes),
    firstMs: ms(attributes, ATTRIBUTE.first),
    lastMs: ms(attributes, ATTRIBUTE.last),
  };
}

/** Decodes an internal interface; ifindex 0 while there is none of this name. */
export function decodeInterfaceRow(attributes: Attributes): Attachment {
  return {
    name: decodeText(get(attributes, ATTRIBUTE.interface)),
    ifindex: attributes.get(ATTRIBUTE.ifindex)?.getUint32(0, true) ?? 0,
    isAttached: attributes.has(ATTRIBUTE.ifindex),
    isMonitored: attributes.has(ATTRIBUTE.monitor),
    hasEthernet: attributes.has(ATTRIBUTE.ethernet),
  };
}

/** Decodes what was judged for one reason, with the number of the reason. */
export function decodeCount(
  attributes: Attributes,
): [number, { readonly packets: number; readonly bytes: number; readonly monitoredPackets: number }] {
  return [
    u32(attributes, ATTRIBUTE.reason),
    {
      packets: count(attributes, ATTRIBUTE.packets),
      bytes: count(attributes, ATTRIBUTE.bytes),
      monitoredPackets: count(attributes, ATTRIBUTE.monitoredPackets),
    },
  ];
}

function encodeMac(mac: string): Uint8Array {
  return Uint8Array.from(mac.split(":"), (octet) => Number.parseInt(octet, 16));
}

function decodeMac(value: DataView): string {
  const octets = Array.from({ length: value.byteLength }, (_, index) => value.getUint8(index));
  return octets.map((octet) => octet.toString(16).padStart(2, "0")).join(":");
}

/** The module is part of this project: an attribute that it always sends and that is missing is a broken program. */
function get(attributes: Attributes, type: number): DataView {
  const value = attributes.get(type);
  if (value === undefined) throw new Error(`an answer of the kernel module lacks attribute ${type}`);
  return value;
}

function u8(attributes: Attributes, type: number): number {
  return get(attributes, type).getUint8(0);
}

function u32(attributes: Attributes, type: number): number {
  return get(attributes, type).getUint32(0, true);
}

/** Counters stay exact up to 2^53. */
function count(attributes: Attributes, type: number): number {
  return Number(get(attributes, type).getBigUint64(0, true));
}

function ms(attributes: Attributes, type: number): number {
  return Number(get(attributes, type).getBigUint64(0, true) / NS_PER_MS);
}
