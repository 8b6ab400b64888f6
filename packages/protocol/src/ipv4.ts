// SPDX-License-Identifier: MIT

/** An IPv4 address as a host-order unsigned 32-bit integer: 192.0.2.1 is 0xc0000201. */
export type Ipv4 = number;

const [DOT, ZERO, NINE] = [0x2e, 0x30, 0x39];

/** Parses strict dotted decimal (four octets, no leading zeros); returns undefined for anything else. */
export function parseIpv4(text: string): Ipv4 | undefined {
  if (text.length > 15) return undefined;
  let [address, octets, octet, digits] = [0, 0, 0, 0];
  for (let index = 0; index <= text.length; index++) {
    const code = index < text.length ? text.charCodeAt(index) : DOT;
    if (code === DOT) {
      if (digits === 0 || octet > 255) return undefined;
      address = address * 256 + octet;
      [octet, digits] = [0, 0];
      octets++;
    } else {
      // A second digit behind a leading zero is a leading zero, and a fourth digit is too much anyway.
      if (code < ZERO || code > NINE || (digits > 0 && octet === 0)) return undefined;
      octet = octet * 10 + code - ZERO;
      digits++;
    }
  }
  return octets === 4 ? address : undefined;
}

/** Formats as dotted decimal. */
export function formatIpv4(address: Ipv4): string {
  return `${address >>> 24}.${(address >>> 16) & 0xff}.${(address >>> 8) & 0xff}.${address & 0xff}`;
}

/** Tells whether the address is multicast, 224.0.0.0/4 (RFC 5771). */
export function isMulticast(address: Ipv4): boolean {
  return address >>> 28 === 0xe;
}

/** Tells whether the address is in the Local Network Control Block, 224.0.0.0/24, which no router forwards (RFC 5771 §4). */
export function isLinkLocalMulticast(address: Ipv4): boolean {
  return address >>> 8 === 0xe00000;
}

/**
 * Tells whether the address can be the source of a sender: not 0.0.0.0/8 (RFC 1122 §3.2.1.3), not loopback,
 * not multicast, not 240.0.0.0/4 with the limited broadcast address.
 */
export function isUnicastSource(address: Ipv4): boolean {
  const first = address >>> 24;
  return first !== 0 && first !== 127 && first < 224;
}

/** Tells whether the address can be the group of a sender: multicast, and not link-local. */
export function isSenderGroup(address: Ipv4): boolean {
  return isMulticast(address) && !isLinkLocalMulticast(address);
}

/** An IPv4 prefix; `network` has no bit set beyond `length`. */
export interface Ipv4Prefix {
  readonly network: Ipv4;
  /** 0 to 32 bits. */
  readonly length: number;
}

/** Parses "192.0.2.0/24"; returns undefined when malformed or when host bits are set. */
export function parseIpv4Prefix(text: string): Ipv4Prefix | undefined {
  const [address, bits, ...rest] = text.split("/");
  if (address === undefined || bits === undefined || rest.length > 0) return undefined;
  const network = parseIpv4(address);
  if (network === undefined || !/^(?:0|[1-9]\d?)$/.test(bits) || Number(bits) > 32) return undefined;
  const prefix = { network, length: Number(bits) };
  return prefixContains(prefix, network) && (network & hostMask(prefix.length)) === 0 ? prefix : undefined;
}

/** Tells whether the prefix contains the address. */
export function prefixContains(prefix: Ipv4Prefix, address: Ipv4): boolean {
  const mask = hostMask(prefix.length);
  return (address | mask) >>> 0 === (prefix.network | mask) >>> 0;
}

function hostMask(length: number): number {
  return length === 0 ? 0xffffffff : (2 ** (32 - length) - 1) >>> 0;
}
