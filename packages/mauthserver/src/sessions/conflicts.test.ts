// SPDX-License-Identifier: MIT
import { expect, it } from "vitest";
import type { Conflict, Session } from "@mauth/protocol/api";
import { SessionDirectory } from "../sessions.ts";
import { encodeSap } from "../sap/packet.ts";
import { UseIndex, conflictsOf } from "./conflicts.ts";
import type { FlowKnowledge } from "./conflicts.ts";

const UNKNOWN: FlowKnowledge = { maxTtlOf: () => undefined, isSending: () => undefined };

function sessions(...described: { source: string; group: string; port?: number; filter?: string }[]): Session[] {
  const directory = new SessionDirectory();
  for (const [index, { source, group, port = 5004, filter }] of described.entries()) {
    const head = `v=0\no=- ${index + 1} 1 IN IP4 192.0.2.1\ns=${index}\nm=audio ${port} RTP/AVP 0\nc=IN IP4 ${group.includes("/") ? group : `${group}/15`}\n`;
    const text = head + (filter === undefined ? "" : `a=source-filter: incl IN IP4 * ${filter}\n`);
    const payload = new TextEncoder().encode(text);
    const bytes = encodeSap({ deletion: false, messageIdHash: index + 1, originatingSource: source, payload });
    directory.hear({ bytes, source, sapGroup: "", interface: "", mrouter: null }, { monotonicMs: 0, wallMs: 0 });
  }
  return directory.sessions();
}

/** The conflicts of each. */
function conflictsOfAll(all: readonly Session[], knowledge: FlowKnowledge = UNKNOWN): Conflict[][] {
  const index = new UseIndex();
  for (const session of all) index.set(session);
  return all.map((session) => conflictsOf(session, index, knowledge));
}

function permitted(maxTtl: number): FlowKnowledge {
  return { ...UNKNOWN, maxTtlOf: () => maxTtl };
}

it("[CON-1] one group and port from two sources is a conflict", () => {
  const both = sessions({ source: "192.0.2.1", group: "233.252.0.1" }, { source: "192.0.2.2", group: "233.252.0.1" });
  const place = { kind: "shared", group: "233.252.0.1", port: 5004 };
  expect(conflictsOfAll(both)).toEqual([[{ ...place, other: both[1]?.id }], [{ ...place, other: both[0]?.id }]]);
});

it.each([
  ["another port", { source: "192.0.2.2", group: "233.252.0.1", port: 5006 }],
  ["another group", { source: "192.0.2.2", group: "233.252.0.2" }],
  ["the same stream, announced by another host", { source: "192.0.2.2", group: "233.252.0.1", filter: "192.0.2.1" }],
])("[CON-1] %s is none", (_, other) => {
  expect(conflictsOfAll(sessions({ source: "192.0.2.1", group: "233.252.0.1" }, other))).toEqual([[], []]);
});

it.each([
  ["232.1.1.1", 0],
  ["ff3e::8000:1/1", 0],
  ["ff35:0:1::5/1", 0],
  // Unicast-prefix-based (RFC 3306 §4): only with a prefix length of 0, FF3x::/32, it is source-specific (§6).
  ["ff35:40:2001:db8::5/1", 1],
])(
  "[CON-1] two sources of %s make %i conflict each: receivers of a source-specific group choose the source",
  (group, count) => {
    const both = sessions({ source: "192.0.2.1", group }, { source: "192.0.2.2", group });
    expect(conflictsOfAll(both).map(({ length }) => length)).toEqual([count, count]);
  },
);

it("[CON-1] a session that left or moved is in conflict no more", () => {
  const [first, second] = sessions(
    { source: "192.0.2.1", group: "233.252.0.1" },
    { source: "192.0.2.2", group: "233.252.0.1" },
  );
  const [moved] = sessions({ source: "192.0.2.2", group: "233.252.0.2" });
  if (first === undefined || second === undefined || moved === undefined) throw new Error("no sessions");
  const index = new UseIndex();
  for (const session of [first, second]) index.set(session);
  expect(conflictsOf(first, index, UNKNOWN)).toHaveLength(1);
  index.set({ ...moved, id: second.id });
  expect(conflictsOf(first, index, UNKNOWN)).toEqual([]);
  for (const session of [first, second]) index.delete(session.id);
  expect(index.size).toBe(0);
});

it("[CON-1] what would not fit is not compared, and takes no place", () => {
  const index = new UseIndex(1);
  for (const session of sessions(
    { source: "192.0.2.1", group: "233.252.0.1/15/2" },
    { source: "192.0.2.2", group: "233.252.0.1" },
  ))
    index.set(session);
  expect(index.size).toBe(1);
});

it("[CON-2] an announced TTL above the permitted one is a conflict, an equal one is none", () => {
  const [session] = sessions({ source: "192.0.2.1", group: "233.252.0.1" });
  const all = session === undefined ? [] : [session];
  expect(conflictsOfAll(all, permitted(14))).toEqual([
    [{ kind: "ttl", source: "192.0.2.1", group: "233.252.0.1", ttl: 15, maxTtl: 14 }],
  ]);
  expect(conflictsOfAll(all, permitted(15))).toEqual([[]]);
});

it("[CON-3] a flow that somebody looks for and does not see is silent", () => {
  const all = sessions({ source: "192.0.2.1", group: "233.252.0.1" });
  const looking = (isSending: boolean | undefined): unknown[] =>
    conflictsOfAll(all, { ...UNKNOWN, isSending: () => isSending });
  expect(looking(false)).toEqual([[{ kind: "silent", source: "192.0.2.1", group: "233.252.0.1" }]]);
  expect([looking(true), looking(undefined)]).toEqual([[[]], [[]]]);
});
