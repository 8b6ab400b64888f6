// SPDX-License-Identifier: MIT
import type { Decoded } from "../v1/index.ts";
import { ByteReader, ByteWriter } from "./bytes.ts";

/*
 * A frame, 56 to 1200 bytes, big-endian. It is never 11 bytes long, so that v1 and v2 share a port.
 *
 *  0      2       3    4        8            16      24        32           40      -16
 * +------+-------+----+--------+------------+-------+---------+------------+-------+------+
 * | "M2" | flags | op | key id | session id | term  | sequence| boot epoch | body  | MAC  |
 * +------+-------+----+--------+------------+-------+---------+------------+-------+------+
 *
 * flags: 0 request, 1 response, 2 event. MAC: the first 16 bytes of HMAC-SHA-256 over everything before it; that of a
 * response covers the MAC of the request, which is put in front.
 */

/** Length of the header. */
export const HEADER_LENGTH_BYTES = 40;

/** Length of the truncated HMAC-SHA-256 (RFC 4868 §2.6). */
export const MAC_LENGTH_BYTES = 16;

/** No frame is longer, so that it fits into the payload of every path that carries Ethernet in a tunnel. */
export const FRAME_LENGTH_BYTES_MAX = 1200;

/** Longest body. */
export const BODY_LENGTH_BYTES_MAX = FRAME_LENGTH_BYTES_MAX - HEADER_LENGTH_BYTES - MAC_LENGTH_BYTES;

/** Operations; 0 stands for "no such session" in an unauthenticated response. */
export const OP = {
  hello: 1,
  apply: 2,
  digest: 3,
  list: 4,
  stats: 5,
  subscribe: 6,
  event: 7,
  ping: 8,
  mode: 9,
} as const;
export type Op = keyof typeof OP;

const MAGIC = 0x4d32;
const KINDS = ["request", "response", "event"] as const;

/** The 40 bytes in front of every body. */
export interface Header {
  readonly kind: (typeof KINDS)[number];
  readonly op: number;
  readonly keyId: number;
  readonly sessionId: bigint;
  /** Of the mauthserver that speaks; in responses the highest that the server has seen. */
  readonly term: number;
  readonly sequence: number;
  readonly bootEpoch: number;
}

/** A frame taken apart; nothing in it may be believed before its MAC was verified. */
export interface Frame extends Header {
  readonly body: Uint8Array;
  readonly mac: Uint8Array;
  /** Everything that the MAC covers. */
  readonly signed: Uint8Array;
}

/** Takes a frame apart. */
export function decodeFrame(bytes: Uint8Array): Decoded<Frame, "length" | "magic" | "flags" | "number"> {
  const end = bytes.length - MAC_LENGTH_BYTES;
  if (end < HEADER_LENGTH_BYTES || bytes.length > FRAME_LENGTH_BYTES_MAX) return { ok: false, reason: "length" };
  const header = decodeHeader(bytes);
  if (!header.ok) return header;
  const signed = bytes.slice(0, end);
  const body = signed.subarray(HEADER_LENGTH_BYTES);
  return { ok: true, value: { ...header.value, body, signed, mac: bytes.slice(end) } };
}

/** Takes the first 40 bytes of a datagram apart. */
export function decodeHeader(bytes: Uint8Array): Decoded<Header, "length" | "magic" | "flags" | "number"> {
  if (bytes.length < HEADER_LENGTH_BYTES) return { ok: false, reason: "length" };
  const reader = new ByteReader(bytes);
  if (reader.u16() !== MAGIC) return { ok: false, reason: "magic" };
  const kind = KINDS[reader.u8()];
  if (kind === undefined) return { ok: false, reason: "flags" };
  const value = {
    kind,
    op: reader.u8(),
    keyId: reader.u32(),
    sessionId: reader.big64(),
    term: reader.u64(),
    sequence: reader.u64(),
    bootEpoch: reader.u64(),
  };
  return reader.isBroken ? { ok: false, reason: "number" } : { ok: true, value };
}

/** Puts a frame together; `sign` gets everything that the MAC covers. */
export function encodeFrame(header: Header, body: Uint8Array, sign: (signed: Uint8Array) => Uint8Array): Uint8Array {
  const lengthBytes = HEADER_LENGTH_BYTES + body.length + MAC_LENGTH_BYTES;
  const writer = new ByteWriter(lengthBytes, lengthBytes);
  writeHeader(writer, header).bytes(body);
  return writer.bytes(sign(writer.written())).written();
}

/** The unauthenticated answer to a frame of a session that the server does not know: a header alone, a hint to say HELLO. */
export function encodeNoSession(request: Header, bootEpoch: number): Uint8Array {
  const header: Header = { ...request, kind: "response", op: 0, term: 0, bootEpoch };
  return writeHeader(new ByteWriter(HEADER_LENGTH_BYTES), header).written();
}

/** Reads such an answer; undefined when the datagram is anything else. */
export function decodeNoSession(bytes: Uint8Array): Header | undefined {
  if (bytes.length !== HEADER_LENGTH_BYTES) return undefined;
  const header = decodeHeader(bytes);
  return header.ok && header.value.kind === "response" && header.value.op === 0 ? header.value : undefined;
}

function writeHeader(writer: ByteWriter, header: Header): ByteWriter {
  writer.u16(MAGIC).u8(KINDS.indexOf(header.kind)).u8(header.op).u32(header.keyId);
  return writer.big64(header.sessionId).u64(header.term).u64(header.sequence).u64(header.bootEpoch);
}
