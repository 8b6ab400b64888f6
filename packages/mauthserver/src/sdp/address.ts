// SPDX-License-Identifier: MIT
import { formatIpv4, isMulticast, parseIpv4 } from "@mauth/protocol/ipv4";
import { formatIpv6, isIpv6Multicast, parseIpv6 } from "@mauth/protocol/ipv6";

/** Addresses that one c= line may stand for. */
export const RANGE_ADDRESSES_MAX = 256;

/** An address of a description: an IP address in its usual spelling, or a host name, which is never looked up. */
export interface Address {
  readonly family: 4 | 6 | "host";
  readonly multicast: boolean;
  readonly text: string;
}

/** Reads an address by its own syntax, whatever address type was written beside it. */
export function parseAddress(text: string): Address {
  const ipv4 = parseIpv4(text);
  if (ipv4 !== undefined) return { family: 4, multicast: isMulticast(ipv4), text };
  const ipv6 = parseIpv6(text);
  if (ipv6 === undefined) return { family: "host", multicast: false, text };
  return { family: 6, multicast: isIpv6Multicast(ipv6), text: formatIpv6(ipv6) };
}

/** A c= line (RFC 8866 §5.7). */
export interface Connection {
  readonly base: Address;
  /** Addresses from `base` upwards that it stands for. */
  readonly count: number;
  /** Hops; null where none is stated, as always in IPv6. */
  readonly ttl: number | null;
  readonly note?: string;
}

/** Parses the value of a c= line; returns undefined when there is no address in it. */
export function parseConnection(value: string): Connection | undefined {
  const [, , destination = ""] = value
    .trim()
    .replaceAll(/\s*\/\s*/g, "/")
    .split(/\s+/);
  const [address, ...numbers] = destination.split("/");
  if (address === undefined || address === "") return undefined;
  const base = parseAddress(address);
  if (!base.multicast) return { base, count: 1, ttl: null };
  const [ttlText, countText] = base.family === 4 ? numbers : [undefined, numbers[0]];
  const ttl = ttlText === undefined ? null : parseSmall(ttlText, 255);
  const count = countText === undefined ? 1 : parseSmall(countText, RANGE_ADDRESSES_MAX);
  const isRange = count !== null && count > 0 && addressAt(base, count - 1) !== undefined;
  const isOdd = !isRange || (ttl === null && ttlText !== undefined);
  return {
    base,
    count: isRange ? count : 1,
    ttl,
    ...(isOdd ? { note: `c=${value}: its TTL or number of addresses is out of range` } : {}),
  };
}

function parseSmall(text: string, max: number): number | null {
  return /^\d{1,6}$/.test(text) && Number(text) <= max ? Number(text) : null;
}

/** The first `max` addresses of a c= line. */
export function expand({ base, count }: Connection, max: number): string[] {
  return Array.from({ length: Math.min(count, max) }, (_, index) => addressAt(base, index) ?? base.text);
}

/** The address that many above the base, or undefined beyond the multicast addresses. */
function addressAt(base: Address, index: number): string | undefined {
  if (index === 0) return base.text;
  return base.family === 4 ? addIpv4(base.text, index) : addIpv6(base.text, index);
}

function addIpv4(base: string, index: number): string | undefined {
  const sum = (parseIpv4(base) ?? 0) + index;
  return isMulticast(sum) ? formatIpv4(sum) : undefined;
}

function addIpv6(base: string, index: number): string | undefined {
  const sum = (parseIpv6(base) ?? 0n) + BigInt(index);
  return isIpv6Multicast(sum) ? formatIpv6(sum) : undefined;
}
