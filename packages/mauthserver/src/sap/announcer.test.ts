// SPDX-License-Identifier: MIT
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { beforeEach, describe, expect, it } from "vitest";
import { SessionDirectory } from "../sessions.ts";
import { findOrigin } from "../sdp/origin.ts";
import { Announcer } from "./announcer.ts";
import type { AnnouncementRequest, Outgoing } from "./announcer.ts";
import { decodeSap } from "./packet.ts";
import { baseIntervalMs, offsetIntervalMs } from "./schedule.ts";
import { SapSender } from "./sender.ts";

const UNIX_S = 1_800_000_000;
const media = { type: "audio", port: 5004, proto: "RTP/AVP", formats: ["96"], group: "233.252.0.1", ttl: 15 };

function request(more: Partial<AnnouncementRequest> = {}): AnnouncementRequest {
  return {
    description: { title: "Stage", media: [media] },
    originatingSource: "192.0.2.5",
    sapGroups: ["224.2.127.254"],
    interval: { mode: "fixed", intervalMs: 30_000 },
    lineEnd: "crlf",
    ...more,
  };
}

let announcer: Announcer;
let random: number;
let announcementsHeard: number;

beforeEach(() => {
  [random, announcementsHeard] = [0.5, 1];
  announcer = new Announcer({ random: () => random, announcementsOn: () => announcementsHeard });
});

interface Sent {
  readonly ms: number;
  readonly sapGroup: string;
  readonly deletion: boolean;
  readonly hash: number;
  readonly version: string;
  readonly sessId: string;
}

function read({ sapGroup, bytes }: Outgoing, ms: number): Sent {
  const packet = decodeSap(bytes);
  if (!packet.ok) throw new Error(packet.reason);
  const origin = findOrigin(new TextDecoder().decode(packet.value.payload));
  const { deletion, messageIdHash: hash } = packet.value;
  return { ms, sapGroup, deletion, hash, version: origin?.sessVersion ?? "", sessId: origin?.sessId ?? "" };
}

/** Plays the timer until that time and returns what was sent. */
function play(untilMs: number): Sent[] {
  const sent: Sent[] = [];
  for (let ms = announcer.nextMs; ms !== null && ms <= untilMs; ms = announcer.nextMs) {
    const at = ms;
    sent.push(...announcer.due(at).map((one) => read(one, at)));
  }
  return sent;
}

function timesOf(sent: readonly Sent[]): number[] {
  return sent.map((one) => one.ms);
}

describe("announcing", () => {
  it("[ANN-1] is done at once, again after 1.5 s, and then at the interval", () => {
    announcer.announce("a", request(), 1000, UNIX_S);
    expect(timesOf(play(70_000))).toEqual([1000, 2500, 32_500, 62_500]);
  });

  it("[ANN-2] a fixed interval varies by a third either way", () => {
    const interval = { mode: "fixed", intervalMs: 30_000 } as const;
    expect(
      [0, 0.5, 1].map((value) => offsetIntervalMs(baseIntervalMs(interval, { announcements: 9, bytes: 400 }), value)),
    ).toEqual([20_000, 30_000, 40_000]);
  });

  it.each([
    [1, 300_000],
    [375, 300_000],
    [376, 300_800],
    [1000, 800_000],
  ])("[ANN-2] with %i announcements of 400 bytes the RFC's interval is %i ms", (announcements, ms) => {
    expect(baseIntervalMs({ mode: "rfc" }, { announcements, bytes: 400 })).toBe(ms);
  });

  it("[ANN-2] it waits when its group has filled since the last one", () => {
    announcer.announce("a", request({ interval: { mode: "rfc" } }), 0, UNIX_S);
    expect(timesOf(play(10_000))).toEqual([0, 1500]);
    announcementsHeard = 10_000; // 8 × 10,000 × 130 bytes / 4000 bit/s = 2600 s
    expect(timesOf(play(4_000_000))).toEqual([2_601_500]);
  });

  it("[ANN-3] a change deletes the old hash, raises the version and keeps the sess-id", () => {
    announcer.announce("a", request(), 0, UNIX_S);
    const [first] = play(0);
    announcer.announce("a", request({ description: { title: "Stage two", media: [media] } }), 5000, UNIX_S + 5);
    const [deleted, changed] = play(5000);
    expect(deleted).toMatchObject({ deletion: true, hash: first?.hash, version: "1" });
    expect(changed).toMatchObject({ deletion: false, version: "2", sessId: first?.sessId });
    expect(changed?.hash).not.toBe(first?.hash);
    expect(play(60_000).filter((one) => one.deletion)).toEqual([]);
  });

  it("[ANN-3] hashes are never 0 and never shared, ids never alike", () => {
    random = 0;
    const records = ["a", "b", "c"].map((id) => announcer.announce(id, request(), 0, UNIX_S));
    expect(records.map((record) => record?.messageIdHash)).toEqual([1, 2, 3]);
    expect(new Set(records.map((record) => record?.sessId)).size).toBe(3);
    expect(records[0]?.sessId).toBe(String(UNIX_S + 2_208_988_800));
  });

  it("[ANN-6] goes identically to each of its groups", () => {
    announcer.announce("a", request({ sapGroups: ["224.2.127.254", "239.255.255.255", "239.255.255.255"] }), 0, UNIX_S);
    const sent = announcer.due(0);
    expect(sent.map((one) => one.sapGroup)).toEqual(["224.2.127.254", "239.255.255.255"]);
    expect(sent[0]?.bytes).toEqual(sent[1]?.bytes);
  });

  it("[ANN-1] there are at most 4096 of them", () => {
    for (let index = 0; index < 4096; index += 1) announcer.announce(String(index), request(), 0, UNIX_S);
    expect(announcer.announce("more", request(), 0, UNIX_S)).toBeUndefined();
    expect(announcer.announce("7", request(), 0, UNIX_S)).toBeDefined();
  });
});

describe("ending", () => {
  it("[ANN-4] a withdrawn session is deleted three times, a second apart, and announced no more", () => {
    const record = announcer.announce("a", request(), 0, UNIX_S);
    play(2000);
    expect(announcer.withdraw("a", 10_000)).toBe(true);
    expect(announcer.withdraw("a", 10_000)).toBe(false);
    const sent = play(1_000_000);
    expect(sent).toMatchObject(
      [10_000, 11_000, 12_000].map((ms) => ({ ms, deletion: true, hash: record?.messageIdHash })),
    );
    expect(announcer.nextMs).toBeNull();
    expect(announcer.records()).toEqual([]);
  });

  it("[ANN-4] so is every session at shutdown", () => {
    announcer.announce("a", request(), 0, UNIX_S);
    announcer.announce("b", request(), 0, UNIX_S);
    play(2000);
    announcer.shutdown(3000);
    expect(play(1_000_000).map((one) => [one.ms, one.deletion])).toEqual(
      [3000, 3000, 4000, 4000, 5000, 5000].map((ms) => [ms, true]),
    );
  });

  it("[ANN-5] after a restart the same session goes on", () => {
    announcer.announce("a", request(), 0, UNIX_S);
    const stored = announcer.records();
    const [before] = play(0);
    announcer = new Announcer({ random: () => random, announcementsOn: () => 1 });
    announcer.restore(JSON.parse(JSON.stringify(stored)) as typeof stored, 0);
    expect(play(0)).toEqual([before]);
  });
});

it("[ANN-3] a listener keeps one session through changes and loses it when it is withdrawn", () => {
  const directory = new SessionDirectory();
  const titlesAfter = (nowMs: number): string[] => {
    for (const { bytes, originatingSource: source, sapGroup } of announcer.due(nowMs))
      directory.hear(
        { bytes, source, sapGroup, interface: "lan0", mrouter: null },
        { monotonicMs: nowMs, wallMs: UNIX_S * 1000 },
      );
    return directory.sessions().map((session) => session.title);
  };
  announcer.announce("a", request(), 0, UNIX_S);
  expect(titlesAfter(0)).toEqual(["Stage"]);
  const lineEnd = "lf";
  announcer.announce("a", request({ description: { title: "Stage two", media: [media] }, lineEnd }), 5000, UNIX_S);
  expect(titlesAfter(5000)).toEqual(["Stage two"]);
  announcer.withdraw("a", 6000);
  expect(titlesAfter(6000)).toEqual([]);
});

describe("the sender", () => {
  const bytes = new TextEncoder().encode("announcement");

  it("[ANN-7] sends from the originating source", async () => {
    const receiver = createSocket({ type: "udp4", reuseAddr: true });
    receiver.bind(0, "233.252.0.200");
    await once(receiver, "listening");
    receiver.addMembership("233.252.0.200", "127.0.0.1");
    const sender = new SapSender({ port: receiver.address().port, ttlHops: 0 });
    const heard = once(receiver, "message") as Promise<[Uint8Array, { address: string }]>;
    expect(await sender.send({ originatingSource: "127.0.0.1", sapGroup: "233.252.0.200", bytes })).toBe(true);
    const [text, { address }] = await heard;
    expect([Buffer.from(text).toString(), address]).toEqual(["announcement", "127.0.0.1"]);
    await sender.stop();
    await new Promise<void>((resolve) => receiver.close(resolve));
  });

  it("[ANN-7] an address that the host does not have is counted and tried again", async () => {
    const sender = new SapSender({ ttlHops: 0 });
    const outgoing = { originatingSource: "192.0.2.77", sapGroup: "233.252.0.200", bytes };
    expect([await sender.send(outgoing), await sender.send(outgoing)]).toEqual([false, false]);
    expect(sender.counters).toEqual({ sent: 0, failed: 2 });
    await sender.stop();
  });
});
