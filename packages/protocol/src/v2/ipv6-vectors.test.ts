// SPDX-License-Identifier: MIT
import { describe, expect, it } from "vitest";
import { atOffset, fromHex, toHex } from "../../test/hex.ts";
import vectors from "../../test/vectors/v2-ipv6.json" with { type: "json" };
import { parseIpv6 } from "../ipv6.ts";
import {
  bucketOf,
  ByteReader,
  ByteWriter,
  decodeAnswer,
  decodeEvent,
  decodeRequestBody,
  Digest,
  encodeAnswer,
  encodeEvent,
  encodeRequestBody,
  entriesThatFit,
  entryLength,
  fragmentSap,
  OP,
  readEntry,
  splitChanges,
  writeEntry,
} from "./index.ts";
import type { EventPayload, SenderEntry, V2Answer, V2Request } from "./index.ts";

function ip(text: string): bigint {
  const address = parseIpv6(text);
  if (address === undefined) throw new Error(`${text} is no address`);
  return address;
}

const ENTRIES = vectors.entries.map(({ name, entry, ...row }) => {
  const { source, group, ...limits } = entry;
  const held: SenderEntry = { source: ip(source), group: ip(group), ...limits };
  return { name, entry: held, ...row };
});
const PLAIN: SenderEntry = { source: ip("2001:db8::1"), group: ip("ff3e::8000:1"), maxTtl: 16 };
const DENIED_ROW = {
  interface: "lan0",
  source: ip("2001:db8::66"),
  group: ip("ff3e::9"),
  reason: "TTL",
  ttl: 32,
  packets: 5,
  bytes: 500,
  firstMs: 1000,
  lastMs: 2000,
} as const;
const SENDER_ROW = { ...PLAIN, packets: 1000, bytes: 1_328_000, refusedPackets: 2, lastMs: 123_000 };
const PAGE = { cursor: 42, latest: 42, nowMs: 123_456 };
const SUMMARY = { entryCount: 1, rootDigest: 0n };
const { bodies } = vectors;

function write(entry: SenderEntry, command: "add" | "remove"): string {
  const writer = new ByteWriter(1000);
  writeEntry(writer, entry, command);
  return toHex(writer.written());
}

describe("an IPv6 entry", () => {
  it.each(ENTRIES)("[V2-35] with $name is written and read", ({ entry, add, remove }) => {
    expect(write(entry, "add")).toBe(add);
    expect(write(entry, "remove")).toBe(remove);
    expect(entryLength(entry)).toBe(add.length / 2);
    expect(readEntry(new ByteReader(atOffset(fromHex(add))))).toEqual({ command: "add", ...entry });
    expect(readEntry(new ByteReader(fromHex(remove)))).toEqual({ command: "remove", ...entry });
  });

  it.each(vectors.refused)("[V2-35] with $name is answered $code", ({ hex, code }) => {
    expect(readEntry(new ByteReader(fromHex(hex)))).toBe(code);
  });

  it("[V2-35] is written only when source and group are both IPv6", () => {
    const mixed = { ...PLAIN, source: 0xc0000201 };
    expect(() => write(mixed, "add")).toThrow("source and group of different families");
  });

  it.each(ENTRIES)("[V2-36] with $name is hashed by the four words of each address", ({ entry, bucket, digest }) => {
    expect(bucketOf(entry.source, entry.group)).toBe(bucket);
    const one = Digest.of([entry]);
    expect(one.bucket(bucket).digest.toString(16).padStart(16, "0")).toBe(digest);
    one.remove(entry);
    expect(one.summary).toEqual({ entryCount: 0, rootDigest: 0n });
  });

  it("[V2-35] stands in an APPLY among those of IPv4, 30 of them fill one", () => {
    const changes = Array.from({ length: 61 }, () => ({ command: "add", ...PLAIN }) as const);
    expect(splitChanges(changes).map((part) => part.length)).toEqual([30, 30, 1]);
    const ipv4 = { command: "remove", source: 0xc0000201, group: 0xe9fc0001, maxTtl: 16 } as const;
    const request = { op: "apply", changes: [ipv4, ...changes.slice(0, 3), ipv4] } as const;
    expect(decodeRequestBody(OP.apply, encodeRequestBody(request))).toEqual({ ok: true, value: request });
  });

  it("[V2-37] fills a response to LIST with 29", () => {
    const entries = Array.from({ length: 80 }, () => PLAIN);
    const count = entriesThatFit(entries);
    expect(count).toBe(29);
    const answer = { op: "list", bucket: 5, isLast: true, entries: entries.slice(0, count) } as const;
    const body = encodeAnswer(answer, SUMMARY);
    expect(body.length).toBeLessThanOrEqual(1144);
    expect(decodeAnswer({ op: "list", bucket: 5 }, body)).toMatchObject({ status: "ok", answer });
  });
});

const REQUESTS: [keyof typeof bodies, V2Request][] = [
  ["LIST behind an (S,G)", { op: "list", bucket: 5, after: { source: PLAIN.source, group: PLAIN.group } }],
  [
    "LIST behind a prefix",
    { op: "list", bucket: 5, after: { source: 0n, group: ip("ff3e::8000:0"), groupLength: 112 } },
  ],
  ["STATS of the senders", { op: "stats", table: "sendersIpv6", cursor: 41 }],
  ["STATS of the denied", { op: "stats", table: "deniedIpv6", cursor: 41 }],
  ["MODE", { op: "mode", interface: "lan0", mode: "monitor" }],
];

const ANSWERS: [keyof typeof bodies, V2Request, V2Answer][] = [
  [
    "STATS of the senders, response",
    { op: "stats", table: "sendersIpv6", cursor: 41 },
    { op: "stats", table: "sendersIpv6", ...PAGE, rows: [SENDER_ROW] },
  ],
  [
    "STATS of the denied, response",
    { op: "stats", table: "deniedIpv6", cursor: 41 },
    { op: "stats", table: "deniedIpv6", ...PAGE, rows: [DENIED_ROW] },
  ],
  ["MODE, done", { op: "mode", interface: "lan0", mode: "monitor" }, { op: "mode", result: undefined }],
  ["MODE, no such interface", { op: "mode", interface: "x", mode: "enforce" }, { op: "mode", result: "no-interface" }],
];

describe("the bodies of version 3", () => {
  it.each(REQUESTS)("[V2-37] %s", (name, request) => {
    expect(toHex(encodeRequestBody(request))).toBe(bodies[name]);
    const body = atOffset(fromHex(bodies[name]));
    expect(decodeRequestBody(OP[request.op], body)).toEqual({ ok: true, value: request });
    for (let length = 0; length < body.length; length++) {
      const part = decodeRequestBody(OP[request.op], body.slice(0, length));
      expect(part).not.toEqual({ ok: true, value: request });
    }
  });

  it.each(ANSWERS)("[V2-37] %s", (name, request, answer) => {
    expect(toHex(encodeAnswer(answer, SUMMARY))).toBe(bodies[name]);
    const body = fromHex(bodies[name]);
    expect(decodeAnswer(request, body)).toEqual({ status: "ok", answer, summary: SUMMARY });
    for (let length = 0; length < body.length; length++) {
      expect(decodeAnswer(request, body.slice(0, length))).not.toMatchObject({ answer });
    }
  });

  it.each(["020464617461", "0105612f622020", "0100", "01104142434445464748494a4b4c4d4e4f50"])(
    "[V2-39] MODE with the body %s cannot be read",
    (hex) => {
      expect(decodeRequestBody(OP.mode, fromHex(hex))).toEqual({ ok: false, reason: "malformed" });
    },
  );
});

const SAP = fromHex("3000123420010db80000000000000000000000016170706c69636174696f6e2f73647000763d300d0a");
const EVENTS: [keyof typeof bodies, EventPayload][] = [
  ["EVENT: denied", { class: "denied", nowMs: 123_456, row: DENIED_ROW }],
  [
    "EVENT: SAP",
    {
      class: "sap",
      nowMs: 123_456,
      interface: "lan0",
      source: PLAIN.source,
      group: ip("ff05::2:7ffe"),
      datagramId: 77,
      lengthBytes: SAP.length,
      offset: 0,
      bytes: SAP,
    },
  ],
];

describe("an event of IPv6", () => {
  it.each(EVENTS)("[V2-38] %s", (name, event) => {
    expect(toHex(encodeEvent(event))).toBe(bodies[name]);
    expect(decodeEvent(atOffset(fromHex(bodies[name])))).toEqual(event);
  });

  it("[V2-38] of a class that is not known is dropped", () => {
    expect(decodeEvent(fromHex(`04${bodies["EVENT: denied"].slice(2)}`))).toBe(undefined);
  });

  it("[V2-38] carries a long SAP datagram in fragments of at most 1079 bytes", () => {
    const bytes = new Uint8Array(2200);
    const group = ip("ff05::2:7ffe");
    const name = "enp0s31f6.1234x";
    const fragments = fragmentSap({ class: "sap", interface: name, source: PLAIN.source, group, bytes }, 5);
    expect(fragments.map((fragment) => fragment.bytes.length)).toEqual([1079, 1079, 42]);
    expect(encodeEvent({ ...fragments[0], nowMs: 1 } as EventPayload).length).toBe(1144);
  });
});
