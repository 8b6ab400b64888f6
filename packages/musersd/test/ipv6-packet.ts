// SPDX-License-Identifier: MIT
import { writeIpv6 } from "@mauth/protocol/ipv6";
import { address } from "./filter-contract.ts";

export interface Ipv6Header {
  readonly source?: string;
  readonly group: string;
  readonly hopLimit?: number;
  readonly nextHeader?: number;
  /** What lies behind the fixed header, in hex. */
  readonly payload?: string;
  /** As in the header, when it is not that of the payload. */
  readonly payloadLength?: number;
}

/** The source of the frames below. */
export const IPV6_SOURCE = "2001:db8:1::11";
const HOST_MAC = "02000000000b";

function hex(number: number, bytes: number): string {
  return number.toString(16).padStart(2 * bytes, "0");
}

function hexOf(text: string): string {
  const bytes = new Uint8Array(16);
  writeIpv6(new DataView(bytes.buffer), 0, BigInt(address(text)));
  return Array.from(bytes, (octet) => hex(octet, 1)).join("");
}

/** An IPv6 packet (RFC 8200 §3) in hex. */
export function ipv6Packet(header: Ipv6Header): string {
  const { source = IPV6_SOURCE, group, hopLimit = 8, nextHeader = 17, payload = "" } = header;
  const length = header.payloadLength ?? payload.length / 2;
  return `60000000${hex(length, 2)}${hex(nextHeader, 1)}${hex(hopLimit, 1)}${hexOf(source)}${hexOf(group)}${payload}`;
}

/** An Ethernet frame to the group (RFC 2464 §7), behind tags in hex when there are any. */
export function ipv6Frame(group: string, packet: string, tags = ""): string {
  return `3333${hexOf(group).slice(24)}${HOST_MAC}${tags}86dd${packet}`;
}

/** The same to the link-layer address of a unicast destination. */
export function ipv6UnicastFrame(mac: string, packet: string): string {
  return `${mac.replaceAll(":", "")}${HOST_MAC}86dd${packet}`;
}

/** UDP from 4096 to 5004 (RFC 768) with a checksum that nobody checks here. */
export function udpOf(bytes: number): string {
  return `1000138c${hex(8 + bytes, 2)}ffff${"00".repeat(bytes)}`;
}

/** A fragment header (RFC 8200 §4.5); the offset is in units of 8 bytes. */
export function fragmentHeader(nextHeader: number, offset: number, hasMore: boolean): string {
  return `${hex(nextHeader, 1)}00${hex(offset * 8 + (hasMore ? 1 : 0), 2)}00000001`;
}
