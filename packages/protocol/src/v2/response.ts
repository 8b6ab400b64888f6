// SPDX-License-Identifier: MIT
import type { ErrorCode } from "../error-code.ts";
import { ByteReader, ByteWriter } from "./bytes.ts";
import type { BucketDigest, Summary } from "./digest.ts";
import { ENTRY_LENGTH_BYTES, entryLength, readEntry, readResult, writeEntry, writeResult } from "./entry.ts";
import type { SenderEntry } from "./entry.ts";
import { BODY_LENGTH_BYTES_MAX } from "./frame.ts";
import { NONCE_LENGTH_BYTES } from "./keys.ts";
import {
  readCounterRow,
  readDeniedRow,
  readInterface,
  readIpv6DeniedRow,
  readIpv6SenderRow,
  readLimitedRow,
  readSenderRow,
  readStatus,
  REASONS,
  ROW_LENGTH_BYTES_MAX,
  writeCounterRow,
  writeDeniedRow,
  writeInterface,
  writeLimitedRow,
  writeSenderRow,
  writeStatus,
} from "./report.ts";
import type { CounterRow, DeniedRow, SenderRow, StatusReport } from "./report.ts";
import { TABLES } from "./request.ts";
import type { Table, V2Request } from "./request.ts";

/** Why the server carried a whole request not out, in the order of the wire codes; 0 is "it did". */
export const STATUSES = ["ok", "malformed", "stale-term", "unsupported"] as const;
export type Status = (typeof STATUSES)[number];

/*
 * Every response begins with 13 bytes; when the status is not 0, nothing follows.
 *
 *  0        1             5              13
 * +--------+-------------+--------------+--------
 * | status | entry count | root digest  | ...
 * +--------+-------------+--------------+--------
 */
const HEAD_LENGTH_BYTES = 13;
const ROOM = BODY_LENGTH_BYTES_MAX - HEAD_LENGTH_BYTES;

/** Buckets in one response to DIGEST, 12 bytes each. */
export const BUCKETS_PER_RESPONSE_MAX = Math.floor((ROOM - 4) / 12);

/** Entries without extensions in one response to LIST. */
export const ENTRIES_PER_RESPONSE_MAX = Math.floor((ROOM - 4) / ENTRY_LENGTH_BYTES);

/** How many of the entries fit into one response to LIST. */
export function entriesThatFit(entries: readonly SenderEntry[]): number {
  let left = ROOM - 4;
  const first = entries.findIndex((entry) => (left -= entryLength(entry)) < 0);
  return first === -1 ? entries.length : first;
}

const PAGE_HEAD_LENGTH_BYTES = 25;
const STATUS_LENGTH_BYTES_MAX = 15 + 8 * 2 * REASONS.length;

/** Rows of each table in one response to STATS. */
export const ROWS_PER_RESPONSE_MAX = {
  status: Math.floor((ROOM - PAGE_HEAD_LENGTH_BYTES - STATUS_LENGTH_BYTES_MAX) / ROW_LENGTH_BYTES_MAX.status),
  senders: Math.floor((ROOM - PAGE_HEAD_LENGTH_BYTES) / ROW_LENGTH_BYTES_MAX.senders),
  denied: Math.floor((ROOM - PAGE_HEAD_LENGTH_BYTES) / ROW_LENGTH_BYTES_MAX.denied),
  counters: Math.floor((ROOM - PAGE_HEAD_LENGTH_BYTES) / ROW_LENGTH_BYTES_MAX.counters),
  limited: Math.floor((ROOM - PAGE_HEAD_LENGTH_BYTES) / ROW_LENGTH_BYTES_MAX.limited),
  sendersIpv6: Math.floor((ROOM - PAGE_HEAD_LENGTH_BYTES) / ROW_LENGTH_BYTES_MAX.sendersIpv6),
  deniedIpv6: Math.floor((ROOM - PAGE_HEAD_LENGTH_BYTES) / ROW_LENGTH_BYTES_MAX.deniedIpv6),
} as const;

/** One page of a table. */
export interface Page {
  /** To be sent in the next STATS of this table, now or at the next poll. */
  readonly cursor: number;
  /** The cursor behind the last row that existed when the page was made; there are more rows while `cursor` is less. */
  readonly latest: number;
  /** The boot clock of the mrouter. */
  readonly nowMs: number;
}

/** What is answered to an operation beside the summary. */
export type V2Answer =
  | { readonly op: "apply"; readonly results: readonly (ErrorCode | undefined)[] }
  | { readonly op: "digest"; readonly from: number; readonly buckets: readonly BucketDigest[] }
  | { readonly op: "list"; readonly bucket: number; readonly isLast: boolean; readonly entries: readonly SenderEntry[] }
  | ({ readonly op: "stats"; readonly table: "status"; readonly status: StatusReport } & Page)
  | ({ readonly op: "stats"; readonly table: "senders" | "sendersIpv6"; readonly rows: readonly SenderRow[] } & Page)
  | ({ readonly op: "stats"; readonly table: "denied" | "deniedIpv6"; readonly rows: readonly DeniedRow[] } & Page)
  | ({ readonly op: "stats"; readonly table: "counters"; readonly rows: readonly CounterRow[] } & Page)
  | ({ readonly op: "stats"; readonly table: "limited"; readonly rows: readonly SenderRow[] } & Page)
  | { readonly op: "subscribe"; readonly leaseSeconds: number }
  | { readonly op: "mode"; readonly result: ErrorCode | undefined }
  | { readonly op: "ping" };

/** What every response says, whatever its operation. */
export interface ResponseContext extends Summary {
  /** Changes with every start of musersd. */
  readonly bootEpoch: number;
  /** The highest term that the server has seen. */
  readonly term: number;
}

/** An answer with its context. */
export type V2Response = V2Answer & ResponseContext;

/** The answer to HELLO. */
export interface HelloAnswer extends Summary {
  readonly version: number;
  readonly nonce: Uint8Array;
  /** Bits for what entries may carry beyond IPv4, group and TTL, and for operations: `CAPABILITIES`. */
  readonly capabilities: number;
  readonly sendersMax: number;
}

/** Bits of `HelloAnswer.capabilities`. */
export const CAPABILITIES = { lease: 1, rate: 2, interface: 4, mac: 8, wildcards: 16, ipv6: 32, mode: 64 } as const;
/** All of them, which this version has. */
export const CAPABILITIES_ALL = 127;

/** Encodes the body of a response that only says its status. */
export function encodeStatusBody(status: Status, summary: Summary): Uint8Array {
  return writeHead(status, summary).written();
}

/** Encodes the body of the answer to HELLO. */
export function encodeHelloAnswer(answer: HelloAnswer): Uint8Array {
  const writer = writeHead("ok", answer).u8(answer.version).bytes(answer.nonce);
  return writer.u32(answer.capabilities).u32(answer.sendersMax).written();
}

/** Decodes the body of the answer to HELLO; bytes after it belong to later versions. */
export function decodeHelloAnswer(body: Uint8Array): HelloAnswer | undefined {
  const reader = new ByteReader(body);
  const { status, summary } = readHead(reader);
  const answer = {
    ...summary,
    version: reader.u8(),
    nonce: reader.bytes(NONCE_LENGTH_BYTES),
    capabilities: reader.u32(),
    sendersMax: reader.u32(),
  };
  return reader.isBroken || status !== "ok" ? undefined : answer;
}

/** Encodes the body of an answer. */
export function encodeAnswer(answer: V2Answer, summary: Summary): Uint8Array {
  const writer = writeHead("ok", summary);
  switch (answer.op) {
    case "apply":
      for (const result of answer.results) writeResult(writer, result);
      break;
    case "digest":
      writer.u16(answer.from);
      for (const bucket of answer.buckets) writer.big64(bucket.digest).u32(bucket.count);
      break;
    case "list":
      writer.u16(answer.bucket).u8(answer.isLast ? 1 : 0);
      for (const entry of answer.entries) writeEntry(writer, entry);
      break;
    case "stats":
      writeStats(writer, answer);
      break;
    case "subscribe":
      writer.u16(answer.leaseSeconds);
      break;
    case "mode":
      writeResult(writer, answer.result);
      break;
    case "ping":
      break;
  }
  return writer.written();
}

/** The answer that belongs to a request, or the status that there is instead; undefined when the body is neither. */
export type DecodedAnswer =
  | { readonly status: "ok"; readonly answer: V2Answer; readonly summary: Summary }
  | { readonly status: Exclude<Status, "ok">; readonly summary: Summary };

/** Decodes the body of the response to a request. */
export function decodeAnswer(request: V2Request, body: Uint8Array): DecodedAnswer | undefined {
  const reader = new ByteReader(body);
  const { status, summary } = readHead(reader);
  if (status === undefined) return undefined;
  if (status !== "ok") return reader.isBroken ? undefined : { status, summary };
  const answer = readAnswer(request, reader);
  return answer === undefined || !reader.isComplete ? undefined : { status, answer, summary };
}

function writeHead(status: Status, summary: Summary): ByteWriter {
  const writer = new ByteWriter(BODY_LENGTH_BYTES_MAX).u8(STATUSES.indexOf(status));
  return writer.u32(summary.entryCount).big64(summary.rootDigest);
}

function readHead(reader: ByteReader): { readonly status: Status | undefined; readonly summary: Summary } {
  const status = STATUSES[reader.u8()];
  return { status, summary: { entryCount: reader.u32(), rootDigest: reader.big64() } };
}

function writeStats(writer: ByteWriter, answer: Extract<V2Answer, { op: "stats" }>): void {
  writer.u8(TABLES.indexOf(answer.table)).u64(answer.cursor).u64(answer.latest).u64(answer.nowMs);
  switch (answer.table) {
    case "senders":
    case "sendersIpv6":
      for (const row of answer.rows) writeSenderRow(writer, row);
      break;
    case "denied":
    case "deniedIpv6":
      for (const row of answer.rows) writeDeniedRow(writer, row);
      break;
    case "limited":
      for (const row of answer.rows) writeLimitedRow(writer, row);
      break;
    case "counters":
      for (const row of answer.rows) writeCounterRow(writer, row);
      break;
    case "status":
      writeStatus(writer, answer.status);
      for (const row of answer.status.interfaces) writeInterface(writer, row);
  }
}

function readAnswer(request: V2Request, reader: ByteReader): V2Answer | undefined {
  switch (request.op) {
    case "apply": {
      const results = request.changes.map(() => readResult(reader));
      return { op: "apply", results };
    }
    case "digest": {
      const from = reader.u16();
      return { op: "digest", from, buckets: readRows(reader, readBucketDigest) };
    }
    case "list":
      return readListAnswer(reader);
    case "stats":
      return readStatsAnswer(request.table, reader);
    case "subscribe":
      return { op: "subscribe", leaseSeconds: reader.u16() };
    case "mode":
      return { op: "mode", result: readResult(reader) };
    case "ping":
      break;
  }
  return { op: "ping" };
}

function readListAnswer(reader: ByteReader): V2Answer | undefined {
  const bucket = reader.u16();
  const isLast = reader.u8() === 1;
  const entries: SenderEntry[] = [];
  while (reader.left > 0) {
    const entry = readEntry(reader);
    if (typeof entry === "string") return undefined;
    const { command: _, ...held } = entry;
    entries.push(held);
  }
  return { op: "list", bucket, isLast, entries };
}

function readStatsAnswer(wanted: Table, reader: ByteReader): V2Answer | undefined {
  const table = TABLES[reader.u8()];
  if (table !== wanted) return undefined;
  const page = { cursor: reader.u64(), latest: reader.u64(), nowMs: reader.u64() };
  switch (table) {
    case "senders":
      return { op: "stats", table, ...page, rows: readRows(reader, readSenderRow) };
    case "sendersIpv6":
      return { op: "stats", table, ...page, rows: readRows(reader, readIpv6SenderRow) };
    case "denied":
      return { op: "stats", table, ...page, rows: readRows(reader, readDeniedRow) };
    case "deniedIpv6":
      return { op: "stats", table, ...page, rows: readRows(reader, readIpv6DeniedRow) };
    case "counters":
      return { op: "stats", table, ...page, rows: readRows(reader, readCounterRow) };
    case "limited":
      return readLimitedAnswer(page, reader);
    case "status":
      break;
  }
  return readStatusAnswer(page, reader);
}

function readStatusAnswer(page: Page, reader: ByteReader): V2Answer | undefined {
  const status = readStatus(reader);
  if (status === undefined) return undefined;
  return { op: "stats", table: "status", ...page, status: { ...status, interfaces: readRows(reader, readInterface) } };
}

function readLimitedAnswer(page: Page, reader: ByteReader): V2Answer | undefined {
  const rows = readRows(reader, readLimitedRow);
  const known = rows.filter((row) => row !== undefined);
  return known.length === rows.length ? { op: "stats", table: "limited", ...page, rows: known } : undefined;
}

function readBucketDigest(reader: ByteReader): BucketDigest {
  return { digest: reader.big64(), count: reader.u32() };
}

/** Reads rows to the end; a broken row ends the loop and breaks the response. */
function readRows<Row>(reader: ByteReader, readRow: (reader: ByteReader) => Row): Row[] {
  const rows: Row[] = [];
  while (reader.left > 0) rows.push(readRow(reader));
  return rows;
}
