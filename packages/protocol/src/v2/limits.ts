// SPDX-License-Identifier: MIT
import { bitsOfAddress, isAnySource } from "../address.ts";
import type { Address } from "../address.ts";
import type { ErrorCode } from "../error-code.ts";
import { isLinkLocalMulticast, isMulticast } from "../ipv4.ts";
import { ipv6HostMask, isIpv6LinkLocalMulticast, isIpv6Multicast } from "../ipv6.ts";
import { ByteReader, ByteWriter } from "./bytes.ts";

/** What an entry may carry beyond (S,G) and TTL. */
export interface SenderLimits {
  /** Bits of the group that must match, 4 to 31 of IPv4 and 8 to 127 of IPv6; absent for a single group. */
  readonly groupLength?: number;
  /** Link header included, 1 to 2^32 - 1; any rate when absent. */
  readonly rateBytesPerSecond?: number;
  /** What may be sent at once beyond the rate, 1 to 2^32 - 1; given with a rate, and only then. */
  readonly burstBytes?: number;
  /** The only interface of the mrouter from which it may send, 1 to 15 bytes. */
  readonly interface?: string;
  /** The only link-layer address from which it may send, such as "00:00:5e:00:53:01". */
  readonly mac?: string;
}

/** Bits of the shortest prefix of groups, by the bits of an address: all of its multicast. */
const GROUP_LENGTH_BITS_MIN = { 32: 4, 128: 8 } as const;

/** Types of extensions, in the order in which they are written and hashed. */
const TYPE = { rate: 1, interface: 2, mac: 3, wildcard: 4 } as const;
const MAC_LENGTH_BYTES = 6;
const NAME_LENGTH_BYTES_MAX = 15;

/** The longest extensions: rate, interface, MAC and wildcard. */
export const EXTENSIONS_LENGTH_BYTES_MAX = 10 + (2 + NAME_LENGTH_BYTES_MAX) + 8 + 3;

/** What names an entry. */
export interface EntryKey {
  /** Of the family of the group. */
  readonly source: Address;
  readonly group: Address;
  /** All bits of the group when absent. */
  readonly groupLength?: number;
}

/** Bits of the group that must match. */
export function groupLengthOf({ group, groupLength }: EntryKey): number {
  return groupLength ?? bitsOfAddress(group);
}

/** Tells whether an entry stands for more than one (S,G). */
export function isWildcard(key: EntryKey): boolean {
  return isAnySource(key.source) || (key.groupLength !== undefined && key.groupLength < bitsOfAddress(key.group));
}

/** Tells whether an entry needs extensions. */
export function hasExtensions(entry: SenderLimits & EntryKey): boolean {
  const { rateBytesPerSecond, interface: name, mac } = entry;
  return rateBytesPerSecond !== undefined || name !== undefined || mac !== undefined || isWildcard(entry);
}

/** The extensions of an entry as they are written, without the length before them. */
export function encodeExtensions(entry: SenderLimits & EntryKey): Uint8Array {
  const writer = new ByteWriter(EXTENSIONS_LENGTH_BYTES_MAX);
  const { rateBytesPerSecond, burstBytes = rateBytesPerSecond ?? 0, interface: name, mac } = entry;
  if (rateBytesPerSecond !== undefined) writer.u8(TYPE.rate).u8(8).u32(rateBytesPerSecond).u32(burstBytes);
  if (name !== undefined) writeBytes(writer, TYPE.interface, new TextEncoder().encode(name));
  if (mac !== undefined) writeBytes(writer, TYPE.mac, Uint8Array.from(mac.split(":"), octetOf));
  if (isWildcard(entry)) writeBytes(writer, TYPE.wildcard, Uint8Array.of(groupLengthOf(entry)));
  return writer.written();
}

function writeBytes(writer: ByteWriter, type: number, bytes: Uint8Array): void {
  writer.u8(type).u8(bytes.length).bytes(bytes);
}

function octetOf(hex: string): number {
  return Number.parseInt(hex, 16);
}

/** What extensions say, or the code why they cannot be carried out. */
export type ReadExtensions = { readonly limits: SenderLimits; readonly isWildcard: boolean } | ErrorCode;

/** Reads the extensions of an entry; `bits`: of its addresses. */
export function decodeExtensions(bytes: Uint8Array, bits: 32 | 128 = 32): ReadExtensions {
  const reader = new ByteReader(bytes);
  const seen = new Set<number>();
  let limits: SenderLimits = {};
  while (reader.left > 0) {
    const type = reader.u8();
    const value = reader.bytes(reader.u8());
    if (reader.isBroken || seen.has(type)) return "bad-limit";
    seen.add(type);
    const read = readExtension(type, value, bits);
    if (typeof read === "string") return read;
    limits = { ...limits, ...read };
  }
  return { limits, isWildcard: seen.has(TYPE.wildcard) };
}

function readExtension(type: number, value: Uint8Array, bits: 32 | 128): SenderLimits | ErrorCode {
  switch (type) {
    case TYPE.rate:
      return readRate(value);
    case TYPE.interface:
      return readName(value);
    case TYPE.mac:
      return value.length === MAC_LENGTH_BYTES ? { mac: formatMac(value) } : "bad-limit";
    case TYPE.wildcard:
      return readGroupLength(value, bits);
    default:
      return "unsupported";
  }
}

function readRate(value: Uint8Array): SenderLimits | ErrorCode {
  const reader = new ByteReader(value);
  const rateBytesPerSecond = reader.u32();
  const burstBytes = reader.u32();
  const isValid = reader.isComplete && rateBytesPerSecond > 0 && burstBytes > 0;
  return isValid ? { rateBytesPerSecond, burstBytes } : "bad-limit";
}

function readName(value: Uint8Array): SenderLimits | ErrorCode {
  const name = new TextDecoder().decode(value);
  return value.length <= NAME_LENGTH_BYTES_MAX && isInterfaceName(name) ? { interface: name } : "bad-limit";
}

function readGroupLength(value: Uint8Array, bits: 32 | 128): SenderLimits | ErrorCode {
  const [groupLength = 0] = value;
  if (value.length !== 1 || groupLength < GROUP_LENGTH_BITS_MIN[bits] || groupLength > bits) return "bad-group";
  return groupLength === bits ? {} : { groupLength };
}

/** Tells whether Linux lets an interface be called so: 1 to 15 bytes, printable ASCII here, without "/" and ":". */
export function isInterfaceName(name: string): boolean {
  return /^[!-.0-9;-~]{1,15}$/.test(name) && name !== "." && name !== "..";
}

/** Tells whether the text is a link-layer address as this package writes it. */
export function isMac(text: string): boolean {
  return /^[0-9a-f]{2}(?::[0-9a-f]{2}){5}$/.test(text);
}

function formatMac(octets: Uint8Array): string {
  return Array.from(octets, (octet) => octet.toString(16).padStart(2, "0")).join(":");
}

/** Tells whether senders may be registered for all groups with this beginning: none of its other bits is set, and routers forward some. */
export function isSenderGroupPrefix(group: Address, length: number): boolean {
  const bits = bitsOfAddress(group);
  if (length < GROUP_LENGTH_BITS_MIN[bits] || length > bits) return false;
  if (typeof group === "bigint") {
    const others = ipv6HostMask(length);
    return isIpv6Multicast(group) && (group & others) === 0n && !isIpv6LinkLocalMulticast(group | others);
  }
  const hasNoOtherBits = length === bits || (group & (2 ** (bits - length) - 1)) === 0;
  const isOnlyLinkLocal = length >= 24 && isLinkLocalMulticast(group);
  return isMulticast(group) && hasNoOtherBits && !isOnlyLinkLocal;
}
