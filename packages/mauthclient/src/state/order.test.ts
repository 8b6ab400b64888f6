// SPDX-License-Identifier: MIT
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Order, type SortValue } from "./order.ts";

interface Row {
  readonly id: string;
  readonly rank: number;
}

const byRank: SortValue<Row> = (row) => row.rank;
const byId: SortValue<Row> = (row) => row.id;

describe("the order of a live list", () => {
  it("is that of a list sorted anew, whatever came, went and changed before", () => {
    const list = fc.uniqueArray(fc.record({ id: fc.constantFrom("a", "b", "c", "d", "e", "f"), rank: fc.nat(3) }), {
      selector: (row) => row.id,
    });
    const step = fc.record({ list, desc: fc.boolean(), value: fc.constantFrom(byRank, byId) });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 8 }), (steps) => {
        const order = new Order<Row>();
        for (const { list: rows, desc, value } of steps) {
          const sign = desc ? -1 : 1;
          const anew = rows.toSorted((a, b) => sign * String(value(a)).localeCompare(String(value(b)), "en"));
          expect(order.sort(rows, { value, desc })).toEqual(anew);
        }
      }),
    );
  });

  it("leaves equals as they were given, in either direction", () => {
    const rows = ["c", "a", "b"].map((id) => ({ id, rank: 1 }));
    const order = new Order<Row>();
    for (const desc of [true, false]) expect(order.sort(rows, { value: byRank, desc })).toEqual(rows);
  });

  it("asks for the value of a row again only when the row is another", () => {
    const rows = ["a", "b"].map((id, rank) => ({ id, rank }));
    const order = new Order<Row>();
    let asked = 0;
    const value: SortValue<Row> = (row) => {
      asked++;
      return row.rank;
    };
    order.sort(rows, { value, desc: false });
    order.sort([...rows], { value, desc: true });
    expect(asked).toBe(2);
    order.sort([{ id: "a", rank: 5 }, ...rows.slice(1)], { value, desc: true });
    expect(asked).toBe(3);
  });

  it("forgets a row that is gone", () => {
    const order = new Order<Row>();
    const [a, b] = [
      { id: "a", rank: 1 },
      { id: "b", rank: 2 },
    ];
    order.sort([a, b], { value: byRank, desc: false });
    expect(order.sort([b], { value: byRank, desc: false })).toEqual([b]);
    expect(order.sort([a, b], { value: byRank, desc: true })).toEqual([b, a]);
  });
});
