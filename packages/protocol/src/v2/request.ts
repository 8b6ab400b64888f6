// SPDX-License-Identifier: MIT
import { bitsOfAddress } from "../address.ts";
import type { ErrorCode } from "../error-code.ts";
import type { Decoded } from "../v1/index.ts";
import { ByteReader, ByteWriter } from "./bytes.ts";
import { BUCKETS } from "./digest.ts";
import { ENTRY_LENGTH_BYTES, entryLength, readEntry, writeEntry } from "./entry.ts";
import type { Change } from "./entry.ts";
import { BODY_LENGTH_BYTES_MAX, OP } from "./frame.ts";
import { NONCE_LENGTH_BYTES } from "./keys.ts";
import { isInterfaceName } from "./limits.ts";
import type { EntryKey } from "./limits.ts";
import { MODES } from "./report.ts";
import type { Mode } from "./report.ts";

/** Changes without extensions that fit into one APPLY. */
export const CHANGES_PER_REQUEST_MAX = Math.floor(BODY_LENGTH_BYTES_MAX / ENTRY_LENGTH_BYTES);

/** Length of an (S,G) of IPv4. */
const KEY_LENGTH_BYTES = 8;

/** Sessions that a HELLO may retire. */
export const REPLACES_MAX = 32;

/** Tables of STATS in the order of their wire codes. */
export const TABLES = ["status", "senders", "denied", "counters", "limited", "sendersIpv6", "deniedIpv6"] as const;
export type Table = (typeof TABLES)[number];

/** Classes of events by their bit in SUBSCRIBE; EVENT carries the bit's number. */
export const EVENT_CLASSES = ["denied", "sap"] as const;
export type EventClass = (typeof EVENT_CLASSES)[number];

/** An operation as its caller words it; HELLO is the client's own business. */
export type V2Request =
  | { readonly op: "apply"; readonly changes: readonly Change[] }
  | { readonly op: "digest"; readonly from: number }
  | { readonly op: "list"; readonly bucket: number; readonly after?: EntryKey }
  | StatsRequest
  | SubscribeRequest
  | ModeRequest
  | { readonly op: "ping" };

/** Reads the rows of a table that changed since the cursor. */
export interface StatsRequest {
  readonly op: "stats";
  readonly table: Table;
  readonly cursor: number;
}

/** Makes the filter drop on an internal interface, or only count what it would drop. */
export interface ModeRequest {
  readonly op: "mode";
  readonly interface: string;
  readonly mode: Mode;
}

/** Asks for events to the address from which it came, until the lease ends; no class ends it at once. */
export interface SubscribeRequest {
  readonly op: "subscribe";
  readonly classes: readonly EventClass[];
  readonly leaseSeconds: number;
  readonly eventsPerSecondMax: number;
}

/** Opens a session. */
export interface Hello {
  readonly version: number;
  readonly nonce: Uint8Array;
  /** Earlier sessions of this client; they die when the new one lives. */
  readonly replaces: readonly bigint[];
}

/** A request as the server gets it: an entry that cannot be carried out is the code that says why. */
export type ReceivedRequest =
  | Exclude<V2Request, { op: "apply" }>
  | { readonly op: "apply"; readonly changes: readonly (Change | ErrorCode)[] };

/** A HELLO is filled with zeros to the length of its answer, so that nobody can use the server to amplify. */
export const HELLO_BODY_LENGTH_BYTES_MIN = 38;

/** Encodes the body of a HELLO. */
export function encodeHello(hello: Hello): Uint8Array {
  const writer = new ByteWriter(BODY_LENGTH_BYTES_MAX).u8(hello.version).bytes(hello.nonce);
  writer.u8(hello.replaces.length);
  for (const sessionId of hello.replaces) writer.big64(sessionId);
  while (writer.written().length < HELLO_BODY_LENGTH_BYTES_MIN) writer.u8(0);
  return writer.written();
}

/** Decodes the body of a HELLO; bytes after it belong to later versions. */
export function decodeHello(body: Uint8Array): Hello | undefined {
  const reader = new ByteReader(body);
  const version = reader.u8();
  const nonce = reader.bytes(NONCE_LENGTH_BYTES);
  const count = reader.u8();
  if (count > REPLACES_MAX || body.length < HELLO_BODY_LENGTH_BYTES_MIN) return undefined;
  const replaces = Array.from({ length: count }, () => reader.big64());
  return reader.isBroken ? undefined : { version, nonce, replaces };
}

/** Splits changes into as many as fit into one APPLY each. */
export function splitChanges(changes: readonly Change[]): Change[][] {
  const parts: Change[][] = [];
  let left = 0;
  for (const change of changes) {
    const length = entryLength(change);
    if (length > left) {
      parts.push([]);
      left = BODY_LENGTH_BYTES_MAX;
    }
    parts.at(-1)?.push(change);
    left -= length;
  }
  return parts;
}

/** Encodes the body of a request; throws when the changes of an APPLY do not fit (see `splitChanges`). */
export function encodeRequestBody(request: V2Request): Uint8Array {
  const isLong = request.op === "apply" && request.changes.length > 1;
  const writer = new ByteWriter(BODY_LENGTH_BYTES_MAX, isLong ? BODY_LENGTH_BYTES_MAX : undefined);
  switch (request.op) {
    case "apply":
      for (const change of request.changes) writeEntry(writer, change, change.command);
      break;
    case "digest":
      writer.u16(request.from);
      break;
    case "list":
      writer.u16(request.bucket);
      if (request.after !== undefined) writeKey(writer, request.after);
      break;
    case "stats":
      writer.u8(TABLES.indexOf(request.table)).u64(request.cursor);
      break;
    case "subscribe":
      writer.u16(classBits(request.classes)).u16(request.leaseSeconds).u16(request.eventsPerSecondMax);
      break;
    case "mode":
      writer.u8(MODES.indexOf(request.mode)).text(request.interface);
      break;
    case "ping":
      break;
  }
  return writer.written();
}

/** Decodes the body of a request of an open session. */
export function decodeRequestBody(op: number, body: Uint8Array): Decoded<ReceivedRequest, "malformed" | "unsupported"> {
  const reader = new ByteReader(body);
  const value = readRequest(op, reader);
  if (value === undefined) return { ok: false, reason: "unsupported" };
  return reader.isComplete ? { ok: true, value } : { ok: false, reason: "malformed" };
}

function readRequest(op: number, reader: ByteReader): ReceivedRequest | undefined {
  switch (op) {
    case OP.apply:
      return readApply(reader);
    case OP.digest:
      return { op: "digest", from: readBucket(reader) };
    case OP.list:
      return readList(reader);
    case OP.stats: {
      const table = TABLES[reader.u8()];
      const cursor = reader.u64();
      return table && { op: "stats", table, cursor };
    }
    case OP.subscribe: {
      const classes = classesOf(reader.u16());
      return { op: "subscribe", classes, leaseSeconds: reader.u16(), eventsPerSecondMax: reader.u16() };
    }
    case OP.mode:
      return readMode(reader);
    case OP.ping:
      return { op: "ping" };
    default:
      return undefined;
  }
}

function readApply(reader: ByteReader): ReceivedRequest {
  const changes: (Change | ErrorCode)[] = [];
  while (reader.left > 0) changes.push(readEntry(reader));
  return { op: "apply", changes };
}

function readMode(reader: ByteReader): ReceivedRequest {
  const mode = MODES[reader.u8()];
  const name = reader.text();
  if (mode === undefined || !isInterfaceName(name)) reader.isBroken = true;
  return { op: "mode", interface: name, mode: mode ?? "enforce" };
}

/** Behind which entry to go on: none, an (S,G) of 8 or 32 bytes, or one with its length in another byte. */
function readList(reader: ByteReader): ReceivedRequest {
  const bucket = readBucket(reader);
  if (reader.left === 0) return { op: "list", bucket };
  const isIpv6 = reader.left > KEY_LENGTH_BYTES + 1;
  const source = isIpv6 ? reader.ipv6() : reader.u32();
  const after = { source, group: isIpv6 ? reader.ipv6() : reader.u32() };
  if (reader.left === 0) return { op: "list", bucket, after };
  return { op: "list", bucket, after: { ...after, groupLength: reader.u8() } };
}

function writeKey(writer: ByteWriter, { source, group, groupLength }: EntryKey): void {
  writer.address(source).address(group);
  if (groupLength !== undefined && groupLength < bitsOfAddress(group)) writer.u8(groupLength);
}

function readBucket(reader: ByteReader): number {
  const bucket = reader.u16();
  if (bucket >= BUCKETS) reader.isBroken = true;
  return bucket;
}

function classBits(classes: readonly EventClass[]): number {
  return classes.reduce((bits, name) => bits | (1 << EVENT_CLASSES.indexOf(name)), 0);
}

function classesOf(bits: number): EventClass[] {
  return EVENT_CLASSES.filter((_, index) => (bits & (1 << index)) !== 0);
}
