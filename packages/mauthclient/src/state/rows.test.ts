// SPDX-License-Identifier: MIT
import { describe, expect, it } from "vitest";
import { grant, session } from "../../test/samples.ts";
import { pairOrder, SessionRows } from "./rows.ts";

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

it("orders pairs by number, not by letter", () => {
  const pairs = ["192.0.2.100", "192.0.2.9", "9.0.0.1"].map((source) => ({ source, group: "233.252.0.1" }));
  const sorted = pairs.toSorted((a, b) => (pairOrder(a) < pairOrder(b) ? -1 : 1)).map((pair) => pair.source);
  expect(sorted).toEqual(["9.0.0.1", "192.0.2.9", "192.0.2.100"]);
});
