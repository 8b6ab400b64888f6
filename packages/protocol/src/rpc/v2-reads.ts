// SPDX-License-Identifier: MIT
import { BUCKETS, BUCKETS_PER_RESPONSE_MAX, splitChanges } from "../v2/index.ts";
import type {
  BucketDigest,
  Change,
  CounterRow,
  DeniedRow,
  InterfaceReport,
  Mode,
  SenderEntry,
  SenderRow,
  StatusReport,
  Table,
} from "../v2/index.ts";
import type { ErrorCode } from "../error-code.ts";
import { V2CallError } from "./v2-caller.ts";
import type { ResponseOf, V2Call } from "./v2-caller.ts";

/** Rows that changed since a cursor, the cursor for the next time, and the boot clock of the mrouter. */
export interface Rows<Row> {
  readonly rows: readonly Row[];
  /** Good until the boot epoch changes; then begin again at 0. */
  readonly cursor: number;
  readonly nowMs: number;
}

/** Reads the digests of all buckets. */
export async function readDigest(call: V2Call): Promise<BucketDigest[]> {
  const starts: number[] = [];
  for (let from = 0; from < BUCKETS; from += BUCKETS_PER_RESPONSE_MAX) starts.push(from);
  const parts = await Promise.all(starts.map((from) => call<"digest">({ op: "digest", from })));
  return parts.flatMap((part) => part.buckets);
}

/** Reads all entries of some buckets. */
export async function listBuckets(call: V2Call, buckets: readonly number[]): Promise<SenderEntry[]> {
  const parts = await Promise.all(buckets.map((bucket) => listBucket(call, bucket)));
  return parts.flat();
}

/** Reads all entries of the filter. */
export async function listAll(call: V2Call): Promise<SenderEntry[]> {
  const digest = await readDigest(call);
  const buckets = digest.flatMap((bucket, index) => (bucket.count > 0 ? [index] : []));
  return listBuckets(call, buckets);
}

/** Reads the status with all interfaces, and the summary that came with it. */
export async function readStatus(call: V2Call): Promise<ResponseOf<"stats"> & { readonly status: StatusReport }> {
  const interfaces: InterfaceReport[] = [];
  for (let cursor = 0; ;) {
    const page = await call<"stats">({ op: "stats", table: "status", cursor });
    if (page.table !== "status") throw new TypeError(`asked for the status, got ${page.table}`);
    interfaces.push(...page.status.interfaces);
    if (page.cursor >= page.latest) return { ...page, status: { ...page.status, interfaces } };
    cursor = page.cursor;
  }
}

/** Reads the senders of both families whose counters changed since the cursor; 0 reads all. */
export function readSenders(call: V2Call, cursor: number): Promise<Rows<SenderRow>> {
  return readBoth<SenderRow>(call, ["senders", "sendersIpv6"], cursor);
}

/** Reads the senders with limits, wildcards included, that changed since the cursor; 0 reads all. */
export function readLimited(call: V2Call, cursor: number): Promise<Rows<SenderRow>> {
  return readRows<SenderRow>(call, "limited", cursor);
}

/** Reads the denied of both families that changed since the cursor; 0 reads all. */
export function readDenied(call: V2Call, cursor: number): Promise<Rows<DeniedRow>> {
  return readBoth<DeniedRow>(call, ["denied", "deniedIpv6"], cursor);
}

/** Reads what became of the datagrams of musersd since it started. */
export async function readCounters(call: V2Call): Promise<readonly CounterRow[]> {
  return (await readRows<CounterRow>(call, "counters", 0)).rows;
}

/** Applies any number of changes; one result for each, in order. Changes of one (S,G) take effect in order, others in any. */
export async function applyAll(call: V2Call, changes: readonly Change[]): Promise<(ErrorCode | undefined)[]> {
  const parts = await Promise.all(splitChanges(changes).map((part) => call<"apply">({ op: "apply", changes: part })));
  return parts.flatMap((part) => part.results);
}

/** Lets the filter of an internal interface drop, or only count what it would drop; undefined when the kernel does so. */
export async function setMode(call: V2Call, name: string, mode: Mode): Promise<ErrorCode | undefined> {
  return (await call<"mode">({ op: "mode", interface: name, mode })).result;
}

async function listBucket(call: V2Call, bucket: number): Promise<SenderEntry[]> {
  const entries: SenderEntry[] = [];
  for (;;) {
    const after = entries.at(-1);
    const page = await call<"list">({ op: "list", bucket, ...(after && { after }) });
    entries.push(...page.entries);
    if (page.isLast || page.entries.length === 0) return entries;
  }
}

/** Reads two tables that are numbered together; what changes between the two is read again the next time. */
async function readBoth<Row>(
  call: V2Call,
  tables: readonly [ipv4: RowTable, ipv6: RowTable],
  since: number,
): Promise<Rows<Row>> {
  const ipv4 = await readRows<Row>(call, tables[0], since);
  try {
    const ipv6 = await readRows<Row>(call, tables[1], since);
    return { ...ipv4, rows: [...ipv4.rows, ...ipv6.rows] };
  } catch (error) {
    // Before version 3 there is no IPv6.
    if (error instanceof V2CallError && isUnsupported(error.outcome)) return ipv4;
    throw error;
  }
}

function isUnsupported(outcome: V2CallError["outcome"]): boolean {
  return outcome.state === "refused" && outcome.status === "unsupported";
}

type RowTable = Exclude<Table, "status">;

async function readRows<Row>(call: V2Call, table: RowTable, since: number): Promise<Rows<Row>> {
  const rows: Row[] = [];
  let latest: number | undefined;
  for (let cursor = since; ;) {
    const page = await call<"stats">({ op: "stats", table, cursor });
    if (page.table !== table) throw new TypeError(`asked for ${table}, got ${page.table}`);
    // The server decodes the table that it was asked for, so the rows are of that table.
    rows.push(...(page.rows as readonly Row[]));
    latest ??= page.latest;
    cursor = page.cursor;
    // What changes while the pages are read waits for the next time, or reading would never end. An mrouter that was restarted
    // between two pages numbers its rows anew and may never come to what was the last one.
    if (cursor >= Math.min(latest, page.latest)) return { rows, cursor, nowMs: page.nowMs };
  }
}
