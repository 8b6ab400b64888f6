// SPDX-License-Identifier: MIT
import { describe, expect, it } from "vitest";
import { ChangedRows } from "./changed-rows.ts";
import type { RowBatch, RowTable, RowTableName } from "./row-table.ts";
import { ObjectRows } from "./row-table.ts";

interface Row {
  readonly id: number;
  readonly value: number;
}

/** Rows of two words of key and three of value, some at a time. */
class WordTable implements RowTable<Row> {
  readonly keyWords = 2;
  readonly valueWords = 3;
  readonly names: readonly RowTableName[];
  rows: readonly Row[] = [];
  rowsPerBatch = 3;

  constructor(names: readonly RowTableName[] = ["senders"]) {
    this.names = names;
  }

  *read(): Generator<RowBatch> {
    for (let start = 0; start < this.rows.length; start += this.rowsPerBatch) {
      const some = this.rows.slice(start, start + this.rowsPerBatch);
      const keys = Uint32Array.from(some.flatMap(({ id }) => [7, id]));
      yield { count: some.length, keys, values: Uint32Array.from(some.flatMap(({ value }) => [1, value, 2])) };
    }
  }

  isIn(_name: RowTableName, _key: DataView, value: DataView): boolean {
    return value.getUint32(4, true) !== 99;
  }

  decode(key: DataView, value: DataView): Row {
    return { id: key.getUint32(4, true), value: value.getUint32(4, true) };
  }
}

/** Reads to the end what the tables hold now. */
function refresh(rows: ChangedRows<Row>): void {
  const reading = rows.readingFor(0, 0);
  while (!rows.hasEnded(reading, 0)) rows.step();
}

const zero = (...ids: number[]): Row[] => ids.map((id) => ({ id, value: 0 }));

describe("changed rows", () => {
  it("[V2-14] numbers rows in the order of their changes and forgets those that are gone", () => {
    const table = new WordTable();
    const rows = new ChangedRows([table]);
    table.rows = zero(1, 2, 3);
    refresh(rows);
    expect(rows.page("senders", { cursor: 0, countMax: 2 }, 0)).toEqual({ rows: zero(1, 2), cursor: 2, latest: 3 });
    table.rows = [{ id: 1, value: 7 }, ...zero(3)];
    refresh(rows);
    const page = rows.page("senders", { cursor: 2, countMax: 9 }, 0);
    expect(page).toEqual({ rows: [...zero(3), { id: 1, value: 7 }], cursor: 4, latest: 4 });
    expect(rows.page("senders", { cursor: 4, countMax: 9 }, 0)).toEqual({ rows: [], cursor: 4, latest: 4 });
    expect(rows.page("senders", { cursor: 99, countMax: 9 }, 0)).toEqual({ rows: [], cursor: 4, latest: 4 });
  });

  it("[V2-14] pages of any length show a reader every change once, whatever comes and goes", () => {
    const table = new WordTable();
    const rows = new ChangedRows([table]);
    const model = new Map<number, number>();
    const read = new Map<number, number>();
    let cursor = 0;
    let random = 1;
    const next = (below: number): number => {
      random = (Math.imul(random, 1_103_515_245) + 12_345) >>> 0;
      return (random >>> 8) % below;
    };
    for (let round = 0; round < 300; round++) {
      for (let change = next(40); change > 0; change--) {
        const id = next(3000);
        if (next(3) === 0) model.delete(id);
        else model.set(id, round % 90);
      }
      if (round === 100) for (let id = 0; id < 2500; id++) model.set(id, 1);
      if (round === 200) model.clear();
      table.rows = Array.from(model, ([id, value]) => ({ id, value }));
      table.rowsPerBatch = 1 + next(50);
      refresh(rows);
      for (let latest = Infinity; cursor < latest;) {
        const page = rows.page("senders", { cursor, countMax: 1 + next(30) }, 0);
        for (const { id, value } of page.rows) {
          expect(read.get(id)).not.toBe(value);
          read.set(id, value);
        }
        latest = Math.min(latest, page.latest);
        cursor = page.cursor;
      }
      for (const id of read.keys()) if (!model.has(id)) read.delete(id);
      expect(read).toEqual(model);
    }
  });

  it("keeps order and numbers until a reading has ended, so that a reader between two pages misses nothing", () => {
    const table = new WordTable();
    const rows = new ChangedRows([table]);
    table.rows = zero(...Array.from({ length: 5000 }, (_, id) => id));
    table.rowsPerBatch = 1000;
    refresh(rows);
    table.rows = [{ id: 4000, value: 5 }, ...table.rows.slice(0, 3999)];
    expect(rows.hasEnded(rows.readingFor(0, 0), 0)).toBe(false);
    expect(rows.isReading).toBe(true);
    const page = rows.page("senders", { cursor: 4000, countMax: 2 }, 0);
    expect(page).toEqual({ rows: [{ id: 4000, value: 5 }, ...zero(4001)], cursor: 4002, latest: 5000 });
  });

  it("a reader who must see now waits for a reading that begins now, another takes one that is young", () => {
    const table = new WordTable();
    const rows = new ChangedRows([table]);
    table.rows = zero(...Array.from({ length: 9000 }, (_, id) => id));
    table.rowsPerBatch = 1000;
    const first = rows.readingFor(1000, 50);
    expect(rows.hasEnded(first, 1000)).toBe(false);
    expect([rows.readingFor(1049, 50), rows.readingFor(1050, 50)]).toEqual([first, first + 1]);
    while (!rows.hasEnded(first, 1049)) rows.step();
    expect(rows.isReading).toBe(false);
    expect([rows.readingFor(1049, 50), rows.readingFor(1050, 50)]).toEqual([first, first + 1]);
    expect(rows.hasEnded(first + 1, 1050)).toBe(false);
  });

  it("numbers tables together, and lists in each what belongs there", () => {
    const [ipv4, ipv6] = [new WordTable(["senders", "limited"]), new WordTable(["sendersIpv6", "limited"])];
    const rows = new ChangedRows<Row>([ipv4, ipv6]);
    [ipv4.rows, ipv6.rows] = [zero(1, 2), [{ id: 3, value: 99 }, ...zero(4)]];
    refresh(rows);
    ipv4.rows = [{ id: 1, value: 1 }, ...zero(2)];
    refresh(rows);
    const all = { cursor: 0, countMax: 9 };
    expect(rows.page("senders", all, 0).rows).toEqual([...zero(2), { id: 1, value: 1 }]);
    expect(rows.page("sendersIpv6", all, 0)).toEqual({ rows: zero(4), cursor: 5, latest: 5 });
    expect(rows.page("limited", all, 0).rows).toEqual([...zero(2, 4), { id: 1, value: 1 }]);
  });

  it("looks at so many rows for one page, and goes on from there", () => {
    const table = new WordTable();
    const rows = new ChangedRows([table]);
    table.rowsPerBatch = 1000;
    table.rows = [...Array.from({ length: 20_000 }, (_, id) => ({ id, value: 99 })), ...zero(20_001)];
    refresh(rows);
    const found: Row[] = [];
    let pages = 0;
    for (let cursor = 0; cursor < 20_001; pages++) {
      const page = rows.page("senders", { cursor, countMax: 9 }, 0);
      found.push(...page.rows);
      cursor = page.cursor;
    }
    expect({ found, pages }).toEqual({ found: zero(20_001), pages: 3 });
  });
});

describe("rows that are objects", () => {
  it("keep what they are known by, and memory only for those that are there", () => {
    let objects: Row[] = zero(1, 2);
    const options = { rows: () => objects, nameOf: ({ id }: Row) => String(id), isIn: () => true };
    const rows = new ChangedRows<Row>([new ObjectRows<Row>({ names: ["senders"], ...options })]);
    refresh(rows);
    for (let round = 3; round < 50; round++) {
      objects = zero(2, round);
      refresh(rows);
    }
    const page = rows.page("senders", { cursor: 0, countMax: 9 }, 0);
    expect(page).toEqual({ rows: zero(2, 49), cursor: 49, latest: 49 });
  });
});
