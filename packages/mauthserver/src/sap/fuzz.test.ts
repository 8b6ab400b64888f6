// SPDX-License-Identifier: MIT
import { globSync, readFileSync } from "node:fs";
import path from "node:path";
import * as fc from "fast-check";
import sdpTransform from "sdp-transform";
import { describe, expect, it } from "vitest";
import { SessionDirectory } from "../sessions.ts";
import { parseSdp } from "../sdp/parse.ts";
import { decodeSap, encodeSap } from "./packet.ts";

const CORPUS = path.join(import.meta.dirname, "../../test/corpus");
/** The unit run takes about a second; MAUTH_FUZZ=20000000 is the soak. */
const RUNS = Number(process.env["MAUTH_FUZZ"] ?? 10_000);
const DATAGRAM_MS_MAX = 50;
const TIMEOUT_MS = 60_000 + RUNS;

function read(pattern: string): Uint8Array[] {
  return globSync(pattern, { cwd: CORPUS }).map((file) => new Uint8Array(readFileSync(path.join(CORPUS, file))));
}

const header = { deletion: false, messageIdHash: 7, originatingSource: "192.0.2.1" };
const seeds = [
  ...read("datagrams/*.bin").filter((bytes) => bytes.length <= 8192),
  ...read("sdp/*.sdp").map((payload) => encodeSap({ ...header, payload })),
  ...read("sdp/*.sdp").map((payload) => encodeSap({ ...header, payload, compressed: true })),
];

interface Mutation {
  readonly at: number;
  readonly bytes: Uint8Array;
  readonly removed: number;
}

/** Replaces a stretch of bytes, with positions as fractions so that they fit any seed. */
function mutate(seed: Uint8Array, mutations: readonly Mutation[]): Uint8Array {
  let bytes = seed;
  for (const { at, bytes: put, removed } of mutations) {
    const index = Math.floor(at * bytes.length);
    bytes = Uint8Array.from([...bytes.subarray(0, index), ...put, ...bytes.subarray(index + removed)]);
  }
  return bytes;
}

const interesting = fc.constantFrom(
  ..."\r\n,\0,/,:, ,=,v=0,o=,m=,c=IN IP4 ,t=,a=source-filter: incl IN IP4 * ,4294967296,-1".split(","),
);
const mutation = fc.record({
  at: fc.double({ min: 0, max: 1, noNaN: true }),
  bytes: fc.oneof(
    fc.uint8Array({ maxLength: 8 }),
    interesting.map((text) => new TextEncoder().encode(text)),
  ),
  removed: fc.nat(12),
});
const datagram = fc.oneof(
  fc.uint8Array({ maxLength: 400 }),
  fc
    .tuple(fc.constantFrom(...seeds), fc.array(mutation, { maxLength: 6 }))
    .map(([seed, mutations]) => mutate(seed, mutations)),
);

/** Processor time of this thread in ms: by the wall clock, what took long is often another process. */
function timed(run: () => unknown): number {
  const before = process.threadCpuUsage();
  run();
  const { user, system } = process.threadCpuUsage(before);
  return (user + system) / 1000;
}

function decodeAndParse(bytes: Uint8Array): void {
  const packet = decodeSap(bytes);
  if (packet.ok) parseSdp(packet.value.payload);
}

describe("whatever bytes come", () => {
  it(
    "[SDP-15] nothing throws, nothing takes long, and the directory stays within its bounds",
    () => {
      const limits = {
        sessionsMax: 500,
        sessionsPerSourceMax: 200,
        keptBytesMax: 400_000,
        keptBytesPerSourceMax: 200_000,
      };
      const directory = new SessionDirectory(limits);
      let second = 0;
      let slowest: { readonly ms: number; readonly bytes: Uint8Array } = { ms: 0, bytes: new Uint8Array() };
      const sources = ["192.0.2.1", "192.0.2.2", "192.0.2.3", "2001:db8::1"];
      const property = fc.property(datagram, fc.constantFrom(...sources), (bytes, source) => {
        const now = { monotonicMs: (second += 1) * 1000, wallMs: 1_800_000_000_000 + second * 1000 };
        const hear = (): unknown => directory.hear({ bytes, source, sapGroup: "", interface: "", mrouter: null }, now);
        directory.expire(now);
        const elapsedMs = timed(hear);
        // Garbage may have been collected meanwhile: what is slow in itself is slow again.
        const slowMs =
          elapsedMs <= slowest.ms
            ? 0
            : Math.min(
                elapsedMs,
                timed(() => decodeAndParse(bytes)),
              );
        if (slowMs > slowest.ms) slowest = { ms: slowMs, bytes };
        return directory.size <= limits.sessionsMax && directory.keptBytes <= limits.keptBytesMax;
      });
      fc.assert(property, { numRuns: RUNS });
      const counted = Object.values(directory.counters).reduce((sum, count) => sum + count, 0);
      expect(counted).toBe(RUNS);
      expect(directory.counters.announcements + directory.counters.refreshes).toBeGreaterThan(RUNS / 30); // Not all is noise.
      expect(slowest.ms, Buffer.from(slowest.bytes).toString("base64")).toBeLessThan(DATAGRAM_MS_MAX);
    },
    TIMEOUT_MS,
  );

  it("[SDP-15] the longest payload of each line type is read in time", () => {
    const head = "v=0\no=- 1 1 IN IP4 192.0.2.1\n";
    const lines = [
      "a=",
      "m=video 1 udp 33\n",
      "c=IN IP4 233.252.0.1/1/256\n",
      "t=0 0\n",
      "r=1 2 3\n",
      "b=AS:1\n",
      "a=rtpmap:1 x/1\n",
    ];
    for (const line of [
      ...lines,
      "a=source-filter: incl IN IP4 * 192.0.2.1\n",
      " ",
      "\r",
      "a=charset:",
      "m=video 1 udp",
    ]) {
      const payload = new TextEncoder().encode(head + line.repeat(Math.floor(65_000 / line.length)));
      const fastestMs = Math.min(...[1, 2, 3].map(() => timed(() => parseSdp(payload))));
      expect(fastestMs, JSON.stringify(line)).toBeLessThan(DATAGRAM_MS_MAX);
    }
  });
});

/** sdp-transform keeps one of several c=, drops an m= with a number of ports, and reads UTF-8 only. */
function isWithinItsReach(text: string): boolean {
  const beyond = [
    /\ufffd/,
    /^a=charset:(?!utf-8)/im,
    /^m=\w+ \d+\//m,
    /^c=.*\/\d+\//m,
    /^c=.* \//m,
    /^c=.*\n(?:[^m].*\n)*c=/m,
  ];
  return text.startsWith("v=0") && !beyond.some((pattern) => pattern.test(text.replaceAll("\r", "")));
}

describe("beside sdp-transform", () => {
  const files = globSync("sdp/*.sdp", { cwd: CORPUS }).sort();
  it.each(files)("[SDP-1] %s has the same title, o= and media", (file) => {
    const bytes = new Uint8Array(readFileSync(path.join(CORPUS, file)));
    const text = new TextDecoder().decode(bytes);
    const ours = parseSdp(bytes);
    if (!isWithinItsReach(text) || !ours.ok) return;
    const theirs = sdpTransform.parse(text);
    const { origin, title, media } = ours.value;
    expect(title).toBe(theirs.name?.trim());
    expect(origin).toMatchObject({
      username: theirs.origin?.username,
      sessId: String(theirs.origin?.sessionId),
      address: theirs.origin?.address,
    });
    expect(media.map(({ type, port, proto }) => ({ type, port, proto }))).toEqual(
      theirs.media.map(({ type, port, protocol }) => ({ type, port, proto: protocol })),
    );
    expect(media.map((one) => one.groups[0] ?? one.unicast[0] ?? one.hosts[0])).toEqual(
      theirs.media.map((one) => (one.connection ?? theirs.connection)?.ip.split("/")[0]?.toLowerCase()),
    );
  });

  it("[SDP-1] most of the corpus is within its reach, so that the comparison says something", () => {
    const texts = files.map((file) => readFileSync(path.join(CORPUS, file), "utf8"));
    expect(texts.filter(isWithinItsReach).length).toBeGreaterThan(files.length * 0.7);
  });
});
