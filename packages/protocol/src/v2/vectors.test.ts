// SPDX-License-Identifier: MIT
import { describe, expect, it } from "vitest";
import { atOffset, fromHex, toHex } from "../../test/hex.ts";
import vectors from "../../test/vectors/v2.json" with { type: "json" };
import { parseIpv4 } from "../ipv4.ts";
import { nodeCrypto } from "../node-crypto.ts";
import {
  decodeAnswer,
  decodeEvent,
  decodeFrame,
  decodeHello,
  decodeHelloAnswer,
  decodeNoSession,
  decodeRequestBody,
  deriveHelloKey,
  deriveSessionKeys,
  Digest,
  differingBuckets,
  encodeAnswer,
  encodeEvent,
  encodeFrame,
  encodeHello,
  encodeHelloAnswer,
  encodeNoSession,
  encodeRequestBody,
  encodeStatusBody,
  isGenuine,
  OP,
  sign,
} from "./index.ts";
import type { DeniedRow, EventPayload, Frame, SenderEntry, V2Answer, V2Request } from "./index.ts";

const KEYS = vectors.keys;
const HELLO_KEY = fromHex(KEYS.helloKey);
const CLIENT_TO_SERVER = fromHex(KEYS.clientToServer);
const SERVER_TO_CLIENT = fromHex(KEYS.serverToClient);

function ip(text: string): number {
  return parseIpv4(text) ?? Number.NaN;
}

function entry(source: string, group: string, maxTtl: number): SenderEntry {
  return { source: ip(source), group: ip(group), maxTtl };
}

function open(hex: string): Frame {
  const decoded = decodeFrame(atOffset(fromHex(hex)));
  if (!decoded.ok) throw new Error(decoded.reason);
  return decoded.value;
}

/** Finds a vector by its name. */
function call(name: string) {
  const row = vectors.calls.find((other) => other.name === name);
  if (row === undefined) throw new Error(`no vector ${name}`);
  return { ...row, responseBody: row.responseBody ?? "", response: row.response ?? "" };
}

const SUMMARY = { entryCount: 2, rootDigest: BigInt("0x" + vectors.digests[2]?.rootDigest) };
const DENIED_ROW: DeniedRow = {
  interface: "lan0",
  source: ip("192.0.2.66"),
  group: ip("233.252.0.9"),
  reason: "TTL",
  ttl: 32,
  packets: 5,
  bytes: 500,
  firstMs: 1000,
  lastMs: 2000,
};
const SENDER_ROW = { ...entry("192.0.2.1", "233.252.0.1", 16), packets: 1000, bytes: 1_328_000 };

function expectNoPart(body: Uint8Array, decode: (part: Uint8Array) => unknown, whole: unknown): void {
  for (let length = 0; length < body.length; length++) expect(decode(body.slice(0, length))).not.toEqual(whole);
  expect(decode(Uint8Array.of(...body, 0))).not.toEqual(whole);
}

/** What the bodies of the vectors mean, written down apart from them. */
const MEANINGS: { name: string; request: V2Request; answer?: V2Answer }[] = [
  {
    name: "APPLY of two adds and a remove",
    request: {
      op: "apply",
      changes: [
        { command: "add", ...entry("192.0.2.1", "233.252.0.1", 16) },
        { command: "add", ...entry("198.51.100.7", "233.252.0.2", 255) },
        { command: "remove", ...entry("203.0.113.5", "233.252.0.3", 0) },
      ],
    },
    answer: { op: "apply", results: [undefined, "full", undefined] },
  },
  {
    name: "DIGEST from bucket 1022",
    request: { op: "digest", from: 1022 },
    answer: {
      op: "digest",
      from: 1022,
      buckets: [
        { digest: 0xeeeeeeeeeeeeeeeen, count: 3 },
        { digest: 0n, count: 0 },
      ],
    },
  },
  {
    name: "LIST of bucket 5",
    request: { op: "list", bucket: 5 },
    answer: { op: "list", bucket: 5, isLast: false, entries: [entry("192.0.2.1", "233.252.0.1", 16)] },
  },
  {
    name: "LIST of bucket 5, next page",
    request: { op: "list", bucket: 5, after: { source: ip("192.0.2.1"), group: ip("233.252.0.1") } },
    answer: { op: "list", bucket: 5, isLast: true, entries: [] },
  },
  {
    name: "STATS of the status",
    request: { op: "stats", table: "status", cursor: 0 },
    answer: {
      op: "stats",
      table: "status",
      cursor: 2,
      latest: 2,
      nowMs: 123_456,
      status: {
        filter: "bpf",
        mode: "monitor",
        sendersMax: 262_144,
        passedPackets: 99,
        refusedPackets: { UNKNOWN: 11, TTL: 12, REGISTER: 13, MALFORMED: 14, EXPIRED: 15, SPOOF: 16, RATE: 17 },
        interfaces: [
          { name: "lan0", isAttached: true },
          { name: "vlan9", isAttached: false },
        ],
      },
    },
  },
  {
    name: "STATS of the senders since 41",
    request: { op: "stats", table: "senders", cursor: 41 },
    answer: {
      op: "stats",
      table: "senders",
      cursor: 42,
      latest: 42,
      nowMs: 123_456,
      rows: [{ ...SENDER_ROW, refusedPackets: 2, lastMs: 123_000 }],
    },
  },
  {
    name: "STATS of the denied",
    request: { op: "stats", table: "denied", cursor: 0 },
    answer: { op: "stats", table: "denied", cursor: 1, latest: 1, nowMs: 123_456, rows: [DENIED_ROW] },
  },
  {
    name: "SUBSCRIBE to both classes",
    request: { op: "subscribe", classes: ["denied", "sap"], leaseSeconds: 30, eventsPerSecondMax: 100 },
    answer: { op: "subscribe", leaseSeconds: 30 },
  },
  { name: "PING", request: { op: "ping" }, answer: { op: "ping" } },
];

const SAP = fromHex("20001234c00002016170706c69636174696f6e2f73647000763d300d0a");
const EVENTS: EventPayload[] = [
  { class: "denied", nowMs: 123_456, row: DENIED_ROW },
  {
    class: "sap",
    nowMs: 123_456,
    interface: "lan0",
    source: ip("192.0.2.1"),
    group: ip("239.255.255.255"),
    datagramId: 77,
    lengthBytes: SAP.length,
    offset: 0,
    bytes: SAP,
  },
];

describe("v2 keys", () => {
  const psk = fromHex(KEYS.psk);

  it("[V2-4] are derived as an independent implementation derives them", () => {
    expect(toHex(deriveHelloKey(nodeCrypto, psk))).toBe(KEYS.helloKey);
    const nonces = { client: fromHex(KEYS.clientNonce), server: fromHex(KEYS.serverNonce) };
    const keys = deriveSessionKeys(nodeCrypto, psk, nonces);
    expect(keys.sessionId).toBe(BigInt("0x" + KEYS.sessionId));
    expect(toHex(keys.clientToServer)).toBe(KEYS.clientToServer);
    expect(toHex(keys.serverToClient)).toBe(KEYS.serverToClient);
  });
});

describe("v2 frames", () => {
  it.each(vectors.calls)("[V2-1] $name: header, body and MAC", (row) => {
    const request = open(row.request);
    const sessionId = row.op === OP.hello ? 0n : BigInt("0x" + KEYS.sessionId);
    const bootEpoch = row.op === OP.hello ? 0 : 1000;
    const header = { op: row.op, keyId: 7, term: 3, sequence: row.sequence };
    expect(request).toMatchObject({ ...header, kind: "request", sessionId, bootEpoch });
    expect(toHex(request.body)).toBe(row.requestBody);
    const key = row.op === OP.hello ? HELLO_KEY : CLIENT_TO_SERVER;
    expect(isGenuine(nodeCrypto, key, request)).toBe(true);
    expect(toHex(encodeFrame(request, request.body, (signed) => sign(nodeCrypto, key, signed)))).toBe(row.request);
  });

  it.each(vectors.calls.filter((row) => row.response))("[V2-3] $name: the response belongs to its request", (row) => {
    const request = open(row.request);
    const response = open(row.response ?? "");
    const key = row.op === OP.hello ? HELLO_KEY : SERVER_TO_CLIENT;
    expect(response).toMatchObject({ kind: "response", op: row.op, bootEpoch: 1000, sequence: row.sequence });
    expect(isGenuine(nodeCrypto, key, response, request.mac)).toBe(true);
    expect(isGenuine(nodeCrypto, key, response)).toBe(false);
    expect(isGenuine(nodeCrypto, key, response, new Uint8Array(16))).toBe(false);
    const bytes = encodeFrame(response, response.body, (signed) => sign(nodeCrypto, key, request.mac, signed));
    expect(toHex(bytes)).toBe(row.response);
  });

  it("[V2-2] is 56 to 1200 bytes long, begins with M2 and has one of three flags", () => {
    for (let length = 0; length <= 1300; length++) {
      const bytes = new Uint8Array(length);
      bytes.set([0x4d, 0x32].slice(0, length));
      expect(decodeFrame(bytes).ok).toBe(length >= 56 && length <= 1200);
    }
    for (let flags = 0; flags < 256; flags++) {
      const bytes = new Uint8Array(56);
      bytes.set([0x4d, 0x32, flags]);
      const decoded = decodeFrame(bytes);
      expect(decoded.ok ? decoded.value.kind : decoded.reason).toBe(["request", "response", "event"][flags] ?? "flags");
    }
    const ping = fromHex(call("PING").request);
    for (const index of [0, 1]) {
      const other = ping.slice();
      other[index] = 0;
      expect(decodeFrame(other)).toEqual({ ok: false, reason: "magic" });
    }
  });

  it("[V2-2] a term, sequence or boot epoch above 2^53 - 1 is none", () => {
    for (const offset of [16, 24, 32]) {
      const bytes = fromHex(call("PING").request);
      bytes.set(fromHex("001fffffffffffff"), offset);
      expect(decodeFrame(bytes).ok).toBe(true);
      bytes.set(fromHex("0020000000000000"), offset);
      expect(decodeFrame(bytes)).toEqual({ ok: false, reason: "number" });
    }
  });

  it("[V2-9] the answer without a session is 40 bytes", () => {
    const request = { ...open(call("PING").request), sequence: 9 };
    expect(toHex(encodeNoSession(request, vectors.bootEpoch))).toBe(vectors.noSession);
    const header = { kind: "response", op: 0, keyId: 7, term: 0, sequence: 9, bootEpoch: 1000 };
    expect(decodeNoSession(atOffset(fromHex(vectors.noSession)))).toMatchObject(header);
    expect(decodeNoSession(fromHex(call("PING").request))).toBe(undefined);
    for (const flags of ["00", "02", "03"]) {
      expect(decodeNoSession(fromHex(vectors.noSession.replace("4d3201", "4d32" + flags)))).toBe(undefined);
    }
  });
});

describe("v2 bodies", () => {
  it.each(MEANINGS)("[V2-24] $name: request", ({ name, request }) => {
    const { op, requestBody } = call(name);
    expect(toHex(encodeRequestBody(request))).toBe(requestBody);
    expect(decodeRequestBody(op, atOffset(fromHex(requestBody)))).toEqual({ ok: true, value: request });
  });

  it.each(MEANINGS)("[V2-23] $name: response", ({ name, request, answer }) => {
    const { responseBody } = call(name);
    const decoded = decodeAnswer(request, atOffset(fromHex(responseBody)));
    expect(decoded).toEqual({ status: "ok", answer, summary: SUMMARY });
    if (answer !== undefined) expect(toHex(encodeAnswer(answer, SUMMARY))).toBe(responseBody);
  });

  it.each(MEANINGS)("[V2-24] $name: no prefix and no continuation is a body", ({ name, request, answer }) => {
    const { op, requestBody, responseBody } = call(name);
    expectNoPart(fromHex(requestBody), (part) => decodeRequestBody(op, part), { ok: true, value: request });
    expectNoPart(fromHex(responseBody), (part) => decodeAnswer(request, part), {
      status: "ok",
      answer,
      summary: SUMMARY,
    });
  });

  it("[V2-24] a status other than 0 stands alone", () => {
    const { responseBody } = call("PING under a stale term");
    const refused = { status: "stale-term", summary: SUMMARY };
    expect(decodeAnswer({ op: "ping" }, fromHex(responseBody))).toEqual(refused);
    expect(toHex(encodeStatusBody("stale-term", SUMMARY))).toBe(responseBody);
    for (let status = 4; status < 256; status++) {
      const body = fromHex(responseBody);
      body[0] = status;
      expect(decodeAnswer({ op: "ping" }, body)).toBe(undefined);
    }
  });

  it("[V2-24] of all 256 operations seven are requests of a session", () => {
    const known = new Set<number>([OP.apply, OP.digest, OP.list, OP.stats, OP.subscribe, OP.ping, OP.mode]);
    for (let op = 0; op < 256; op++) {
      const decoded = decodeRequestBody(op, new Uint8Array(0));
      expect(!decoded.ok && decoded.reason === "unsupported").toBe(!known.has(op));
    }
  });

  it("[V2-6] HELLO", () => {
    const nonce = fromHex(KEYS.clientNonce);
    for (const [name, replaces] of [
      ["HELLO", []],
      ["HELLO that replaces a session", [0xababababababababn]],
    ] as const) {
      const { requestBody } = call(name);
      expect(toHex(encodeHello({ version: 1, nonce, replaces }))).toBe(requestBody);
      expect(decodeHello(atOffset(fromHex(requestBody)))).toEqual({ version: 1, nonce, replaces });
      expect(decodeHello(fromHex(requestBody).slice(0, 37))).toBe(undefined);
      expect(decodeHello(fromHex(requestBody + "00"))).toEqual({ version: 1, nonce, replaces });
    }
    const tooMany = fromHex(call("HELLO").requestBody + "00".repeat(400));
    tooMany[17] = 33;
    expect(decodeHello(tooMany)).toBe(undefined);
  });

  it("[V2-6] the answer to HELLO", () => {
    const { responseBody } = call("HELLO");
    const nonce = fromHex(KEYS.serverNonce);
    const answer = { ...SUMMARY, version: 1, nonce, capabilities: 0, sendersMax: 262_144 };
    expect(toHex(encodeHelloAnswer(answer))).toBe(responseBody);
    expect(decodeHelloAnswer(atOffset(fromHex(responseBody)))).toEqual(answer);
    for (let length = 0; length < 38; length++) {
      expect(decodeHelloAnswer(fromHex(responseBody).slice(0, length))).toBe(undefined);
    }
  });

  it.each(vectors.events.map((row, index) => ({ ...row, event: EVENTS[index] })))("[V2-16] $name", (row) => {
    const frame = open(row.frame);
    expect(frame).toMatchObject({ kind: "event", op: OP.event, sequence: row.sequence });
    expect(isGenuine(nodeCrypto, SERVER_TO_CLIENT, frame)).toBe(true);
    expect(decodeEvent(frame.body)).toEqual(row.event);
    if (row.event !== undefined) expect(toHex(encodeEvent(row.event))).toBe(row.body);
    // 30 bytes are in front of the first byte of a SAP datagram.
    for (let length = 0; length <= 30; length++) expect(decodeEvent(frame.body.slice(0, length))).toBe(undefined);
  });
});

describe("v2 SAP fragments", () => {
  it.each([
    ["ends behind the datagram", 29, 1],
    ["begins behind it", 29, 60_000],
    ["is of a datagram that is too long", 8193, 0],
  ])("[V2-17] a fragment that %s is none", (_, lengthBytes, offset) => {
    const sap = { class: "sap", interface: "lan0", source: 1, group: 2, datagramId: 1, nowMs: 0 } as const;
    const body = (options: object) =>
      encodeEvent({ ...sap, bytes: SAP, lengthBytes: SAP.length, offset: 0, ...options });
    expect(decodeEvent(body({}))).toBeDefined();
    expect(decodeEvent(body({ lengthBytes, offset }))).toBe(undefined);
  });
});

describe("v2 digest", () => {
  const sets = vectors.digests.map((row) => ({ ...row, count: row.entries.length }));

  it.each(sets)("[V2-12] of $count entries", (row) => {
    const entries = row.entries.map(({ source, group, maxTtl }) => entry(source, group, maxTtl));
    const digest = Digest.of(entries);
    expect(digest.summary).toEqual({ entryCount: row.entryCount, rootDigest: BigInt("0x" + row.rootDigest) });
    const expected = new Map(row.buckets.map((bucket) => [bucket.bucket, bucket]));
    for (let index = 0; index < 1024; index++) {
      const { digest: hash, count } = expected.get(index) ?? { digest: "0", count: 0 };
      expect(digest.bucket(index)).toEqual({ digest: BigInt("0x" + hash), count });
    }
  });

  it("[V2-12] adding and removing in any order ends at the same digest, and at 0 when nothing is left", () => {
    const entries = (vectors.digests[3]?.entries ?? []).map((row) => entry(row.source, row.group, row.maxTtl));
    const digest = Digest.of(entries.toReversed());
    expect(digest.summary).toEqual(Digest.of(entries).summary);
    for (const row of entries.slice(1)) digest.remove(row);
    expect(digest.summary).toEqual(Digest.of(entries.slice(0, 1)).summary);
    for (const row of entries.slice(0, 1)) digest.remove(row);
    expect(digest.summary).toEqual({ entryCount: 0, rootDigest: 0n });
  });

  it("[V2-12] one changed TTL differs in one bucket", () => {
    const entries = (vectors.digests[3]?.entries ?? []).map((row) => entry(row.source, row.group, row.maxTtl));
    const theirs = Digest.of(entries.map((row, index) => (index === 50 ? { ...row, maxTtl: row.maxTtl + 1 } : row)));
    const buckets = Array.from({ length: 1024 }, (_, index) => theirs.bucket(index));
    expect(differingBuckets(Digest.of(entries), buckets).length).toBe(1);
    expect(differingBuckets(theirs, buckets)).toEqual([]);
  });
});
