// SPDX-License-Identifier: MIT
import { deflateSync, inflateSync } from "node:zlib";
import { parseAddress } from "@mauth/protocol/address";
import { formatIpv4 } from "@mauth/protocol/ipv4";
import { formatIpv6, readIpv6, writeIpv6 } from "@mauth/protocol/ipv6";
import { refuse } from "./refusal.ts";
import type { Decoded } from "./refusal.ts";

/** UDP port of every SAP group (RFC 2974 §3). */
export const SAP_PORT = 9875;
/** Longest datagram that is looked at, in bytes; RFC 2974 §6 recommends less than 1000. */
export const DATAGRAM_BYTES_MAX = 8192;
/** Longest payload after inflating, in bytes. */
export const INFLATED_BYTES_MAX = 65_536;
/** The only payload type there is in practice (RFC 2974 §6). */
export const SDP_PAYLOAD_TYPE = "application/sdp";

/*
 *  0                   1                   2                   3     (RFC 2974 §6)
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * | V=1 |A|R|T|E|C|   auth len    |         msg id hash           |
 * |        originating source (4 bytes, 16 when A is set)         |
 * |        authentication data, auth len 32-bit words             |
 * |        payload type, NUL                                      |
 * |        payload                                                |
 */
const VERSION_SHIFT = 5;
const ADDRESS_TYPE = 0x10;
const MESSAGE_TYPE = 0x04;
const ENCRYPTED = 0x02;
const COMPRESSED = 0x01;
const FIXED_BYTES = 4;
const PAYLOAD_TYPE_BYTES_MAX = 256;

/** A SAP announcement or deletion (RFC 2974 §6). */
export interface SapPacket {
  /** T=1. */
  readonly deletion: boolean;
  /** It carries authentication data, which nobody checks. */
  readonly authenticated: boolean;
  readonly messageIdHash: number;
  /** As the announcer wrote it: real ones write 0.0.0.0 and 1.2.3.4. */
  readonly originatingSource: string;
  /** Empty only in a deletion. */
  readonly payload: Uint8Array;
}

/** Decodes a UDP payload; `payload` is a view into `bytes` unless it was compressed. */
export function decodeSap(bytes: Uint8Array): Decoded<SapPacket> {
  if (bytes.length > DATAGRAM_BYTES_MAX) return refuse("too-long");
  const [flags, authWords, hashHigh, hashLow] = bytes;
  if (flags === undefined || authWords === undefined || hashHigh === undefined || hashLow === undefined)
    return refuse("too-short");
  if (flags >>> VERSION_SHIFT !== 1) return refuse("bad-version");
  const sourceEnd = FIXED_BYTES + ((flags & ADDRESS_TYPE) === 0 ? 4 : 16);
  const headerEnd = sourceEnd + authWords * 4;
  if (bytes.length < headerEnd) return refuse("too-short");
  if ((flags & ENCRYPTED) !== 0) return refuse("encrypted");
  const deletion = (flags & MESSAGE_TYPE) !== 0;
  const body = inflated(bytes.subarray(headerEnd), (flags & COMPRESSED) !== 0);
  if (!body.ok) return body;
  const payload = withoutPayloadType(body.value);
  if (!payload.ok) return payload;
  if (payload.value.length === 0 && !deletion) return refuse("no-payload");
  return {
    ok: true,
    value: {
      deletion,
      authenticated: authWords > 0,
      messageIdHash: hashHigh * 256 + hashLow,
      originatingSource: formatSource(bytes.subarray(FIXED_BYTES, sourceEnd)),
      payload: payload.value,
    },
  };
}

function formatSource(bytes: Uint8Array): string {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  if (bytes.length === 4) return formatIpv4(view.getUint32(0));
  return formatIpv6(readIpv6(view, 0));
}

function inflated(bytes: Uint8Array, compressed: boolean): Decoded<Uint8Array> {
  if (!compressed || bytes.length === 0) return { ok: true, value: bytes };
  try {
    return { ok: true, value: inflateSync(bytes, { maxOutputLength: INFLATED_BYTES_MAX }) };
  } catch (error) {
    const tooFar = error instanceof RangeError;
    return refuse(tooFar ? "inflates-too-far" : "bad-compression");
  }
}

/** The type SHOULD be there; a payload that begins with "v=0" is SDP without one (RFC 2974 §6), a deletion may begin with "o=". */
function withoutPayloadType(body: Uint8Array): Decoded<Uint8Array> {
  const head = new TextDecoder("latin1").decode(body.subarray(0, PAYLOAD_TYPE_BYTES_MAX));
  if (/^[\0\s]*$/.test(head)) return { ok: true, value: body.subarray(body.length) };
  const bare = /^[\0\r\n]*(?=v=0|o=)/.exec(head);
  if (bare) return { ok: true, value: body.subarray(bare[0].length) };
  const typed = /^application\/sdp *(?:;[^\0\r\n]*)?(?:\0|\r?\n|$)/i.exec(head);
  return typed ? { ok: true, value: body.subarray(typed[0].length) } : refuse("bad-payload-type");
}

/** What the encoder is given. */
export interface SapPacketFields {
  readonly deletion: boolean;
  readonly messageIdHash: number;
  /** Dotted decimal or IPv6 text. */
  readonly originatingSource: string;
  readonly payload: Uint8Array;
  readonly compressed?: boolean;
}

/** Encodes an unauthenticated packet with its payload type, which several listeners insist on; throws on a bad address. */
export function encodeSap(fields: SapPacketFields): Uint8Array {
  const source = encodeSource(fields.originatingSource);
  const type = new TextEncoder().encode(`${SDP_PAYLOAD_TYPE}\0`);
  const plain = concat([type, fields.payload]);
  const body = fields.compressed === true ? deflateSync(plain) : plain;
  const flags =
    (1 << VERSION_SHIFT) |
    (source.length === 16 ? ADDRESS_TYPE : 0) |
    (fields.deletion ? MESSAGE_TYPE : 0) |
    (fields.compressed === true ? COMPRESSED : 0);
  const hash = fields.messageIdHash;
  return concat([Uint8Array.of(flags, 0, hash >>> 8, hash & 0xff), source, body]);
}

function encodeSource(text: string): Uint8Array {
  const address = parseAddress(text);
  if (address === undefined) throw new TypeError(`cannot encode originating source ${text}: not an IP address`);
  const bytes = new Uint8Array(typeof address === "number" ? 4 : 16);
  const view = new DataView(bytes.buffer);
  if (typeof address === "number") view.setUint32(0, address);
  else writeIpv6(view, 0, address);
  return bytes;
}

function concat(parts: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    bytes.set(part, offset);
    offset += part.length;
  }
  return bytes;
}
