// SPDX-License-Identifier: MIT
import { formatIpv4, isMulticast, parseIpv4 } from "@mauth/protocol/ipv4";
import { formatIpv6, parseIpv6 } from "./ipv6.ts";

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
  return { family: 6, multicast: (ipv6[0] ?? 0) >>> 8 === 0xff, text: formatIpv6(ipv6) };
}

/** A c= line (RFC 8866 §5.7). */
export interface Connection {
  readonly addresses: readonly Address[];
  /** Hops; null where none is stated, as always in IPv6. */
  readonly ttl: number | null;
  readonly note?: string;
}

/** Parses the value of a c= line, expanding `/count`; returns undefined when there is no address in it. */
export function parseConnection(value: string): Connection | undefined {
  const [, , ...rest] = value.trim().split(/\s+/);
  const [base, ...numbers] = rest.join("").split("/");
  if (base === undefined || base === "") return undefined;
  const address = parseAddress(base);
  if (!address.multicast) return { addresses: [address], ttl: null };
  const [ttlText, countText] = address.family === 4 ? numbers : [undefined, numbers[0]];
  const ttl = ttlText === undefined ? null : parseSmall(ttlText, 255);
  const count = countText === undefined ? 1 : parseSmall(countText, RANGE_ADDRESSES_MAX);
  const addresses = count === null || count === 0 ? undefined : expand(address, count);
  const bad = addresses === undefined || (ttl === null && ttlText !== undefined);
  return {
    addresses: addresses ?? [address],
    ttl,
    ...(bad ? { note: `c= ${value}: its TTL or number of addresses is out of range` } : {}),
  };
}

function parseSmall(text: string, max: number): number | null {
  return /^\d{1,6}$/.test(text) && Number(text) <= max ? Number(text) : null;
}

/** Returns undefined when the range leaves the multicast addresses. */
function expand(base: Address, count: number): Address[] | undefined {
  const addresses: Address[] = [];
  for (let index = 0; index < count; index += 1) {
    const text = base.family === 4 ? addIpv4(base.text, index) : addIpv6(base.text, index);
    if (text === undefined) return undefined;
    addresses.push({ family: base.family, multicast: true, text });
  }
  return addresses;
}

function addIpv4(base: string, index: number): string | undefined {
  const sum = (parseIpv4(base) ?? 0) + index;
  return isMulticast(sum) ? formatIpv4(sum) : undefined;
}

function addIpv6(base: string, index: number): string | undefined {
  const words = [...(parseIpv6(base) ?? [])];
  let carry = index;
  for (let at = 7; at > 0 && carry > 0; at -= 1) {
    const sum = (words[at] ?? 0) + carry;
    words[at] = sum & 0xffff;
    carry = sum >>> 16;
  }
  return carry === 0 ? formatIpv6(words) : undefined;
}
