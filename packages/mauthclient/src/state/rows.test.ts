// SPDX-License-Identifier: MIT
import { describe, expect, it } from "vitest";
import { grant, sender, session } from "../../test/samples.ts";
import { indexSenders, indexSessions } from "./pairs.ts";
import { GrantRows, pairOrder, SessionRows } from "./rows.ts";

const sendersOf = (...all: ReturnType<typeof sender>[]) => indexSenders(new Map(all.map((one) => [one.id, one])));
const sessionsOf = (...all: ReturnType<typeof session>[]) => indexSessions(new Map(all.map((one) => [one.id, one])));

describe("rows of sessions", () => {
  const sessions = new Map([[session().id, session()]]);

  it("keep their identity until the session or its permission changes", () => {
    const rows = new SessionRows();
    const [row] = rows.follow(sessions, new Map());
    expect(rows.follow(sessions, new Map())[0]).toBe(row);
    expect(rows.follow(sessions, new Map([["other", grant({ source: "192.0.2.99" })]]))[0]).toBe(row);
    const permitted = rows.follow(sessions, new Map([[grant().id, grant()]]))[0];
    expect(permitted).not.toBe(row);
    expect(permitted?.permission).toBe("partly");
    const louder = rows.follow(sessions, new Map([[grant().id, grant({ maxTtl: 99 })]]))[0];
    expect(louder).toBe(permitted);
    expect(rows.follow(sessions, new Map())[0]?.permission).toBe("not-permitted");
    expect(rows.follow(new Map([[session().id, session()]]), new Map())[0]).not.toBe(row);
  });

  it("go with their sessions", () => {
    const rows = new SessionRows();
    rows.follow(sessions, new Map());
    expect(rows.follow(new Map(), new Map())).toEqual([]);
  });

  it("can be searched by title, address, group and codec", () => {
    const [row] = new SessionRows().follow(sessions, new Map());
    for (const word of ["stage left", "192.0.2.10", "233.252.0.2", "l24/48000"]) expect(row?.text).toContain(word);
  });

  it("name each group once and the greatest TTL", () => {
    const flow = { source: "192.0.2.10", group: "233.252.0.1" };
    const flows = [
      { ...flow, ttl: 15 },
      { ...flow, source: "192.0.2.11", ttl: 63 },
      { ...flow, ttl: null },
    ];
    const row = new SessionRows().follow(new Map([["x", session({ flows })]]), new Map())[0];
    expect(row).toMatchObject({ groups: ["233.252.0.1"], ttl: 63 });
  });
});

describe("rows of grants", () => {
  const grants = new Map([[grant().id, grant()]]);

  it("keep their identity while only figures change", () => {
    const rows = new GrantRows();
    const [row] = rows.follow(grants, sendersOf(sender()), sessionsOf(session()));
    expect(row).toMatchObject({ senderIds: ["edge-1|192.0.2.10>233.252.0.1"], standing: "enforced" });
    const louder = sendersOf(sender({ packets: 2_000 }));
    expect(rows.follow(grants, louder, sessionsOf(session({ info: "another text" })))[0]).toBe(row);
  });

  it.each([
    ["the grant", [grant({ maxTtl: 99 })], [sender()], [session()]],
    ["an mrouter that holds it", [grant()], [sender(), sender({ mrouter: "edge-2" })], [session()]],
    ["the mrouter that holds it", [grant()], [sender({ mrouter: "edge-2" })], [session()]],
    ["no mrouter that holds it", [grant()], [], [session()]],
    ["the title of its session", [grant()], [sender()], [session({ title: "Stage right" })]],
    ["a second session", [grant()], [sender()], [session(), session({ id: "other" })]],
    [
      "a session of somebody else",
      [grant()],
      [sender()],
      [session({ flows: [{ source: "192.0.2.9", group: "233.252.0.1", ttl: 15 }] })],
    ],
    ["no session", [grant()], [sender()], []],
  ])("are made anew with %s", (_, [changed], senders, sessions) => {
    const rows = new GrantRows();
    const [row] = rows.follow(grants, sendersOf(sender()), sessionsOf(session()));
    const now = changed?.maxTtl === 99 ? new Map([[changed.id, changed]]) : grants;
    const [next] = rows.follow(now, sendersOf(...senders), sessionsOf(...sessions));
    expect(next).not.toBe(row);
    expect(next?.senderIds).toEqual(senders.map((one) => one.id));
  });

  it("go with their grants", () => {
    const rows = new GrantRows();
    rows.follow(grants, new Map(), sessionsOf());
    expect(rows.follow(new Map(), new Map(), sessionsOf())).toEqual([]);
  });
});

it("orders pairs by number, not by letter", () => {
  const pairs = ["192.0.2.100", "192.0.2.9", "9.0.0.1"].map((source) => ({ source, group: "233.252.0.1" }));
  const sorted = pairs.toSorted((a, b) => (pairOrder(a) < pairOrder(b) ? -1 : 1)).map((pair) => pair.source);
  expect(sorted).toEqual(["9.0.0.1", "192.0.2.9", "192.0.2.100"]);
});
