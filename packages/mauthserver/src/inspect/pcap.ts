// SPDX-License-Identifier: MIT
import { formatIpv4 } from "@mauth/protocol/ipv4";
import { formatIpv6, readIpv6 } from "@mauth/protocol/ipv6";

/** A UDP datagram of a capture. */
export interface CapturedDatagram {
  /** Unix ms, with fractions. */
  readonly atMs: number;
  readonly source: string;
  readonly destination: string;
  readonly destinationPort: number;
  readonly payload: Uint8Array;
}

/** A capture: what could be read, and how many packets before a damaged end. */
export interface Capture {
  readonly datagrams: readonly CapturedDatagram[];
  /** Unix ms of the first packet of any kind, null when there is none. */
  readonly startMs: number | null;
}

/** Magic numbers of the classic format with microseconds and nanoseconds, as read in the file's byte order. */
const MAGIC_MICROSECONDS = 0xa1b2c3d4;
const MAGIC_NANOSECONDS = 0xa1b23c4d;
const FILE_HEADER_BYTES = 24;
const RECORD_HEADER_BYTES = 16;
/** Link types: https://www.tcpdump.org/linktypes.html */
const LINK_HEADERS: Readonly<Record<number, { readonly bytes: number; readonly etherTypeAt: number | null }>> = {
  0: { bytes: 4, etherTypeAt: null }, // BSD loopback
  1: { bytes: 14, etherTypeAt: 12 }, // Ethernet
  101: { bytes: 0, etherTypeAt: null }, // raw IP
  113: { bytes: 16, etherTypeAt: 14 }, // Linux cooked
  276: { bytes: 20, etherTypeAt: 0 }, // Linux cooked v2
};
const ETHERTYPE_IPV4 = 0x0800;
const ETHERTYPE_IPV6 = 0x86dd;
/** 802.1Q, 802.1ad and the older double tag. */
const ETHERTYPES_VLAN = new Set([0x8100, 0x88a8, 0x9100]);
const VLAN_TAGS_MAX = 4;
const PROTOCOL_UDP = 17;
const UDP_HEADER_BYTES = 8;
/** IPv6 extension headers that may precede UDP: hop-by-hop, routing, destination options (RFC 8200 §4). */
const IPV6_OPTIONS = new Set([0, 43, 60]);
const IPV6_OPTIONS_MAX = 8;

/** Reads a pcap file of either byte order; returns a sentence when it is none. A cut-off end is no error. */
export function readCapture(bytes: Uint8Array): Capture | string {
  const view = viewOf(bytes);
  if (bytes.length < FILE_HEADER_BYTES) return "it is too short for a pcap file";
  const format = formatOf(view);
  if (format === undefined) return "it is not a pcap file (pcapng must be converted)";
  const link = LINK_HEADERS[view.getUint32(20, format.little) & 0xffff];
  if (link === undefined) return "its link type is not supported";
  const datagrams: CapturedDatagram[] = [];
  let startMs: number | null = null;
  for (let at = FILE_HEADER_BYTES; at + RECORD_HEADER_BYTES <= bytes.length;) {
    const atMs = view.getUint32(at, format.little) * 1000 + view.getUint32(at + 4, format.little) / format.perMs;
    const packetEnd = at + RECORD_HEADER_BYTES + view.getUint32(at + 8, format.little);
    if (packetEnd > bytes.length) break;
    startMs ??= atMs;
    const datagram = readPacket(bytes.subarray(at + RECORD_HEADER_BYTES, packetEnd), link);
    if (datagram !== undefined) datagrams.push({ atMs, ...datagram });
    at = packetEnd;
  }
  return { datagrams, startMs };
}

function formatOf(view: DataView): { little: boolean; perMs: number } | undefined {
  for (const little of [true, false]) {
    const magic = view.getUint32(0, little);
    if (magic === MAGIC_MICROSECONDS) return { little, perMs: 1000 };
    if (magic === MAGIC_NANOSECONDS) return { little, perMs: 1_000_000 };
  }
  return undefined;
}

type Addressed = Omit<CapturedDatagram, "atMs">;

function readPacket(frame: Uint8Array, link: (typeof LINK_HEADERS)[number]): Addressed | undefined {
  if (link.etherTypeAt === null) return readIp(frame.subarray(link.bytes), undefined);
  if (frame.length < link.bytes) return undefined;
  const view = viewOf(frame);
  let etherType = view.getUint16(link.etherTypeAt);
  let end = link.bytes;
  for (let tags = 0; ETHERTYPES_VLAN.has(etherType) && tags < VLAN_TAGS_MAX && frame.length >= end + 4; tags += 1) {
    etherType = view.getUint16(end + 2);
    end += 4;
  }
  return readIp(frame.subarray(end), etherType);
}

function readIp(packet: Uint8Array, etherType: number | undefined): Addressed | undefined {
  const version = (packet[0] ?? 0) >>> 4;
  if (version === 4 && (etherType ?? ETHERTYPE_IPV4) === ETHERTYPE_IPV4) return readIpv4(packet);
  if (version === 6 && (etherType ?? ETHERTYPE_IPV6) === ETHERTYPE_IPV6) return readIpv6Packet(packet);
  return undefined;
}

function readIpv4(packet: Uint8Array): Addressed | undefined {
  if (packet.length < 20) return undefined;
  const view = viewOf(packet);
  const headerBytes = (view.getUint8(0) & 0x0f) * 4;
  const isFragment = (view.getUint16(6) & 0x3fff) !== 0;
  if (view.getUint8(9) !== PROTOCOL_UDP || headerBytes < 20 || isFragment) return undefined;
  const [source, destination] = [formatIpv4(view.getUint32(12)), formatIpv4(view.getUint32(16))];
  return readUdp(packet.subarray(headerBytes, view.getUint16(2)), source, destination);
}

function readIpv6Packet(packet: Uint8Array): Addressed | undefined {
  if (packet.length < 40) return undefined;
  const view = viewOf(packet);
  let next = view.getUint8(6);
  let at = 40;
  for (let options = 0; IPV6_OPTIONS.has(next) && options < IPV6_OPTIONS_MAX && packet.length >= at + 8; options += 1) {
    next = view.getUint8(at);
    at += (view.getUint8(at + 1) + 1) * 8;
  }
  if (next !== PROTOCOL_UDP) return undefined;
  return readUdp(
    packet.subarray(at, 40 + view.getUint16(4)),
    formatIpv6(readIpv6(view, 8)),
    formatIpv6(readIpv6(view, 24)),
  );
}

/** A datagram of which less was captured than was sent is left out. */
function readUdp(segment: Uint8Array, source: string, destination: string): Addressed | undefined {
  if (segment.length < UDP_HEADER_BYTES) return undefined;
  const view = viewOf(segment);
  const lengthBytes = view.getUint16(4);
  if (lengthBytes < UDP_HEADER_BYTES || lengthBytes > segment.length) return undefined;
  const payload = segment.subarray(UDP_HEADER_BYTES, lengthBytes);
  return { source, destination, destinationPort: view.getUint16(2), payload };
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
}
