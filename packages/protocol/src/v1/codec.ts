// SPDX-License-Identifier: MIT
import type { Ipv4 } from "../ipv4.ts";

/** UDP port of musersd for both protocols. */
export const DEFAULT_PORT = 9874;

/*
 * Request, 11 bytes, big-endian                    Response, 2 bytes
 *
 *  0        1        2            6          10      0        1
 * +--------+--------+------------+------------+----+ +------+----------+
 * |sequence|command | source     | group      |ttl | | type | sequence |
 * +--------+--------+------------+------------+----+ +------+----------+
 *
 * 2a 00 c0000201 e9fc0001 10   "number 42: add (192.0.2.1, 233.252.0.1), max TTL 16"
 * 00 2a                        "number 42: ACK"
 */

/** A request is exactly this long (paper, Fig. 2). */
export const REQUEST_LENGTH_BYTES = 11;

/** A response is exactly this long (paper, Fig. 2). */
export const RESPONSE_LENGTH_BYTES = 2;

/** The two commands of the paper; every other byte is a bad command. */
export const COMMAND = { add: 0, remove: 1 } as const;

const RESPONSE_TYPE = { ack: 0, error: 1 } as const;

/** One v1 request; `command` is the raw byte, so that a bad one can be answered with ERROR. */
export interface Request {
  /** 0 to 255, chosen by the client. */
  readonly sequence: number;
  readonly command: number;
  readonly source: Ipv4;
  readonly group: Ipv4;
  /** Hops; a remove ignores it. */
  readonly maxTtl: number;
}

/** One v1 response. */
export interface Response {
  readonly type: "ack" | "error";
  /** Sequence number of the request that it answers. */
  readonly sequence: number;
}

/** The outcome of decoding: a value, or the reason why the bytes are not one. */
export type Decoded<Value, Reason extends string> =
  | { readonly ok: true; readonly value: Value }
  | { readonly ok: false; readonly reason: Reason };

/** Decodes a request; any 11 bytes are one. */
export function decodeRequest(bytes: Uint8Array): Decoded<Request, "length"> {
  if (bytes.length !== REQUEST_LENGTH_BYTES) return { ok: false, reason: "length" };
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const value = {
    sequence: view.getUint8(0),
    command: view.getUint8(1),
    source: view.getUint32(2),
    group: view.getUint32(6),
    maxTtl: view.getUint8(10),
  };
  return { ok: true, value };
}

/** Encodes a request; each field must fit its width. */
export function encodeRequest(request: Request): Uint8Array {
  const bytes = new Uint8Array(REQUEST_LENGTH_BYTES);
  const view = new DataView(bytes.buffer);
  view.setUint8(0, request.sequence);
  view.setUint8(1, request.command);
  view.setUint32(2, request.source);
  view.setUint32(6, request.group);
  view.setUint8(10, request.maxTtl);
  return bytes;
}

/** Decodes a response. */
export function decodeResponse(bytes: Uint8Array): Decoded<Response, "length" | "type"> {
  const [type, sequence] = bytes;
  if (bytes.length !== RESPONSE_LENGTH_BYTES || sequence === undefined) return { ok: false, reason: "length" };
  if (type === RESPONSE_TYPE.ack) return { ok: true, value: { type: "ack", sequence } };
  if (type === RESPONSE_TYPE.error) return { ok: true, value: { type: "error", sequence } };
  return { ok: false, reason: "type" };
}

/** Encodes a response. */
export function encodeResponse(response: Response): Uint8Array {
  return Uint8Array.of(RESPONSE_TYPE[response.type], response.sequence);
}
