// SPDX-License-Identifier: MIT
import { beforeEach, describe, expect, it } from "vitest";
import * as z from "zod/mini";
import { Session } from "@mauth/protocol/api";
import { encodeSap } from "./sap/packet.ts";
import { SessionDirectory } from "./sessions.ts";
import type { DirectoryOptions, Heard, Now, SessionChange } from "./sessions.ts";

const START_AT = 1_800_000_000_000;
const HOUR_S = 3600;

interface Sent {
  readonly source?: string;
  readonly hash?: number;
  readonly originatingSource?: string;
  readonly deletion?: boolean;
  readonly authenticated?: boolean;
  readonly mrouter?: string;
  readonly interface?: string;
  readonly sapGroup?: string;
}

let directory: SessionDirectory;

function start(options?: DirectoryOptions): void {
  directory = new SessionDirectory(options);
}

beforeEach(() => start());

function at(seconds: number): Now {
  return { monotonicMs: seconds * 1000, wallMs: START_AT + seconds * 1000 };
}

function sdpOf(
  fields: { title?: string; id?: string; version?: number; address?: string; more?: string } = {},
): string {
  const { title = "Alpha", id = "77", version = 1, address = "192.0.2.1", more = "" } = fields;
  const media = "m=audio 5004 RTP/AVP 96\r\nc=IN IP4 233.252.0.1/15\r\n";
  return `v=0\r\no=- ${id} ${version} IN IP4 ${address}\r\ns=${title}\r\nt=0 0\r\n${media}${more}`;
}

function heardOf(sdp: string | Uint8Array, sent: Sent = {}): Heard {
  const { source = "192.0.2.1", hash = 0x1234, originatingSource = source, deletion = false, mrouter = null } = sent;
  const payload = typeof sdp === "string" ? new TextEncoder().encode(sdp) : sdp;
  let bytes = encodeSap({ deletion, messageIdHash: hash, originatingSource, payload });
  if (sent.authenticated === true) {
    bytes = Uint8Array.from([...bytes.subarray(0, 8), 1, 2, 3, 4, ...bytes.subarray(8)]);
    bytes[1] = 1;
  }
  return { bytes, source, sapGroup: sent.sapGroup ?? "239.255.255.255", interface: sent.interface ?? "lan0", mrouter };
}

function hear(seconds: number, sdp: string | Uint8Array, sent: Sent = {}): SessionChange[] {
  return [...directory.expire(at(seconds)), ...directory.hear(heardOf(sdp, sent), at(seconds))];
}

/** As a server that starts does it. */
function restore(sessions: readonly Session[], seconds: number): void {
  directory.restore(
    sessions.map((session) => ({ id: session.id, read: () => session })),
    at(seconds),
  );
}

function titles(): string[] {
  return directory
    .sessions()
    .map((session) => session.title)
    .sort();
}

function only(): Session {
  const [session, ...others] = directory.sessions();
  if (session === undefined || others.length > 0) throw new Error(`${others.length} sessions too many, or none`);
  return session;
}

describe("identity", () => {
  it("[DIR-1] an announcement adds a session that the console's schema accepts", () => {
    const [change] = hear(0, sdpOf());
    expect(change).toMatchObject({
      type: "add",
      session: { title: "Alpha", announcer: "192.0.2.1", messageIdHash: 0x1234 },
    });
    expect(z.safeParse(Session, only()).error).toBeUndefined();
    expect(only().id).toMatch(/^[0-9a-f]{16}$/);
  });

  it("[DIR-1] the o= line tells sessions of one source apart, not its version", () => {
    hear(0, sdpOf({ title: "A", id: "1" }));
    hear(1, sdpOf({ title: "B", id: "2" }));
    hear(2, sdpOf({ title: "A2", id: "1", version: 2 }));
    expect(titles()).toEqual(["A2", "B"]);
  });

  it("[DIR-1] two sources with the same header and o= are two sessions", () => {
    const same = { hash: 0x6745, originatingSource: "0.0.0.0" };
    hear(0, sdpOf({ title: "A" }), { ...same, source: "192.0.2.1" });
    hear(1, sdpOf({ title: "B" }), { ...same, source: "192.0.2.2" });
    expect(titles()).toEqual(["A", "B"]);
  });

  it("[DIR-1] where the sess-id is 0 the SAP header tells them apart", () => {
    hear(0, sdpOf({ title: "A", id: "0", address: "127.0.0.1" }), { hash: 1 });
    hear(0, sdpOf({ title: "B", id: "0", address: "127.0.0.1" }), { hash: 2 });
    hear(5, sdpOf({ title: "A", id: "0", address: "127.0.0.1" }), { hash: 1, deletion: true });
    expect(titles()).toEqual(["B"]);
  });

  it("[DIR-1] an unsigned packet neither changes nor ends a signed session", () => {
    hear(0, sdpOf({ title: "Signed" }), { authenticated: true });
    hear(1, sdpOf({ title: "Unsigned" }));
    expect(titles()).toEqual(["Signed", "Unsigned"]);
    hear(2, sdpOf({ title: "Unsigned" }), { deletion: true });
    hear(3, "", { deletion: true });
    expect(titles()).toEqual(["Signed"]);
    hear(4, sdpOf({ title: "Signed" }), { authenticated: true, deletion: true });
    expect(titles()).toEqual([]);
  });
});

describe("several sessions under one o= line", () => {
  const CHANNELS = ["A", "B", "C"];
  const rounds = (count: number): SessionChange[] =>
    Array.from({ length: count }, (_, round) =>
      CHANNELS.flatMap((title, index) => hear(round * 30 + index, sdpOf({ title, id: "1" }), { hash: index + 1 })),
    ).flat();

  it("[DIR-16] are told apart once their hashes have come back, and stay so", () => {
    rounds(3);
    expect(titles()).toEqual(CHANNELS);
    const ids = directory
      .sessions()
      .map((session) => session.id)
      .sort();
    expect(rounds(3).filter((change) => change.type === "remove")).toEqual([]);
    expect(
      directory
        .sessions()
        .map((session) => session.id)
        .sort(),
    ).toEqual(ids);
    hear(100, sdpOf({ title: "B", id: "1" }), { hash: 2, deletion: true });
    expect(titles()).toEqual(["A", "C"]);
  });

  it("[DIR-16] one late copy of the old text does not split a session", () => {
    hear(0, sdpOf(), { hash: 1 });
    hear(30, sdpOf({ title: "Beta", version: 2 }), { hash: 2 });
    hear(30.1, sdpOf(), { hash: 1 });
    hear(60, sdpOf({ title: "Gamma", version: 3 }), { hash: 3 });
    expect(titles()).toEqual(["Gamma"]);
  });
});

it("[DIR-16] a session that changes its text every hour, and back, stays one", () => {
  for (let hour = 0; hour < 10; hour += 1)
    hear(hour * 3000, sdpOf({ title: hour % 2 === 0 ? "Day" : "Night" }), { hash: 1 + (hour % 2) });
  expect(titles()).toEqual(["Night"]);
});

describe("modification", () => {
  it.each([
    ["a new hash and version", { version: 2 }, 0x2222],
    ["a new version under the old hash", { version: 2 }, 0x1234],
    ["neither", {}, 0x1234],
    ["a lower version", { version: 0 }, 0x2222],
  ])("[DIR-2] new text with %s replaces the old at once", (_, fields, hash) => {
    hear(0, sdpOf());
    const { id } = only();
    expect(hear(5, sdpOf({ title: "Beta", ...fields }), { hash })).toMatchObject([
      { type: "add", session: { id, title: "Beta" } },
    ]);
    expect(only()).toMatchObject({ firstHeardAt: START_AT, lastHeardAt: START_AT + 5000, messageIdHash: hash });
  });

  it("[DIR-9] a cut-off copy neither empties nor removes it, at whatever byte it is cut", () => {
    const whole = sdpOf();
    hear(0, whole);
    for (let length = 0; length < whole.length; length += 1) hear(length, whole.slice(0, length));
    expect(only().media).toHaveLength(1);
    expect(only().sdp).toBe(whole);
    expect(directory.counters["cut-off"]).toBeGreaterThan(0);
  });

  it("[DIR-9] a shorter text under a new hash is a modification", () => {
    hear(0, sdpOf({ more: "m=video 5006 RTP/AVP 33\r\n" }));
    expect(only().media).toHaveLength(2);
    hear(1, sdpOf(), { hash: 0x2222 });
    expect(only().media).toHaveLength(1);
  });
});

describe("refreshing", () => {
  it("[DIR-3] a repeated announcement is returned at most every 10 s", () => {
    const returned = [0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22].filter((second) => hear(second, sdpOf()).length > 0);
    expect(returned).toEqual([0, 10, 20]);
    expect(only().lastHeardAt).toBe(START_AT + 22_000);
    expect(directory.counters).toMatchObject({ announcements: 1, refreshes: 11 });
  });

  it("[DIR-13] one heard at several places is one session with a hearing for each", () => {
    hear(0, sdpOf(), { sapGroup: "224.2.127.254" });
    expect(hear(0.01, sdpOf(), { sapGroup: "239.255.255.255" })).toHaveLength(1);
    expect(hear(0.02, sdpOf(), { mrouter: "edge-1", interface: "vlan7" })).toHaveLength(1);
    expect(hear(0.03, sdpOf(), { mrouter: "edge-1", interface: "vlan7" })).toEqual([]);
    expect(only().hearings).toEqual([
      { mrouter: null, interface: "lan0", group: "224.2.127.254", lastHeardAt: START_AT },
      { mrouter: null, interface: "lan0", group: "239.255.255.255", lastHeardAt: START_AT + 10 },
      { mrouter: "edge-1", interface: "vlan7", group: "239.255.255.255", lastHeardAt: START_AT + 30 },
    ]);
    for (let index = 0; index < 30; index += 1) hear(1, sdpOf(), { interface: `vlan${index}` });
    expect(only().hearings).toHaveLength(16);
  });
});

describe("deletion", () => {
  beforeEach(() => void hear(0, sdpOf()));

  it.each([
    ["the whole description", sdpOf(), {}],
    ["the o= line alone", "o=- 77 1 IN IP4 192.0.2.1\r\n", {}],
    ["the o= line of a higher version", "o=- 77 2 IN IP4 192.0.2.1\r\n", {}],
    ["the same o= line with another hash", "o=- 77 1 IN IP4 192.0.2.1\r\n", { hash: 9 }],
    ["the SAP header alone", "", {}],
  ])("[DIR-4] %s from the announcing source ends it", (_, payload, sent) => {
    expect(hear(1, payload, { ...sent, deletion: true })).toMatchObject([{ type: "remove", reason: "deleted" }]);
    expect(titles()).toEqual([]);
  });

  it.each([
    ["from another source", sdpOf(), { source: "192.0.2.66", originatingSource: "192.0.2.1" }],
    ["of another o=", "o=- 78 1 IN IP4 192.0.2.1\r\n", {}],
    ["of the header alone with another originating source", "", { originatingSource: "192.0.2.2" }],
    ["of the header alone with another hash", "", { hash: 9 }],
    ["of the header alone from another source", "", { source: "192.0.2.66", originatingSource: "192.0.2.1" }],
  ])("[DIR-4] a deletion %s is ignored", (_, payload, sent) => {
    expect(hear(1, payload, { ...sent, deletion: true })).toEqual([]);
    expect(titles()).toEqual(["Alpha"]);
    expect(directory.counters["deletion-unknown"]).toBe(1);
  });

  it("[DIR-4] a header that two sessions share, or with hash 0, ends neither", () => {
    hear(1, sdpOf({ title: "Beta", id: "78" }));
    hear(1, sdpOf({ title: "Gamma", id: "79" }), { hash: 0 });
    hear(2, "", { deletion: true });
    hear(2, "", { deletion: true, hash: 0 });
    expect(titles()).toEqual(["Alpha", "Beta", "Gamma"]);
  });

  it("[DIR-4] what was deleted may be announced again under the same id", () => {
    const { id } = only();
    hear(1, sdpOf(), { deletion: true });
    hear(1.1, sdpOf(), { deletion: true });
    expect(hear(2, sdpOf())).toMatchObject([{ type: "add", session: { id, firstHeardAt: START_AT + 2000 } }]);
  });

  it("[DIR-5] the late deletion of an older version is ignored", () => {
    hear(1, sdpOf({ title: "Beta", version: 2 }), { hash: 0x2222 });
    hear(2, sdpOf(), { deletion: true });
    hear(3, sdpOf({ title: "Gamma", version: 2 }), { hash: 0x3333 });
    hear(4, sdpOf({ version: 2 }), { hash: 0x2222, deletion: true });
    expect(titles()).toEqual(["Gamma"]);
    expect(directory.counters["deletion-stale"]).toBe(2);
  });

  it("[DIR-5] every deletion is ignored when the operator says so", () => {
    start({ ignoreDeletions: true });
    hear(0, sdpOf());
    hear(1, sdpOf(), { deletion: true });
    expect(titles()).toEqual(["Alpha"]);
    expect(directory.counters["deletion-ignored"]).toBe(1);
  });
});

function announce(...seconds: number[]): number {
  for (const second of seconds) hear(second, sdpOf());
  return seconds.at(-1) ?? 0;
}

function lifetimeAfter(last: number): number {
  const expiresAt = only().expiresAt ?? 0;
  expect(directory.expire(at(last + 1))).toEqual([]);
  const dueMs = directory.nextExpiryMs(at(last));
  expect(directory.expire({ monotonicMs: (dueMs ?? 0) - 1, wallMs: START_AT })).toEqual([]);
  const [change] = directory.expire(at((expiresAt - START_AT) / 1000));
  expect(change).toMatchObject({ type: "remove", reason: "timeout" });
  expect(directory.nextExpiryMs(at(last))).toBeNull();
  return (expiresAt - START_AT) / 1000 - last;
}

const NTP_AT_START = START_AT / 1000 + 2_208_988_800;
const ending = (seconds: number, title?: string): string =>
  sdpOf(title === undefined ? {} : { title }).replace("t=0 0", `t=0 ${NTP_AT_START + seconds}`);

describe("time", () => {
  it("[DIR-6] one hour of silence ends a session announced every 5 s", () => {
    expect(lifetimeAfter(announce(0, 5, 10, 15))).toBe(HOUR_S);
  });

  it("[DIR-6] ten periods of silence end one announced every 600 s", () => {
    expect(lifetimeAfter(announce(0, 600, 1200))).toBe(6000);
  });

  it("[DIR-6] the least silence is configurable, but not below ten periods of at least 5 s", () => {
    start({ minTimeoutMs: 1000 });
    expect(lifetimeAfter(announce(0, 1, 2, 3))).toBe(50);
    start({ minTimeoutMs: 90_000 });
    expect(lifetimeAfter(announce(0, 5, 10))).toBe(90);
  });

  it("[DIR-6] a jump of the wall clock ends nothing", () => {
    announce(0, 5);
    expect(directory.expire({ monotonicMs: 6000, wallMs: START_AT + 10 * 365 * 86_400_000 })).toEqual([]);
  });

  it("[DIR-7] copies within half a second do not shorten the period", () => {
    announce(0, 0.01, 0.3, 30, 30.01, 30.3, 60, 60.2);
    expect(only().periodMs).toBeGreaterThan(29_000);
  });

  it("[DIR-7] the period follows a change of pace", () => {
    announce(0);
    expect(only().periodMs).toBeNull();
    announce(30, 60);
    expect(only().periodMs).toBe(30_000);
    let second = 60;
    for (let index = 0; index < 30; index += 1) announce((second += 5));
    expect(only().periodMs).toBeLessThan(5100);
  });

  it("[DIR-8] a session ends when its description says", () => {
    hear(0, ending(100));
    expect(only().expiresAt).toBe(START_AT + 100_000);
    expect(directory.nextExpiryMs(at(0))).toBe(100_000);
    expect(directory.expire(at(99.999))).toEqual([]);
    expect(directory.expire(at(100))).toMatchObject([{ type: "remove", reason: "ended" }]);
    expect(hear(101, ending(100))).toEqual([]);
    expect(titles()).toEqual([]);
    expect(directory.counters.ended).toBe(1);
  });

  it("[DIR-8] a modification may bring the end forward into the past", () => {
    hear(10, sdpOf());
    expect(hear(11, ending(5))).toMatchObject([{ type: "remove", reason: "ended" }]);
  });

  it("[DIR-8] a jump of the wall clock past the end is noticed at once", () => {
    hear(0, ending(100));
    expect(directory.expire({ monotonicMs: 1, wallMs: START_AT + 100_000 })).toHaveLength(1);
  });

  it("[DIR-14] a restored session keeps its id and what was known", () => {
    announce(0, 5, 10);
    const before = only();
    start();
    restore([before], 20);
    expect(only()).toEqual(before);
    expect(hear(21, sdpOf())).toHaveLength(1);
    expect(only()).toMatchObject({ id: before.id, firstHeardAt: START_AT, lastHeardAt: START_AT + 21_000 });
    expect(directory.counters).toMatchObject({ announcements: 0, refreshes: 1 });
    expect(hear(22, sdpOf(), { deletion: true })).toMatchObject([{ type: "remove", id: before.id }]);
  });

  it("[DIR-14] a restored session counts at once, and is read only when it is heard or woken", () => {
    hear(0, sdpOf());
    hear(1, sdpOf({ title: "Beta", id: "78" }));
    const before = directory.sessions();
    start();
    const read: string[] = [];
    const stored = before.map((session) => ({ id: session.id, read: () => (read.push(session.title), session) }));
    directory.restore(stored, at(20));
    expect([directory.size, read]).toEqual([2, []]);
    expect(hear(21, sdpOf({ title: "Beta", id: "78" }))).toHaveLength(1);
    expect([directory.size, read]).toEqual([2, ["Beta"]]);
    expect(directory.wake(9)).toMatchObject([{ title: before[0]?.title }]);
    expect(directory.wake(9)).toEqual([]);
    expect(directory.size).toBe(2);
    expect(directory.counters).toMatchObject({ announcements: 0, refreshes: 1 });
  });

  it("[DIR-14] a deletion without o= reaches a restored session that was not heard since", () => {
    hear(0, sdpOf());
    const before = only();
    start();
    restore([before], 20);
    expect(hear(21, "", { deletion: true })).toMatchObject([{ type: "remove", id: before.id }]);
  });

  it("[DIR-14] one whose time ran out while nobody listened is given ten more periods", () => {
    announce(0, 30, 60);
    const before = only();
    start();
    const restart = 2 * HOUR_S;
    restore([before], restart);
    expect(directory.wake(9)).toHaveLength(1);
    expect(directory.expire(at(restart + 299))).toEqual([]);
    expect(directory.expire(at(restart + 300))).toMatchObject([{ reason: "timeout" }]);
  });
});

const numbered = (index: number): string => sdpOf({ title: `S${index}`, id: String(1000 + index) });
const fill = (source: string, from: number, count: number): SessionChange[] =>
  Array.from({ length: count }, (_, index) => hear(from + index, numbered(from + index), { source })).flat();

describe("quotas", () => {
  it("[DIR-10] a source has so many sessions and no more; its others stay and may change", () => {
    start({ sessionsPerSourceMax: 3 });
    hear(0, sdpOf({ title: "Other" }), { source: "192.0.2.9" });
    fill("192.0.2.66", 0, 10);
    expect(titles()).toEqual(["Other", "S0", "S1", "S2"]);
    expect(directory.counters["too-many-from-source"]).toBe(7);
    hear(11, numbered(1).replace("S1", "Changed"), { source: "192.0.2.66" });
    hear(12, numbered(0), { source: "192.0.2.66", deletion: true });
    hear(13, numbered(7), { source: "192.0.2.66" });
    expect(titles()).toEqual(["Changed", "Other", "S2", "S7"]);
  });

  it("[DIR-10] and so many bytes", () => {
    start({ keptBytesPerSourceMax: 10_000 });
    hear(0, sdpOf({ more: `a=${"x".repeat(2000)}` })); // counted as datagram and as text
    hear(1, sdpOf({ id: "78", more: `a=${"x".repeat(2000)}` }));
    expect(directory.counters["too-many-from-source"]).toBe(1);
    expect(titles()).toEqual(["Alpha"]);
  });

  it("[DIR-10] a small datagram that stands for many groups counts for what it takes", () => {
    start({ keptBytesPerSourceMax: 30_000 });
    const range = sdpOf().replace("233.252.0.1/15", "233.252.0.0/15/256"); // 256 groups and 256 flows
    for (let index = 0; index < 5; index += 1) hear(index, range.replace("o=- 77", `o=- ${index + 1}`));
    expect(titles()).toHaveLength(1);
    expect(directory.counters["too-many-from-source"]).toBe(4);
  });

  it("[DIR-10] nor may a session grow beyond them by a modification", () => {
    start({ keptBytesPerSourceMax: 8000 });
    hear(0, sdpOf());
    hear(1, sdpOf({ title: "Larger", more: `a=${"x".repeat(2000)}` }));
    hear(2, sdpOf({ title: "Too large", more: `a=${"x".repeat(4000)}` }));
    expect(titles()).toEqual(["Larger"]);
    expect(directory.counters["too-many-from-source"]).toBe(1);
  });

  it("[DIR-11] when the directory is full a newcomer takes a place of the greediest source", () => {
    start({ sessionsMax: 101 });
    hear(0, sdpOf({ title: "Alone" }), { source: "192.0.2.9" });
    fill("192.0.2.66", 0, 100);
    const changes = hear(200, sdpOf({ title: "New" }), { source: "192.0.2.10" });
    expect(changes.map((change) => change.type)).toEqual(["remove", "add"]);
    expect(changes[0]).toMatchObject({ reason: "evicted" });
    expect(titles()).toEqual(expect.arrayContaining(["Alone", "New", "S0", "S98"]));
    expect(titles()).not.toContain("S99");
    expect(titles()).toHaveLength(101);
  });

  it("[DIR-11] the greediest source itself is refused", () => {
    start({ sessionsMax: 100 });
    fill("192.0.2.66", 0, 101);
    expect(titles()).toHaveLength(100);
    expect(directory.counters["too-many-sessions"]).toBe(1);
  });
});

function flowsOf(...lines: string[]): unknown[] {
  return flowsFrom("192.0.2.7", ...lines);
}

function flowsFrom(source: string, ...lines: string[]): unknown[] {
  hear(0, ["v=0", "o=- 5 1 IN IP4 127.0.0.1", "s=x", ...lines].join("\n"), { source });
  return only().flows;
}

describe("flows", () => {
  const M = "m=audio 5004 RTP/AVP 0";

  it("[DIR-12] without a filter the announcer is the source, whatever o= says", () => {
    expect(flowsOf(M, "c=IN IP4 233.252.0.1/15")).toEqual([{ source: "192.0.2.7", group: "233.252.0.1", ttl: 15 }]);
  });

  it("[DIR-12] a filter names the sources of its group only", () => {
    const filter = "a=source-filter: incl IN IP4 233.252.0.2 192.0.2.8 192.0.2.9";
    expect(flowsOf(M, "c=IN IP4 233.252.0.1/15/2", filter)).toEqual([
      { source: "192.0.2.7", group: "233.252.0.1", ttl: 15 },
      { source: "192.0.2.8", group: "233.252.0.2", ttl: 15 },
      { source: "192.0.2.9", group: "233.252.0.2", ttl: 15 },
    ]);
  });

  it("[DIR-12] IPv6 groups have flows as well, from sources of their own family only", () => {
    const lines = [M, "c=IN IP6 FF0E:0::10/2", M, "c=IN IP4 233.252.0.1"];
    expect(flowsFrom("2001:db8:1::11", ...lines)).toEqual([
      { source: "2001:db8:1::11", group: "ff0e::10", ttl: null },
      { source: "2001:db8:1::11", group: "ff0e::11", ttl: null },
    ]);
  });

  it("[DIR-12] a filter names the sources of an IPv6 group, whoever announces it", () => {
    const filter = "a=source-filter: incl IN IP6 ff3e::8000:1 2001:DB8:1:0::12 192.0.2.9";
    expect(flowsFrom("192.0.2.7", M, "c=IN IP6 ff3e::8000:1", filter)).toEqual([
      { source: "2001:db8:1::12", group: "ff3e::8000:1", ttl: null },
    ]);
  });

  it("[DIR-12] what nobody forwards in IPv6 is left out: groups of the link, and link-local sources", () => {
    expect(flowsFrom("2001:db8:1::11", M, "c=IN IP6 ff02::10", M, "c=IN IP6 ff01::10")).toEqual([]);
    start();
    expect(flowsFrom("fe80::11", M, "c=IN IP6 ff0e::10")).toEqual([]);
  });

  it("[DIR-12] what no filter entry can be is left out: link-local groups, those of the other family, host names, loopback", () => {
    const filter = "a=source-filter: incl IN IP4 * 127.0.0.1 host.example ff1e::2";
    const lines = [M, "c=IN IP4 224.0.0.56/1", M, "c=IN IP6 ff1e::1", M, "c=IN IP4 233.252.0.1", filter];
    expect(flowsOf(...lines)).toEqual([{ source: "192.0.2.7", group: "233.252.0.1", ttl: null }]);
  });

  it("[DIR-12] two media on one group are one flow with the wider TTL", () => {
    const lines = [M, "c=IN IP4 233.252.0.1/5", M, "c=IN IP4 233.252.0.1/9", M, "c=IN IP4 233.252.0.1"];
    expect(flowsOf(...lines)).toEqual([{ source: "192.0.2.7", group: "233.252.0.1", ttl: 9 }]);
  });
});

it("[DIR-17] a session tells its announced end, the scope of its groups and the clocks of its media, also when restored", () => {
  const endNtpS = START_AT / 1000 + 2_208_988_800 + HOUR_S; // 2,208,988,800 s from 1900 to 1970 (RFC 868)
  const refclk = "ptp=IEEE1588-2008:00-00-5E-00-53-01-00-00:0";
  const clocks = `a=ts-refclk:${refclk}\r\na=mediaclk:direct=0\r\n`;
  hear(0, sdpOf({ more: clocks }).replace("t=0 0", `t=0 ${endNtpS}`));
  const facts = {
    endsAt: START_AT + HOUR_S * 1000,
    scope: "global",
    media: [{ referenceClock: refclk, mediaClock: "direct=0" }],
  };
  expect(only()).toMatchObject(facts);
  const stored = z.parse(Session, JSON.parse(JSON.stringify(only())));
  start();
  restore([stored], 5);
  expect(only()).toMatchObject(facts);
});

it("[DIR-17] an end beyond all calendars is none that could be shown", () => {
  hear(0, sdpOf().replace("t=0 0", "t=0 999999999999999"));
  expect(only().endsAt).toBeNull();
  expect(z.safeParse(Session, only()).success).toBe(true);
});

it("[DIR-15] every datagram is counted once", () => {
  hear(0, sdpOf());
  hear(1, sdpOf());
  hear(2, sdpOf({ title: "Beta" }));
  hear(3, "v=1");
  hear(3, "v=0");
  hear(3, sdpOf(), { source: "192.0.2.5", deletion: true });
  hear(4, sdpOf({ title: "Beta" }), { deletion: true });
  for (const bytes of [new Uint8Array(), new Uint8Array(9000), Uint8Array.of(0x80, 1, 2, 3)])
    directory.hear({ bytes, source: "192.0.2.1", sapGroup: "x", interface: "", mrouter: null }, at(5));
  const counted = Object.values(directory.counters).reduce((sum, count) => sum + count, 0);
  expect(counted).toBe(10);
  expect(directory.counters).toMatchObject({
    announcements: 2,
    refreshes: 1,
    deletions: 1,
    "not-sdp": 1,
    "no-origin": 1,
  });
});
