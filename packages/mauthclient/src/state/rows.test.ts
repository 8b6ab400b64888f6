// SPDX-License-Identifier: MIT
import type { Session } from "@mauth/protocol/api";
import { describe, expect, it } from "vitest";
import { grant, session } from "../../test/samples.ts";
import { filterRows, pairOrder, RowCache, type SessionRow, sessionRows } from "./rows.ts";

function setUp() {
  const cache = new RowCache<Session, SessionRow>();
  const sessions = new Map([[session().id, session()]]);
  return { cache, sessions };
}

describe("rows of sessions", () => {
  it("keep their identity until the session or its permission changes", () => {
    const { cache, sessions } = setUp();
    const [row] = sessionRows(sessions, new Map(), cache);
    expect(sessionRows(sessions, new Map(), cache)[0]).toBe(row);
    const permitted = sessionRows(sessions, new Map([[grant().id, grant()]]), cache)[0];
    expect(permitted).not.toBe(row);
    expect(permitted?.permission).toBe("partly");
  });

  it("are found by each word of title, address, group and codec, whatever the case", () => {
    const { cache, sessions } = setUp();
    const rows = sessionRows(sessions, new Map(), cache);
    for (const query of ["stage LEFT", "192.0.2.10", "233.252.0.2", "l24/48000", "left 233.252", " "]) {
      expect(filterRows(rows, query, () => true)).toEqual(rows);
    }
    expect(filterRows(rows, "stage right", () => true)).toEqual([]);
    expect(filterRows(rows, "stage", () => false)).toEqual([]);
  });

  it("name each group once and the greatest TTL", () => {
    const flow = { source: "192.0.2.10", group: "233.252.0.1" };
    const flows = [
      { ...flow, ttl: 15 },
      { ...flow, source: "192.0.2.11", ttl: 63 },
      { ...flow, ttl: null },
    ];
    const row = sessionRows(new Map([["x", session({ flows })]]), new Map(), new RowCache())[0];
    expect(row).toMatchObject({ groups: ["233.252.0.1"], ttl: 63 });
  });
});

it("orders pairs by number, not by letter", () => {
  const pairs = ["192.0.2.100", "192.0.2.9", "9.0.0.1"].map((source) => ({ source, group: "233.252.0.1" }));
  const sorted = pairs.toSorted((a, b) => (pairOrder(a) < pairOrder(b) ? -1 : 1)).map((pair) => pair.source);
  expect(sorted).toEqual(["9.0.0.1", "192.0.2.9", "192.0.2.100"]);
});
