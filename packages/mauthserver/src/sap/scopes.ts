// SPDX-License-Identifier: MIT
import { formatIpv4, parseIpv4, parseIpv4Prefix, prefixContains } from "@mauth/protocol/ipv4";
import type { Ipv4Prefix } from "@mauth/protocol/ipv4";
import { parseAddress } from "../sdp/address.ts";
import { IPV4_SAP_GROUPS } from "./groups.ts";

/** The global group (RFC 2974 §3). */
const GLOBAL_SAP_GROUP = "224.2.127.254";
/** Where the rest of 239.0.0.0/8 is announced: AES67 devices use it for all of theirs. */
const LOCAL_SAP_GROUP = "239.255.255.255";
/** The customary zones (RFC 2365 §6); each is announced on its highest address. */
const CUSTOMARY_ZONES = ["239.255.0.0/16", "239.192.0.0/14"];
const ADMINISTRATIVE = prefixOf("239.0.0.0/8");
const SOURCE_SPECIFIC = prefixOf("232.0.0.0/8");

/** The SAP group on which a session with this group belongs (RFC 2974 §3); `zones` are prefixes of the site's own. */
export function sapGroupOf(group: string, zones: readonly string[] = []): string {
  const address = parseIpv4(group);
  if (address === undefined) return sapGroupOfIpv6(group);
  const containing = [...zones, ...CUSTOMARY_ZONES].map(prefixOf).find((zone) => prefixContains(zone, address));
  if (containing !== undefined) return formatIpv4(lastOf(containing));
  return prefixContains(ADMINISTRATIVE, address) ? LOCAL_SAP_GROUP : GLOBAL_SAP_GROUP;
}

/** FF0X::2:7FFE for the scope X of the group. */
function sapGroupOfIpv6(group: string): string {
  const scope = parseAddress(group).text.charAt(3);
  return `ff0${scope}::2:7ffe`;
}

/** The GLOP block of a 16-bit AS number, such as 233.252.0.0/24 for AS 64512 (RFC 3180 §2). */
export function glopPrefix(asNumber: number): string {
  return `233.${asNumber >>> 8}.${asNumber & 0xff}.0/24`;
}

export interface GroupChoice {
  /** The zone to choose from, such as "239.255.0.0/16" or a GLOP block. */
  readonly prefix: string;
  /** Groups of every session heard or announced. */
  readonly used: ReadonlySet<string>;
  /** In [0, 1), so that two servers do not choose alike. */
  readonly random: () => number;
}

/** Addresses looked at before giving up, from a random one onwards. */
const TRIES_MAX = 65_536;

/**
 * Chooses a group that no session uses, whose Ethernet address (the low 23 bits, RFC 1112 §6.4) none uses either,
 * because switches cannot tell those apart; undefined when the zone has none left.
 */
export function chooseGroup({ prefix, used, random }: GroupChoice): string | undefined {
  const zone = parseIpv4Prefix(prefix);
  if (zone === undefined || !prefixContains(prefixOf("224.0.0.0/4"), zone.network)) return undefined;
  const size = 2 ** (32 - zone.length);
  const reserved = [...used, ...IPV4_SAP_GROUPS.map((group) => group.address)];
  const taken = new Set(reserved.flatMap((group) => ethernetBits(group) ?? []));
  const start = Math.floor(random() * size);
  for (let tries = 0; tries < Math.min(size, TRIES_MAX); tries += 1) {
    const address = (zone.network + ((start + tries) % size)) >>> 0;
    if (isAssignable(address) && !taken.has(address & 0x7fffff)) return formatIpv4(address);
  }
  return undefined;
}

function ethernetBits(group: string): number | undefined {
  const address = parseIpv4(group);
  return address === undefined ? undefined : address & 0x7fffff;
}

/** Not link-local, and in 232.0.0.0/8 not the first 256, which are reserved (RFC 4607 §1). */
function isAssignable(address: number): boolean {
  if (address >>> 8 === 0xe00000) return false;
  return !prefixContains(SOURCE_SPECIFIC, address) || address >>> 8 !== 0xe80000;
}

function prefixOf(text: string): Ipv4Prefix {
  const prefix = parseIpv4Prefix(text);
  if (prefix === undefined) throw new TypeError(`${text} is not an IPv4 prefix`);
  return prefix;
}

function lastOf(prefix: Ipv4Prefix): number {
  return prefix.network + 2 ** (32 - prefix.length) - 1;
}
