// SPDX-License-Identifier: MIT
import { formatIpv4, isMulticast, isSenderGroup, isUnicastSource, parseIpv4, prefixContains } from "./ipv4.ts";
import type { Ipv4 } from "./ipv4.ts";
import {
  formatIpv6,
  ipv6HostMask,
  isIpv6Multicast,
  isIpv6SenderGroup,
  isIpv6UnicastSource,
  parseIpv6,
} from "./ipv6.ts";
import type { Ipv6 } from "./ipv6.ts";

/** An IP address: a number is IPv4, a bigint is IPv6. Both compare with `===`, and are keys of a Map. */
export type Address = Ipv4 | Ipv6;

/** 32 or 128. */
export function bitsOfAddress(address: Address): 32 | 128 {
  return typeof address === "number" ? 32 : 128;
}

/** Tells whether both are IPv4, or both IPv6. */
export function isSameFamily(one: Address, other: Address): boolean {
  return typeof one === typeof other;
}

/** Parses strict dotted decimal or RFC 4291 §2.2 text; returns undefined for anything else. */
export function parseAddress(text: string): Address | undefined {
  return text.includes(":") ? parseIpv6(text) : parseIpv4(text);
}

/** Formats as dotted decimal or as RFC 5952 §4. */
export function formatAddress(address: Address): string {
  return typeof address === "number" ? formatIpv4(address) : formatIpv6(address);
}

/** Orders IPv4 before IPv6, then by value. */
export function compareAddresses(one: Address, other: Address): number {
  if (!isSameFamily(one, other)) return typeof one === "number" ? -1 : 1;
  if (one === other) return 0;
  return one < other ? -1 : 1;
}

/** Tells whether the address is multicast. */
export function isMulticastAddress(address: Address): boolean {
  return typeof address === "number" ? isMulticast(address) : isIpv6Multicast(address);
}

/** Tells whether the address can be the source of a sender. */
export function isSourceAddress(address: Address): boolean {
  return typeof address === "number" ? isUnicastSource(address) : isIpv6UnicastSource(address);
}

/** Tells whether the address can be the group of a sender. */
export function isGroupAddress(address: Address): boolean {
  return typeof address === "number" ? isSenderGroup(address) : isIpv6SenderGroup(address);
}

/** Tells whether the address stands for any source: 0.0.0.0 or ::. */
export function isAnySource(address: Address): boolean {
  return address === 0 || address === 0n;
}

/** A prefix; `network` has no bit set beyond `length`. */
export interface AddressPrefix {
  readonly network: Address;
  /** 0 to 32 bits of IPv4, 0 to 128 of IPv6. */
  readonly length: number;
}

/** Parses "192.0.2.0/24" or "2001:db8::/32"; returns undefined when malformed or when host bits are set. */
export function parseAddressPrefix(text: string): AddressPrefix | undefined {
  const [address = "", bits = "", ...rest] = text.split("/");
  const network = parseAddress(address);
  if (rest.length > 0 || network === undefined || !/^(?:0|[1-9]\d{0,2})$/.test(bits)) return undefined;
  const length = Number(bits);
  if (length > bitsOfAddress(network)) return undefined;
  return hostBits(network, length) === 0n ? { network, length } : undefined;
}

/** Formats as "192.0.2.0/24". */
export function formatAddressPrefix({ network, length }: AddressPrefix): string {
  return `${formatAddress(network)}/${length}`;
}

/** Tells whether the prefix contains the address; never when they are of different families. */
export function prefixContainsAddress(prefix: AddressPrefix, address: Address): boolean {
  const { network, length } = prefix;
  if (typeof network === "number") return typeof address === "number" && prefixContains({ network, length }, address);
  return typeof address === "bigint" && (address | ipv6HostMask(length)) === (network | ipv6HostMask(length));
}

function hostBits(network: Address, length: number): bigint {
  return typeof network === "number"
    ? BigInt(network) & ((1n << BigInt(32 - length)) - 1n)
    : network & ipv6HostMask(length);
}
