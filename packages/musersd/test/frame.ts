// SPDX-License-Identifier: MIT
import { ipv4 } from "./filter-contract.ts";
import type { Sent } from "./filter-contract.ts";

const FRAME_LENGTH_BYTES = 60;

/** An Ethernet frame with an IPv4 header (RFC 791 §3.1) and zeros behind it. */
export function encodeFrame({ source, group, ttl = 1, protocol = 17, mac }: Sent): Uint8Array {
  const frame = new Uint8Array(FRAME_LENGTH_BYTES);
  const view = new DataView(frame.buffer);
  if (mac !== undefined)
    frame.set(
      Uint8Array.from(mac.split(":"), (octet) => Number.parseInt(octet, 16)),
      6,
    );
  view.setUint16(12, 0x0800);
  view.setUint8(14, 0x45);
  view.setUint16(16, FRAME_LENGTH_BYTES - 14);
  view.setUint8(22, ttl);
  view.setUint8(23, protocol);
  view.setUint32(26, ipv4(source));
  view.setUint32(30, ipv4(group));
  return frame;
}
