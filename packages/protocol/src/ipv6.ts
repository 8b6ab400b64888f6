// SPDX-License-Identifier: MIT
import { parseIpv4 } from "./ipv4.ts";

/** An IPv6 address as an unsigned 128-bit integer: 2001:db8::1 is 0x20010db8000000000000000000000001n. */
export type Ipv6 = bigint;

const IPV6_TEXT_LENGTH_MAX = 45;

/** Parses RFC 4291 §2.2 text, with an embedded IPv4 tail or without, no zone; returns undefined for anything else. */
export function parseIpv6(text: string): Ipv6 | undefined {
  if (text.length > IPV6_TEXT_LENGTH_MAX || !text.includes(":")) return undefined;
  const halves = text.split("::");
  if (halves.length > 2 || /\..*:/.test(text)) return undefined; // An IPv4 part is the last one.
  const [head, tail] = [parseWords(halves[0] ?? ""), parseWords(halves[1] ?? "")];
  if (head === undefined || tail === undefined) return undefined;
  if (halves.length === 1) return head.length === 8 ? ipv6OfWords(head) : undefined;
  const missing = 8 - head.length - tail.length;
  return missing < 1 ? undefined : ipv6OfWords([...head, ...Array.from({ length: missing }, () => 0), ...tail]);
}

function parseWords(text: string): number[] | undefined {
  if (text === "") return [];
  const words: number[] = [];
  const parts = text.split(":");
  for (const [index, part] of parts.entries()) {
    const ipv4 = index === parts.length - 1 ? parseIpv4(part) : undefined;
    if (ipv4 !== undefined) words.push(ipv4 >>> 16, ipv4 & 0xffff);
    else if (/^[0-9a-f]{1,4}$/i.test(part)) words.push(Number.parseInt(part, 16));
    else return undefined;
  }
  return words;
}

function ipv6OfWords(words: readonly number[]): Ipv6 {
  return words.reduce((address, word) => (address << 16n) | BigInt(word), 0n);
}

/** Eight 16-bit words, most significant first. */
function wordsOfIpv6(address: Ipv6): number[] {
  return Array.from({ length: 8 }, (_, index) => Number((address >> BigInt(16 * (7 - index))) & 0xffffn));
}

/** Formats as RFC 5952 §4: lower case, the first longest run of two or more zero words as "::". */
export function formatIpv6(address: Ipv6): string {
  const words = wordsOfIpv6(address);
  const run = longestZeroRun(words);
  const hex = words.map((word) => word.toString(16));
  if (run.length < 2) return hex.join(":");
  return `${hex.slice(0, run.start).join(":")}::${hex.slice(run.start + run.length).join(":")}`;
}

function longestZeroRun(words: readonly number[]): { start: number; length: number } {
  let best = { start: 0, length: 0 };
  let start = 0;
  for (const [index, word] of words.entries()) {
    if (word !== 0) start = index + 1;
    else if (index + 1 - start > best.length) best = { start, length: index + 1 - start };
  }
  return best;
}

/** The 16 bytes at an offset, most significant first; the caller knows that they are there. */
export function readIpv6(bytes: DataView, offset: number): Ipv6 {
  return (bytes.getBigUint64(offset) << 64n) | bytes.getBigUint64(offset + 8);
}

/** Writes 16 bytes at an offset, most significant first. */
export function writeIpv6(bytes: DataView, offset: number, address: Ipv6): void {
  bytes.setBigUint64(offset, address >> 64n);
  bytes.setBigUint64(offset + 8, address & 0xffffffffffffffffn);
}

/** Tells whether the address is multicast, ff00::/8 (RFC 4291 §2.7). */
export function isIpv6Multicast(address: Ipv6): boolean {
  return address >> 120n === 0xffn;
}

/** Tells whether the address is multicast that no router forwards: reserved, interface-local or link-local scope (RFC 4291 §2.7). */
export function isIpv6LinkLocalMulticast(address: Ipv6): boolean {
  return isIpv6Multicast(address) && ((address >> 112n) & 0xfn) <= 2n;
}

/**
 * Tells whether the address can be the source of a sender: not in ::/96 with :: and ::1, not IPv4-mapped (RFC 4291 §2.5.5), not
 * link-local, whose packets no router forwards (§2.5.6), not multicast.
 */
export function isIpv6UnicastSource(address: Ipv6): boolean {
  const upper = address >> 32n;
  return upper !== 0n && upper !== 0xffffn && address >> 118n !== 0x3fan && !isIpv6Multicast(address);
}

/** Tells whether the address can be the group of a sender: multicast, and of a scope above link-local. */
export function isIpv6SenderGroup(address: Ipv6): boolean {
  return isIpv6Multicast(address) && !isIpv6LinkLocalMulticast(address);
}

/** Bits of an address from `length` on. */
export function ipv6HostMask(length: number): Ipv6 {
  return (1n << BigInt(128 - length)) - 1n;
}
