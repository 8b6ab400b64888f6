// SPDX-License-Identifier: MIT
// What the benchmark measures: one input, read by us and by sdp-transform.
import { globSync, readFileSync } from "node:fs";
import path from "node:path";
import sdpTransform from "sdp-transform";
import { decodeSap, encodeSap } from "../src/sap/packet.ts";
import { parseSdp } from "../src/sdp/parse.ts";
import { SessionDirectory } from "../src/sessions.ts";
import type { Heard } from "../src/sessions.ts";

/** Each is run for at least so long in one round. */
const ROUND_MS_MIN = 300;
const HEADER_LENGTH_BYTES = 8 + "application/sdp\0".length;

/** The same datagrams and payloads, as each side takes them. */
export interface Input {
  readonly datagrams: readonly Heard[];
  readonly payloads: readonly Uint8Array[];
}

/** Announcements of AES67 devices, one session each, 16 from each source. */
export function aes67Input(count: number): Input {
  return inputOf(Array.from({ length: count }, (_, index) => aes67(index)));
}

/** Every description of the corpus that we and sdp-transform both take. */
export function corpusInput(): Input {
  const folder = path.join(import.meta.dirname, "corpus/sdp");
  const payloads = globSync("*.sdp", { cwd: folder })
    .sort()
    .map((file) => new Uint8Array(readFileSync(path.join(folder, file))));
  return inputOf(payloads.filter((payload) => parseSdp(payload).ok && payload.length < 8000));
}

/** Payloads a second that sdp-transform reads, once as text. */
export function sdpTransformRate({ payloads }: Input): number {
  const utf8 = new TextDecoder();
  return rateOf(payloads, (payload) => sdpTransform.parse(utf8.decode(payload)));
}

/** Datagrams a second from SAP to a typed description. */
export function parseRate({ datagrams }: Input): number {
  return rateOf(datagrams, ({ bytes }) => {
    const packet = decodeSap(bytes);
    return packet.ok && parseSdp(packet.value.payload);
  });
}

/** Datagrams a second that become sessions of a directory. */
export function newcomerRate({ datagrams }: Input): number {
  const sessions = datagrams.length;
  let [heard, spentMs] = [0, 0];
  while (spentMs < ROUND_MS_MIN) {
    const directory = new SessionDirectory();
    const startMs = performance.now();
    for (const one of datagrams) directory.hear(one, { monotonicMs: 0, wallMs: 1_800_000_000_000 });
    spentMs += performance.now() - startMs;
    if (directory.size !== sessions) throw new Error(`${directory.size} sessions of ${sessions}`);
    heard += sessions;
  }
  return (heard * 1000) / spentMs;
}

/** Datagrams a second that a directory knows already. */
export function refreshRate({ datagrams }: Input): number {
  const directory = new SessionDirectory();
  let monotonicMs = 0;
  const hear = (one: Heard): unknown => directory.hear(one, { monotonicMs, wallMs: 1_800_000_000_000 + monotonicMs });
  for (const one of datagrams) hear(one);
  const rate = rateOf(datagrams, (one, index) => {
    if (index === 0) monotonicMs += 30_000;
    return hear(one);
  });
  if (directory.counters.announcements !== datagrams.length) throw new Error("a refresh was taken for a change");
  return rate;
}

function rateOf<Item>(items: readonly Item[], act: (item: Item, index: number) => unknown): number {
  const startMs = performance.now();
  let [done, spentMs] = [0, 0];
  while (spentMs < ROUND_MS_MIN) {
    for (const [index, item] of items.entries()) act(item, index);
    done += items.length;
    spentMs = performance.now() - startMs;
  }
  return (done * 1000) / spentMs;
}

function inputOf(payloads: readonly Uint8Array[]): Input {
  const datagrams = payloads.map((payload, index): Heard => {
    const source = `198.51.100.${(index >> 4) & 0xff}`;
    const bytes = encodeSap({
      deletion: false,
      messageIdHash: (index & 0xffff) + 1,
      originatingSource: source,
      payload,
    });
    return { bytes, source, sapGroup: "239.255.255.255", interface: "lan0", mrouter: null };
  });
  return { datagrams, payloads: datagrams.map(({ bytes }) => bytes.subarray(HEADER_LENGTH_BYTES)) };
}

function aes67(index: number): Uint8Array {
  const group = `239.69.${(index >> 8) & 0xff}.${index & 0xff}`;
  const lines = [
    "v=0",
    `o=- ${1_000_000 + index} 1 IN IP4 198.51.100.${(index >> 4) & 0xff}`,
    `s=Stage box ${index >> 3} : ${index & 7}`,
    `c=IN IP4 ${group}/15`,
    "t=0 0",
    "a=keywds:Dante",
    "m=audio 5004 RTP/AVP 97",
    "i=8 channels: 1, 2, 3, 4, 5, 6, 7, 8",
    "a=recvonly",
    "a=rtpmap:97 L24/48000/8",
    "a=ptime:1",
    "a=ts-refclk:ptp=IEEE1588-2008:00-00-5E-00-53-01-00-00:0",
    "a=mediaclk:direct=142410716",
  ];
  return new TextEncoder().encode(`${lines.join("\r\n")}\r\n`);
}
