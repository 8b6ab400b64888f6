// SPDX-License-Identifier: MIT
import { expect, it } from "vitest";
import { V2Pair } from "../../test/support/v2-pair.ts";
import { decodeFrame, decodeHelloAnswer, Digest } from "../v2/index.ts";
import type { Change, SenderEntry } from "../v2/index.ts";
import { applyAll, listAll, readLimited, readSenders } from "./index.ts";

const SOURCE = 0xc0000201;
const GROUP = 0xe9fc0000;
const PLAIN = { source: SOURCE, group: GROUP + 1, maxTtl: 16 };
const LIMITED = {
  ...PLAIN,
  group: GROUP + 2,
  rateBytesPerSecond: 1_250_000,
  burstBytes: 15_000,
  interface: "lan0",
  mac: "00:00:5e:00:53:01",
};

function add(entry: SenderEntry): Change {
  return { command: "add", ...entry };
}

it("[V2-30] limits reach the table and come back, and the digests agree", async () => {
  const pair = new V2Pair().open();
  const hello = decodeFrame(pair.toClient[0] ?? new Uint8Array());
  expect(hello.ok && decodeHelloAnswer(hello.value.body)).toMatchObject({ capabilities: 127 });
  const entries = [PLAIN, LIMITED, { ...PLAIN, source: 0 }, { ...PLAIN, group: GROUP, groupLength: 24 }];
  expect(await applyAll(pair.call, entries.map(add))).toEqual([undefined, undefined, undefined, undefined]);
  pair.nowMs = 2000;
  const listed = await listAll(pair.call);
  expect(new Set(listed)).toEqual(new Set(entries));
  expect(pair.sessions[0] && (await pair.call({ op: "ping" })).rootDigest).toBe(Digest.of(entries).summary.rootDigest);
});

it("[V2-30] an add without limits takes them away, and a remove needs none", async () => {
  const pair = new V2Pair().open();
  await applyAll(pair.call, [add(LIMITED), add({ ...PLAIN, leaseSeconds: 9 })]);
  await applyAll(pair.call, [add({ ...PLAIN, group: LIMITED.group }), { ...PLAIN, command: "remove" }]);
  expect(await listAll(pair.call)).toEqual([{ ...PLAIN, group: LIMITED.group }]);
});

it("[V2-31] a lease ends on the boot clock, shows what is left, and the entry goes a minute later", async () => {
  const pair = new V2Pair().open();
  pair.advance(5000);
  await applyAll(pair.call, [add(PLAIN), add({ ...LIMITED, leaseSeconds: 60 })]);
  expect(pair.table.applied.at(-1)).toMatchObject({ expiresMs: 65_000 });
  pair.advance(10_500);
  expect(await listAll(pair.call)).toContainEqual({ ...LIMITED, leaseSeconds: 50 });
  pair.advance(49_499);
  expect(await listAll(pair.call)).toContainEqual({ ...LIMITED, leaseSeconds: 1 });
  pair.advance(10_001);
  expect(await listAll(pair.call)).toEqual([PLAIN]);
  expect(await pair.call({ op: "ping" })).toMatchObject({
    entryCount: 1,
    rootDigest: Digest.of([PLAIN]).summary.rootDigest,
  });
  expect(pair.table.entries.size).toBe(2);
  pair.advance(60_000);
  await pair.call({ op: "ping" });
  expect([...pair.table.entries.values()]).toEqual([PLAIN]);
});

it("[V2-32] prefixes of one (S,G) are listed each, also over the end of a page", async () => {
  const pair = new V2Pair().open();
  const group = 0xe0000000;
  const lengths = Array.from({ length: 20 }, (_, index) => 4 + index);
  const entries = lengths.map((groupLength) => ({ source: SOURCE, group, groupLength, maxTtl: 16, mac: LIMITED.mac }));
  const long = entries.map((entry) => ({
    ...entry,
    interface: "enp0s31f6.1234x",
    rateBytesPerSecond: 1,
    burstBytes: 1,
  }));
  await applyAll(pair.call, [...entries, ...long].map(add));
  expect(await listAll(pair.call)).toEqual(long);
  await applyAll(pair.call, [{ command: "remove", source: SOURCE, group, groupLength: 9, maxTtl: 0 }]);
  expect((await listAll(pair.call)).map((entry) => entry.groupLength)).toEqual(
    lengths.filter((length) => length !== 9),
  );
});

it("[V2-34] STATS gives senders with limits apart, and the senders without wildcards", async () => {
  const pair = new V2Pair().open();
  const counters = { packets: 1, bytes: 60, refusedPackets: 2, lastMs: 7 };
  const wildcard = { ...PLAIN, source: 0, ...counters };
  const rows = Array.from({ length: 30 }, (_, index) => ({ ...LIMITED, source: SOURCE + index, ...counters }));
  pair.table.senderRows = [
    { ...PLAIN, ...counters },
    wildcard,
    ...rows,
    { ...PLAIN, source: SOURCE + 99, ...counters, expiresMs: 9500 },
  ];
  pair.nowMs = 1000;
  const limited = await readLimited(pair.call, 0);
  expect(limited.rows).toEqual([wildcard, ...rows, { ...PLAIN, source: SOURCE + 99, ...counters, leaseSeconds: 9 }]);
  const senders = await readSenders(pair.call, 0);
  expect(senders.rows.map((row) => row.source)).toEqual([SOURCE, ...rows.map((row) => row.source), SOURCE + 99]);
  pair.advance(1000);
  pair.table.senderRows = [{ ...PLAIN, ...counters, rateBytesPerSecond: 1, burstBytes: 1 }];
  const changed = await readLimited(pair.call, limited.cursor);
  expect(changed.rows).toEqual(pair.table.senderRows);
});
