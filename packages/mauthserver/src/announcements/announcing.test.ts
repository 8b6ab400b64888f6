// SPDX-License-Identifier: MIT
import { AnnouncementRequest } from "@mauth/protocol/api";
import type { Announcement, AnnouncementInput, Session } from "@mauth/protocol/api";
import { afterEach, beforeEach, expect, it } from "vitest";
import type { Clock } from "../clock.ts";
import { silentLog } from "../log.ts";
import { Board } from "../push/board.ts";
import type { Outgoing } from "../sap/announcer.ts";
import { decodeSap } from "../sap/packet.ts";
import { parseSdp } from "../sdp/parse.ts";
import { MemoryStore } from "../store/memory.ts";
import type { Fence } from "../store/store.ts";
import { Announcing } from "./announcing.ts";
import type { Result } from "../http/problem.ts";

// 2027-01-15T08:00:00Z; 1970 is 2,208,988,800 s after 1900 (RFC 868).
const WALL_MS = 1_800_000_000_000;
const NTP_S = 4_008_988_800;

let store: MemoryStore;
let fence: Fence;
let board: Board;
let announcing: Announcing;
let nowMs: number;
/** How far the wall clock was set. */
let jumpMs: number;
let sent: Outgoing[];
const clock: Clock = { monotonicMs: () => nowMs, wallMs: () => WALL_MS + nowMs + jumpMs };

const links = () => [
  { name: "lan0", ipv4: undefined },
  { name: "lan1", ipv4: "192.0.2.5" },
  { name: "lan2", ipv4: "198.51.100.5" },
];

async function pause(ms: number): Promise<void> {
  nowMs += ms;
}

function open(): Announcing {
  const sender = {
    async send(outgoing: Outgoing) {
      sent.push(outgoing);
      return true;
    },
    async stop() {},
  };
  return new Announcing({ store, board, clock, log: silentLog, fence, sender, links, pause, random: () => 0 });
}

beforeEach(async () => {
  [store, board, nowMs, jumpMs, sent] = [new MemoryStore(), new Board(), 0, 0, []];
  fence = await store.lease("leader", "test");
  announcing = open();
  announcing.start();
});
afterEach(async () => {
  await announcing.stop();
});

async function create(input: Partial<AnnouncementInput> = {}): Promise<Result<Announcement>> {
  return announcing.create(AnnouncementRequest.parse({ title: "Stage", purpose: "audio", ...input }), {
    name: "test",
    from: null,
  });
}

async function edit(id: string, input: Partial<AnnouncementInput>): Promise<Result<Announcement>> {
  return announcing.edit(id, AnnouncementRequest.parse({ title: "Stage", purpose: "audio", ...input }), {
    name: "test",
    from: null,
  });
}

function valueOf<Value>(result: Result<Value>): Value {
  if (!result.ok) throw new Error(JSON.stringify(result.problem));
  return result.value;
}

function read({ bytes, sapGroup, originatingSource }: Outgoing) {
  const packet = decodeSap(bytes);
  if (!packet.ok) throw new Error(packet.reason);
  const description = parseSdp(packet.value.payload);
  if (!description.ok) throw new Error(description.reason);
  const { deletion, messageIdHash } = packet.value;
  return { deletion, messageIdHash, sapGroup, originatingSource, ...description.value };
}

it("[ANN-8] a session is announced at once, on the SAP group of its own, from the first interface that has an address", async () => {
  const created = valueOf(await create());
  expect(sent.map(read)).toMatchObject([
    {
      deletion: false,
      messageIdHash: created.messageIdHash,
      sapGroup: "239.255.255.255",
      originatingSource: "192.0.2.5",
      title: "Stage",
      origin: { sessId: String(NTP_S), sessVersion: "1", address: "192.0.2.5" },
      media: [{ type: "audio", port: 5004, ttl: 15, codec: "L16/48000/2", groups: [created.group] }],
    },
  ]);
});

it("[ANN-8] each purpose has its template", async () => {
  await create({ purpose: "video", group: "233.252.0.2", ttl: 63, sources: ["192.0.2.9"] });
  const refclk = "ptp=IEEE1588-2008:00-00-5E-00-53-01-00-00:0";
  await create({ purpose: "aes67", group: "239.69.0.1", referenceClock: refclk, interface: "lan2" });
  await create({ purpose: "video", codec: "H264/90000", attributes: ["fmtp:96 packetization-mode=1"], lineEnd: "lf" });
  const [video, aes67, h264] = sent.map(read);
  expect(video).toMatchObject({
    sapGroup: "224.2.127.254",
    media: [{ type: "video", formats: ["33"], codec: "MP2T/90000", ttl: 63, sources: ["192.0.2.9"] }],
  });
  expect(aes67).toMatchObject({
    sapGroup: "239.255.255.255",
    originatingSource: "198.51.100.5",
    media: [{ type: "audio", codec: "L24/48000/2", referenceClock: refclk, mediaClock: "direct=0" }],
  });
  expect(aes67?.text).toContain("a=ptime:1\r\n");
  expect(h264?.text).toContain("m=video 5004 RTP/AVP 96\n");
  expect(h264?.text).toContain("\na=rtpmap:96 H264/90000\na=fmtp:96 packetization-mode=1\n");
  expect(h264?.text).not.toContain("\r");
});

it("[GRP-2] a group that is left open is one that nobody uses: no session, no permit, no announcement", async () => {
  const media = [{ groups: ["239.255.0.0"] }];
  board.add("session", { id: "s", media, hearings: [] } as unknown as Session);
  board.add("grant", { id: "g", source: "", group: "239.255.0.1", maxTtl: 1, permittedAt: 0, enforcement: [] });
  expect(valueOf(await create()).group).toBe("239.255.0.2");
  expect(valueOf(await create()).group).toBe("239.255.0.3");
  expect(valueOf(await create({ group: "239.255.0.0" })).group).toBe("239.255.0.0"); // One may insist.
  expect(valueOf(await create({ zone: "233.252.0.8/31" })).group).toBe("233.252.0.8");
  expect(valueOf(await create({ zone: "233.252.0.8/31" })).group).toBe("233.252.0.9");
  expect(await create({ zone: "233.252.0.8/31" })).toMatchObject({ ok: false, problem: { status: 409 } });
});

it("[ANN-3] a change keeps group and sess-id, raises the version and takes another hash; no change does nothing", async () => {
  const created = valueOf(await create());
  nowMs = 10_000;
  const changed = valueOf(await edit(created.id, { title: "Main stage" }));
  const { group, sessId, originatingSource, createdAt } = created;
  expect(changed).toMatchObject({
    group,
    sessId,
    originatingSource,
    createdAt,
    sessVersion: 2,
    changedAt: WALL_MS + 10_000,
  });
  expect(changed.messageIdHash).not.toBe(created.messageIdHash);
  const [, deletion, announcement] = sent.map(read);
  expect(deletion).toMatchObject({ deletion: true, messageIdHash: created.messageIdHash });
  expect(announcement).toMatchObject({ deletion: false, title: "Main stage", messageIdHash: changed.messageIdHash });
  expect(valueOf(await edit(created.id, { title: "Main stage" }))).toEqual(changed);
  expect(announcing.list()).toEqual([changed]);
});

it("[ANN-3] a change that names no interface stays on the one of before, and one that does moves", async () => {
  const { id } = valueOf(await create({ interface: "lan2" }));
  expect(valueOf(await edit(id, { title: "Changed" })).originatingSource).toBe("198.51.100.5");
  expect(valueOf(await edit(id, { title: "Moved", interface: "lan1" })).originatingSource).toBe("192.0.2.5");
  expect(
    sent.map(read).map(({ deletion, originatingSource }) => `${deletion ? "delete" : "announce"} ${originatingSource}`),
  ).toEqual([
    "announce 198.51.100.5",
    "delete 198.51.100.5",
    "announce 198.51.100.5",
    "delete 198.51.100.5",
    "announce 192.0.2.5",
  ]);
});

it("[ANN-5] after a restart the same sessions are announced: sess-id, version and hash", async () => {
  valueOf(await create({ title: "One" }));
  const two = valueOf(await create({ title: "Two" }));
  valueOf(await edit(two.id, { title: "Two, changed" }));
  const before = announcing.list();
  const { rows } = await store.snapshot(["announcement"]);
  sent = [];
  const second = open();
  second.restore(rows.map((row) => ({ ...row, body: JSON.parse(JSON.stringify(row.body)) as typeof row.body })));
  second.start();
  expect(second.list()).toEqual(before);
  expect(sent.map(read)).toMatchObject(
    before.map(({ title, sessId, sessVersion, messageIdHash, sdp }) => ({
      title,
      messageIdHash,
      origin: { sessId, sessVersion: String(sessVersion) },
      text: sdp,
    })),
  );
  await second.stop();
});

it("[ANN-4] what is withdrawn is deleted on the air and in the store, and is not found any more", async () => {
  const { id } = valueOf(await create());
  expect(await announcing.withdraw(id, { name: "test", from: null })).toMatchObject({ ok: true });
  expect(sent.map((one) => read(one).deletion)).toEqual([false, true]);
  expect((await store.snapshot(["announcement"])).rows).toEqual([]);
  expect(announcing.find(id)).toBeUndefined();
  expect(await announcing.withdraw(id, { name: "test", from: null })).toMatchObject({
    ok: false,
    problem: { status: 404 },
  });
  expect(await edit(id, {})).toMatchObject({ ok: false, problem: { status: 404 } });
});

it("[ANN-4] a shutdown deletes every session on the air, and none in the store", async () => {
  await create();
  await create();
  await announcing.stop();
  expect(sent.filter((one) => read(one).deletion)).toHaveLength(6);
  expect((await store.snapshot(["announcement"])).rows).toHaveLength(2);
});

it("[ANN-9] a session leaves the store and the air at its end, also one that passed while nobody ran", async () => {
  const endsAt = WALL_MS + 60_500;
  const { id } = valueOf(await create({ endsAt }));
  expect(read(sent[0]!).times).toMatchObject([{ stop: NTP_S + 61 }]);
  const { rows } = await store.snapshot(["announcement"]);
  nowMs = 60_500;
  const second = open();
  second.restore(rows);
  sent = [];
  second.start();
  await second.stop();
  expect(second.find(id)).toBeUndefined();
  expect((await store.snapshot(["announcement"])).rows).toEqual([]);
  expect(sent).toEqual([]);
});

it.each([365, -365])("[ANN-9] a session ends at its time when the wall clock jumps by %i days", async (days) => {
  const { id } = valueOf(await create({ endsAt: WALL_MS + 60_500 }));
  jumpMs = days * 86_400_000;
  nowMs = 60_499;
  // Whatever is done, what is due is looked for.
  for (const title of ["second", "third"]) await create({ title });
  expect(announcing.find(id)).toBeDefined();
  nowMs = 60_500;
  for (const title of ["fourth", "fifth"]) await create({ title });
  expect(announcing.find(id)).toBeUndefined();
});

it("[ANN-8] nothing is announced that could not be stored", async () => {
  await store.lease("leader", "another server");
  await expect(create()).rejects.toMatchObject({ code: "FENCED" });
  expect(sent).toEqual([]);
  expect(announcing.list()).toEqual([]);
});

it.each([
  ["an end that has passed", { endsAt: WALL_MS }, 422],
  ["an interface that is none of the server's", { interface: "eth7" }, 422],
  ["an interface without an address", { interface: "lan0" }, 422],
  ["AES67 without a clock", { purpose: "aes67" }, 422],
  [
    "more than fits into 1024 bytes",
    { attributes: Array.from({ length: 6 }, (_, n) => `x-${n}:${"x".repeat(180)}`) },
    422,
  ],
] as const)("[ANN-8] %s is refused", async (_, input, status) => {
  expect(await create(input as Partial<AnnouncementInput>)).toMatchObject({ ok: false, problem: { status } });
  expect(sent).toEqual([]);
});
