// SPDX-License-Identifier: MIT
import type { Conflict, Mrouter, Session } from "@mauth/protocol/api";
import { afterEach, beforeEach, expect, it } from "vitest";
import { Board } from "../push/board.ts";
import { ConflictWatch, SILENT_AFTER_MS } from "./conflict-watch.ts";

const SOURCE = "192.0.2.10";
const GROUP = "233.252.0.1";
const FLOW = `${SOURCE}>${GROUP}`;

let nowMs: number;
let board: Board;
let watch: ConflictWatch;
let frames: number;

beforeEach(() => {
  [nowMs, frames] = [1_000_000, 0];
  board = new Board();
  const clock = { monotonicMs: () => nowMs, wallMs: () => nowMs };
  watch = new ConflictWatch(board, clock);
  watch.start();
  board.listen(() => frames++);
});

afterEach(() => watch.stop());

function session(id: string, more: Partial<Session> = {}): Session {
  const media = {
    type: "audio",
    port: 5004,
    portCount: 1,
    proto: "RTP/AVP",
    formats: ["96"],
    groups: [GROUP],
    ttl: 15,
  };
  const origin = { username: "-", sessId: id, sessVersion: "1", netType: "IN", addrType: "IP4", address: SOURCE };
  return {
    id,
    title: id,
    origin,
    announcer: SOURCE,
    messageIdHash: 1,
    times: [],
    media: [{ ...media, sources: [] }],
    flows: [{ source: more.announcer ?? SOURCE, group: GROUP, ttl: 15 }],
    hearings: [],
    firstHeardAt: nowMs,
    lastHeardAt: nowMs,
    periodMs: null,
    expiresAt: null,
    sdp: `the description of ${id}`,
    ...more,
  };
}

function mrouter(more: Partial<Mrouter> = {}): Mrouter {
  const what = { address: "", protocol: "v2", networks: ["192.0.2.0/24"], filter: "bpf", mode: "enforce" } as const;
  const counts = { sendersDecided: 0, sendersInForce: 0, passedPackets: 0, refusedPackets: 0 };
  const state = { state: "online", interfaces: [], lastHeardAt: nowMs } as const;
  return {
    id: "edge-1",
    name: "edge-1",
    ...what,
    networks: [...what.networks],
    ...counts,
    ...state,
    interfaces: [],
    ...more,
  };
}

function permit(maxTtl: number): void {
  board.add("grant", { id: FLOW, source: SOURCE, group: GROUP, maxTtl, permittedAt: 0, enforcement: [] });
}

function send(lastAt: number): void {
  const counts = { packets: 1, bytes: 100, refusedPackets: 0, lastAt };
  board.add("sender", { id: `edge-1|${FLOW}`, mrouter: "edge-1", source: SOURCE, group: GROUP, maxTtl: 15, ...counts });
}

/** Everything is looked at, twice: the end of one round begins the next. */
function look(): void {
  for (let round = 0; round < 2; round++) {
    nowMs += 1000;
    watch.look();
    watch.look();
  }
}

function shown(id: string): Conflict[] | undefined {
  return board.get("session", id)?.conflicts;
}

it("[CON-1] a newcomer is shown with its conflict, the other one at the next look, and neither when one has left", () => {
  board.add("session", session("a"));
  board.add("session", session("b", { announcer: "192.0.2.11" }));
  expect(shown("b")).toEqual([{ kind: "shared", other: "a", group: GROUP, port: 5004 }]);
  expect(shown("a")).toBeUndefined();
  look();
  expect(shown("a")).toEqual([{ kind: "shared", other: "b", group: GROUP, port: 5004 }]);
  board.remove("session", "b");
  look();
  expect(board.get("session", "a")).not.toHaveProperty("conflicts");
});

it("[CON-1] sessions that were there before the start are compared as well", () => {
  watch.stop();
  const stored = [session("a"), session("b", { announcer: "192.0.2.11" })];
  board.restore(
    "session",
    stored.map((body) => ({ key: body.id, body })),
    7,
  );
  expect([shown("a"), shown("b")]).toEqual([undefined, undefined]);
  watch.start();
  look();
  look();
  expect([shown("a"), shown("b")]).toMatchObject([[{ other: "b" }], [{ other: "a" }]]);
});

it("[CON-1] a refresh keeps the conflicts, and nothing is shown again that has not changed", () => {
  board.add("session", session("a"));
  board.add("session", session("b", { announcer: "192.0.2.11" }));
  look();
  board.add("session", session("a", { lastHeardAt: nowMs + 5 }));
  expect(board.get("session", "a")).toMatchObject({ lastHeardAt: nowMs + 5, conflicts: [{ other: "b" }] });
  const before = frames;
  look();
  expect(frames).toBe(before);
});

it("[CON-2] a permit below the announced TTL is shown, until it is raised", () => {
  board.add("session", session("a"));
  permit(14);
  look();
  expect(shown("a")).toEqual([{ kind: "ttl", source: SOURCE, group: GROUP, ttl: 15, maxTtl: 14 }]);
  permit(15);
  look();
  expect(shown("a")).toBeUndefined();
});

it("[CON-3] a session of which an mrouter has seen nothing for a minute is silent, until it sees something", () => {
  board.add("session", session("a"));
  board.add("mrouter", mrouter());
  look();
  expect(shown("a")).toBeUndefined();
  nowMs += SILENT_AFTER_MS;
  look();
  expect(shown("a")).toEqual([{ kind: "silent", source: SOURCE, group: GROUP }]);
  send(nowMs);
  look();
  expect(shown("a")).toBeUndefined();
  nowMs += SILENT_AFTER_MS;
  look();
  expect(shown("a")).toHaveLength(1);
});

it("[CON-3] neither a session nor an mrouter that came within the last minute makes one silent", () => {
  board.add("session", session("old"));
  nowMs += SILENT_AFTER_MS;
  board.add("mrouter", mrouter());
  look();
  expect(shown("old")).toBeUndefined();
  nowMs += SILENT_AFTER_MS;
  board.add("session", session("new"));
  look();
  expect([shown("old")?.length, shown("new")]).toEqual([1, undefined]);
});

it("[CON-3] a flow of IPv6 is looked at by the mrouters of its source as well", () => {
  const flow = { source: "2001:db8:1::11", group: "ff0e::10", ttl: null };
  for (const id of ["inside", "outside"])
    board.add("session", session(id, { flows: [id === "inside" ? flow : { ...flow, source: "2001:db8:2::11" }] }));
  board.add("mrouter", mrouter({ networks: ["192.0.2.0/24", "2001:db8:1::/64"] }));
  look();
  nowMs += SILENT_AFTER_MS;
  look();
  const [inside, outside] = ["inside", "outside"].map((id) => shown(id)?.filter(({ kind }) => kind === "silent") ?? []);
  expect(inside).toMatchObject([{ source: "2001:db8:1::11", group: "ff0e::10" }]);
  expect(outside).toEqual([]);
});

it("[CON-3] a sender that is refused is not silent", () => {
  board.add("session", session("a"));
  board.add("mrouter", mrouter());
  look();
  nowMs += SILENT_AFTER_MS;
  const times = { firstAt: nowMs, lastAt: nowMs };
  const counts = { reason: "UNKNOWN", ttl: 15, packets: 1, bytes: 100 } as const;
  const place = { id: `edge-1|lan0|${FLOW}`, mrouter: "edge-1", interface: "lan0", source: SOURCE, group: GROUP };
  board.add("denied", { ...place, ...counts, ...times });
  look();
  expect(shown("a")).toBeUndefined();
});

it.each([
  ["is offline", { state: "offline" }],
  ["speaks v1 only and cannot be looked at", { sendersInForce: null }],
  ["is another's", { networks: ["198.51.100.0/24"] }],
] as const)("[CON-3] nobody looks where the mrouter %s", (_, more) => {
  board.add("session", session("a"));
  board.add("mrouter", mrouter(more as Partial<Mrouter>));
  look();
  nowMs += SILENT_AFTER_MS;
  look();
  expect(shown("a")).toBeUndefined();
});
