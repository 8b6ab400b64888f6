// SPDX-License-Identifier: MIT
import { parseIpv4 } from "@mauth/protocol/ipv4";

/** Eight 16-bit words, most significant first. */
export type Ipv6 = readonly number[];

const IPV6_TEXT_LENGTH_MAX = 45;

/** Parses RFC 4291 §2.2 text, with an embedded IPv4 tail or without, no zone; returns undefined for anything else. */
export function parseIpv6(text: string): Ipv6 | undefined {
  if (text.length > IPV6_TEXT_LENGTH_MAX || !text.includes(":")) return undefined;
  const halves = text.split("::");
  if (halves.length > 2 || /\..*:/.test(text)) return undefined; // An IPv4 part is the last one.
  const [head, tail] = [parseWords(halves[0] ?? ""), parseWords(halves[1] ?? "")];
  if (head === undefined || tail === undefined) return undefined;
  if (halves.length === 1) return head.length === 8 ? head : undefined;
  const missing = 8 - head.length - tail.length;
  return missing < 1 ? undefined : [...head, ...Array.from({ length: missing }, () => 0), ...tail];
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

/** Formats as RFC 5952 §4: lower case, the first longest run of two or more zero words as "::". */
export function formatIpv6(address: Ipv6): string {
  const run = longestZeroRun(address);
  const hex = address.map((word) => word.toString(16));
  if (run.length < 2) return hex.join(":");
  return `${hex.slice(0, run.start).join(":")}::${hex.slice(run.start + run.length).join(":")}`;
}

function longestZeroRun(address: Ipv6): { start: number; length: number } {
  let best = { start: 0, length: 0 };
  let start = 0;
  for (const [index, word] of address.entries()) {
    if (word !== 0) start = index + 1;
    else if (index + 1 - start > best.length) best = { start, length: index + 1 - start };
  }
  return best;
}
