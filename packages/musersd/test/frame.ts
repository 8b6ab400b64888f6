// SPDX-License-Identifier: MIT
import { writeIpv6 } from "@mauth/protocol/ipv6";
import { address, ipv4 } from "./filter-contract.ts";
import type { Sent } from "./filter-contract.ts";

const FRAME_LENGTH_BYTES = 60;

/** An Ethernet frame with an IPv4 (RFC 791 §3.1) or IPv6 header (RFC 8200 §3) and zeros behind it. */
export function encodeFrame(packet: Sent): Uint8Array {
  const frame = new Uint8Array(FRAME_LENGTH_BYTES);
  const view = new DataView(frame.buffer);
  if (packet.mac !== undefined)
    frame.set(
      Uint8Array.from(packet.mac.split(":"), (octet) => Number.parseInt(octet, 16)),
      6,
    );
  if (packet.group.includes(":")) writeIpv6Header(view, packet);
  else writeIpv4Header(view, packet);
  return frame;
}

function writeIpv4Header(view: DataView, { source, group, ttl = 1, protocol = 17 }: Sent): void {
  view.setUint16(12, 0x0800);
  view.setUint8(14, 0x45);
  view.setUint16(16, FRAME_LENGTH_BYTES - 14);
  view.setUint8(22, ttl);
  view.setUint8(23, protocol);
  view.setUint32(26, ipv4(source));
  view.setUint32(30, ipv4(group));
}

function writeIpv6Header(view: DataView, { source, group, ttl = 1, protocol = 17 }: Sent): void {
  view.setUint16(12, 0x86dd);
  view.setUint8(14, 0x60);
  view.setUint16(18, FRAME_LENGTH_BYTES - 54);
  view.setUint8(20, protocol);
  view.setUint8(21, ttl);
  writeIpv6(view, 22, BigInt(address(source)));
  writeIpv6(view, 38, BigInt(address(group)));
}
