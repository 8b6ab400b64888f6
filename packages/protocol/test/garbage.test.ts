// SPDX-License-Identifier: MIT
import { describe, expect, it } from "vitest";
import { MemorySlots, V1Server } from "../src/rpc/index.ts";
import { decodeRequest, decodeResponse } from "../src/v1/index.ts";
import {
  decodeAnswer,
  decodeEvent,
  decodeFrame,
  decodeHello,
  decodeHelloAnswer,
  decodeNoSession,
  decodeRequestBody,
} from "../src/v2/index.ts";
import { fromHex } from "./hex.ts";
import { Random } from "./simulation/random.ts";
import { makeServer, V2Pair } from "./support/v2-pair.ts";
import vectors from "./vectors/v2.json" with { type: "json" };

const ROUNDS = 20_000;
const REQUESTS = [
  { op: "apply", changes: [{ command: "add", source: 1, group: 2, maxTtl: 3 }] },
  { op: "digest", from: 0 },
  { op: "list", bucket: 0 },
  { op: "stats", table: "status", cursor: 0 },
  { op: "stats", table: "senders", cursor: 0 },
  { op: "stats", table: "denied", cursor: 0 },
  { op: "subscribe", classes: [], leaseSeconds: 0, eventsPerSecondMax: 0 },
  { op: "ping" },
] as const;
const SAMPLES = [
  ...vectors.calls.flatMap((row) => [row.request, row.response ?? "", row.requestBody, row.responseBody ?? ""]),
  ...vectors.events.flatMap((row) => [row.frame, row.body]),
].map(fromHex);

/** Noise, or a sample with bytes changed, cut off or added. */
function garbage(random: Random): Uint8Array {
  const sample = SAMPLES[random.below(SAMPLES.length)];
  if (sample === undefined || random.chance(0.3)) return random.bytes(random.below(1300));
  const bytes = Uint8Array.of(...sample, ...random.bytes(random.chance(0.3) ? random.below(20) : 0));
  for (let count = random.below(4); count > 0; count--) bytes[random.below(bytes.length)] = random.below(256);
  return bytes.subarray(0, random.chance(0.3) ? random.below(bytes.length + 1) : bytes.length);
}

describe("garbage", () => {
  it("[V2-24] no decoder throws, and none makes more than its bytes can say", () => {
    const random = new Random(1);
    for (let round = 0; round < ROUNDS; round++) {
      const bytes = garbage(random);
      decodeRequest(bytes);
      decodeResponse(bytes);
      decodeFrame(bytes);
      decodeNoSession(bytes);
      decodeHello(bytes);
      decodeHelloAnswer(bytes);
      decodeEvent(bytes);
      for (const request of REQUESTS) decodeAnswer(request, bytes);
      const decoded = decodeRequestBody(random.below(10), bytes);
      if (decoded.ok && decoded.value.op === "apply")
        expect(decoded.value.changes.length * 14).toBeLessThanOrEqual(bytes.length);
    }
  });

  it("[V2-3] no garbage moves a server or a client, and each piece is counted", () => {
    const random = new Random(2);
    const { server, table } = makeServer();
    const pair = new V2Pair().open();
    const executed: unknown[] = [];
    const v1 = new V1Server({
      memory: new MemorySlots(),
      allow: () => false,
      execute: (call) => void executed.push(call),
    });
    for (let round = 0; round < ROUNDS; round++) {
      const bytes = garbage(random);
      const peer = { address: random.below(2 ** 32), port: random.below(65_536) };
      for (const answer of server.receive(peer, bytes, round))
        expect(answer.bytes.length).toBeLessThanOrEqual(bytes.length);
      expect(v1.receive(peer, bytes, round)).toBe(undefined);
      pair.caller.receive(bytes, round);
    }
    expect([executed, table.applied, pair.table.applied, pair.events]).toEqual([[], [], [], []]);
    expect(pair.caller.client.state).toBe("open");
    const { received, hellos, repeated: _, ...classes } = server.counters;
    const dropped = Object.entries(classes).reduce(
      (sum, [name, count]) => sum + (name.startsWith("dropped") ? count : 0),
      0,
    );
    expect([received, dropped + hellos]).toEqual([ROUNDS, ROUNDS]);
  });
});
