// SPDX-License-Identifier: MIT
import { expect, it } from "vitest";
import type { Session } from "@mauth/protocol/api";
import { SessionDirectory } from "../sessions.ts";
import { encodeSap } from "../sap/packet.ts";
import { findConflicts } from "./conflicts.ts";
import type { FlowKnowledge } from "./conflicts.ts";

const UNKNOWN: FlowKnowledge = { maxTtlOf: () => undefined, isSending: () => undefined };

function sessions(...described: { source: string; group: string; port?: number; filter?: string }[]): Session[] {
  const directory = new SessionDirectory();
  for (const [index, { source, group, port = 5004, filter }] of described.entries()) {
    const head = `v=0\no=- ${index + 1} 1 IN IP4 192.0.2.1\ns=${index}\nm=audio ${port} RTP/AVP 0\nc=IN IP4 ${group}/15\n`;
    const text = head + (filter === undefined ? "" : `a=source-filter: incl IN IP4 * ${filter}\n`);
    const payload = new TextEncoder().encode(text);
    const bytes = encodeSap({ deletion: false, messageIdHash: index + 1, originatingSource: source, payload });
    directory.hear({ bytes, source, sapGroup: "", interface: "", mrouter: null }, { monotonicMs: 0, wallMs: 0 });
  }
  return directory.sessions();
}

function permitted(maxTtl: number): FlowKnowledge {
  return { ...UNKNOWN, maxTtlOf: () => maxTtl };
}

it("[CON-1] one group and port from two sources is a conflict", () => {
  const both = sessions({ source: "192.0.2.1", group: "233.252.0.1" }, { source: "192.0.2.2", group: "233.252.0.1" });
  expect(findConflicts(both, UNKNOWN)).toEqual([
    { kind: "shared", session: both[1]?.id, other: both[0]?.id, group: "233.252.0.1", port: 5004 },
  ]);
});

it.each([
  ["another port", { source: "192.0.2.2", group: "233.252.0.1", port: 5006 }],
  ["another group", { source: "192.0.2.2", group: "233.252.0.2" }],
  ["the same stream, announced by another host", { source: "192.0.2.2", group: "233.252.0.1", filter: "192.0.2.1" }],
])("[CON-1] %s is none", (_, other) => {
  expect(findConflicts(sessions({ source: "192.0.2.1", group: "233.252.0.1" }, other), UNKNOWN)).toEqual([]);
});

it("[CON-1] nor is a source-specific group, where receivers choose the source", () => {
  const both = sessions({ source: "192.0.2.1", group: "232.1.1.1" }, { source: "192.0.2.2", group: "232.1.1.1" });
  expect(findConflicts(both, UNKNOWN)).toEqual([]);
});

it("[CON-2] an announced TTL above the permitted one is a conflict, an equal one is none", () => {
  const [session] = sessions({ source: "192.0.2.1", group: "233.252.0.1" });
  const all = session === undefined ? [] : [session];
  expect(findConflicts(all, permitted(14))).toEqual([
    { kind: "ttl", session: session?.id, source: "192.0.2.1", group: "233.252.0.1", ttl: 15, maxTtl: 14 },
  ]);
  expect(findConflicts(all, permitted(15))).toEqual([]);
});

it("[CON-3] a flow that somebody looks for and does not see is silent", () => {
  const all = sessions({ source: "192.0.2.1", group: "233.252.0.1" });
  const looking = (isSending: boolean | undefined): unknown[] =>
    findConflicts(all, { ...UNKNOWN, isSending: () => isSending });
  expect(looking(false)).toMatchObject([{ kind: "silent", source: "192.0.2.1", group: "233.252.0.1" }]);
  expect([looking(true), looking(undefined)]).toEqual([[], []]);
});
