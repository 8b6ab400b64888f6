// SPDX-License-Identifier: MIT
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Search } from "./search.ts";

interface Row {
  readonly text: string;
}

const everything = (): boolean => true;
const short = (row: Row): boolean => row.text.length < 4;

describe("a search", () => {
  it("finds what a look at every row finds, whatever was searched before", () => {
    const text = fc.string({ unit: fc.constantFrom("a", "b", " "), maxLength: 5 });
    const lists = fc.array(fc.array(text, { maxLength: 20 }), { minLength: 1, maxLength: 3 });
    const step = fc.record({ query: text, list: fc.nat(2), isShown: fc.constantFrom(everything, short) });
    fc.assert(
      fc.property(lists, fc.array(step, { maxLength: 12 }), (texts, steps) => {
        const rows = texts.map((one) => one.map((each): Row => ({ text: each })));
        const search = new Search<Row>();
        for (const { query, list, isShown } of steps) {
          const among = rows[list % rows.length] ?? [];
          const words = query.split(" ").filter(Boolean);
          const wanted = among.filter((row) => isShown(row) && words.every((word) => row.text.includes(word)));
          expect(search.find(among, query, isShown)).toEqual(wanted);
        }
      }),
      { numRuns: 500 },
    );
  });

  it("looks only at what was left while a query grows, and at everything once it does not", () => {
    let looks = 0;
    const rows = ["ab", "ac", "bc"].map((text) => ({
      get text() {
        looks++;
        return text;
      },
    }));
    const search = new Search<Row>();
    const looksOf = (query: string): number => {
      looks = 0;
      search.find(rows, query, everything);
      return looks;
    };
    expect([looksOf("b"), looksOf("ab"), looksOf("ab x"), looksOf("b")]).toEqual([3, 2, 1, 3]);
  });

  it("gives the same list as long as it leaves the same rows", () => {
    const [a, b, c] = ["a", "ab", "c"].map((text): Row => ({ text }));
    const search = new Search<Row>();
    const found = search.find([a, b, c] as Row[], "a", everything);
    expect(search.find([a, b, { text: "d" }] as Row[], "a", everything)).toBe(found);
    expect(search.find([a, { text: "ab" }] as Row[], "a", everything)).not.toBe(found);
  });

  it("finds each word, whatever the case", () => {
    const rows = [{ text: "stage left\n192.0.2.10" }];
    const search = new Search<Row>();
    expect(search.find(rows, " LEFT 192.0 ", everything)).toEqual(rows);
    expect(search.find(rows, "left right", everything)).toEqual([]);
  });
});
