// SPDX-License-Identifier: MIT
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ConflictError, FencedError } from "../../errors.ts";
import { KINDS } from "../store.ts";
import type { Body, Expectation, Kind, Op, Store } from "../store.ts";

const by = { actor: "test", at: 1_700_000_000_000 };
const put = (key: string, body: Body = {}, kind: Kind = "grant"): Op => ({ op: "put", kind, key, body });
const gone = (key: string, kind: Kind = "grant"): Op => ({ op: "delete", kind, key });

/** Bodies that must come back as they were given. */
const BODIES: readonly [string, Body][] = [
  ["nothing", {}],
  ["an empty text", { text: "" }],
  ["every kind of value", { a: null, b: true, c: false, d: 0, e: "", f: [], g: {} }],
  ["numbers", { a: -1, b: 1.5, c: 1e300, d: 5e-324, e: 9_007_199_254_740_991, f: -0.1 }],
  ["control characters", { text: "\u0000\u0001\u001f\u007f" }],
  ["quotes and backslashes", { text: `"'\\"`, '"': "'" }],
  ["SQL", { text: "'; DROP TABLE entity; --", "x' OR '1'='1": 1 }],
  ["text of every plane", { text: "é\u{1f600}\u{10ffff}漢" }],
  ["half of a surrogate pair", { text: "\ud800", "\udfff": 1 }],
  ["line separators", { text: "\u2028\u2029\r\n" }],
  ["names that objects have", { constructor: 1, toString: 2, hasOwnProperty: 3 }],
  ["a name that changes prototypes", JSON.parse('{"__proto__": {"a": 1}}') as Body],
  ["names in another order", { z: 1, a: 2, "10": 3, "9": 4 }],
  ["deep lists", { list: [[[[[[1, [2, [3]]]]]]]] }],
  ["deep objects", { a: { a: { a: { a: { a: { a: {} } } } } } }],
  ["objects in lists", { list: [{ a: 1 }, { a: [{ b: null }] }] }],
  ["a long text", { text: "x".repeat(100_000) }],
  ["many fields", Object.fromEntries(Array.from({ length: 2000 }, (_, index) => [`f${index}`, index]))],
  ["a long list", { list: Array.from({ length: 5000 }, (_, index) => index) }],
  ["an empty name", { "": 1 }],
];

const KEYS: readonly [string, string][] = [
  ["a sender", "192.0.2.1>233.252.0.1"],
  ["a prefix", "0.0.0.0>233.252.0.0/24"],
  ["a removal", "edge-1|192.0.2.1>233.252.0.1"],
  ["a space", " "],
  ["quotes", `"'`],
  ["SQL", "' OR 1=1 --"],
  ["a percent sign, which is a pattern", "%"],
  ["an underscore, which is a pattern", "_"],
  ["a NUL in the middle", "a\u0000b"],
  ["another alphabet", "ключ漢字"],
  ["an emoji", "\u{1f600}"],
  ["a capital letter", "A"],
  ["a small letter", "a"],
  ["a long text", "k".repeat(4096)],
  ["brackets and commas", "[,],{:}"],
];

interface ExpectationCase {
  readonly sentence: string;
  readonly before: readonly Op[];
  readonly expect: readonly Expectation[];
  readonly isMet: boolean;
}
const at = (key: string, rev: number, kind: Kind = "grant"): Expectation => ({ kind, key, rev });
const EXPECTATIONS: readonly ExpectationCase[] = [
  { sentence: "none", before: [], expect: [], isMet: true },
  { sentence: "an absent row as absent", before: [], expect: [at("a", 0)], isMet: true },
  { sentence: "an absent row as there", before: [], expect: [at("a", 1)], isMet: false },
  { sentence: "a row as absent", before: [put("a")], expect: [at("a", 0)], isMet: false },
  { sentence: "a row at its revision", before: [put("a")], expect: [at("a", 1)], isMet: true },
  { sentence: "a row at a later revision", before: [put("a")], expect: [at("a", 2)], isMet: false },
  { sentence: "a row at an earlier revision", before: [put("a"), put("a")], expect: [at("a", 1)], isMet: false },
  { sentence: "a row that was put again", before: [put("a"), put("a")], expect: [at("a", 2)], isMet: true },
  { sentence: "a deleted row as absent", before: [put("a"), gone("a")], expect: [at("a", 0)], isMet: true },
  { sentence: "a deleted row at its last revision", before: [put("a"), gone("a")], expect: [at("a", 2)], isMet: false },
  { sentence: "a row that came back", before: [put("a"), gone("a"), put("a")], expect: [at("a", 3)], isMet: true },
  { sentence: "the row of another kind", before: [put("a", {}, "mrouter")], expect: [at("a", 1)], isMet: false },
  { sentence: "two, both right", before: [put("a"), put("b")], expect: [at("a", 1), at("b", 2)], isMet: true },
  { sentence: "two, the second wrong", before: [put("a"), put("b")], expect: [at("a", 1), at("b", 1)], isMet: false },
  { sentence: "two, the first wrong", before: [put("a"), put("b")], expect: [at("a", 2), at("b", 2)], isMet: false },
];

/** What a Store keeps: rows of any content under any key, only when they are as expected. */
export function describeRows(open: () => Promise<Store>): void {
  describe("keeps rows:", () => {
    let store: Store;
    beforeEach(async () => {
      store = await open();
    });
    afterEach(() => store.close());

    it.each(BODIES)("a body with %s", async (_, body) => {
      await store.commit([put("a", { first: 1 }), put("a", body)], by);
      const { rows } = await store.snapshot(["grant"]);
      expect(JSON.stringify(rows[0]?.body)).toBe(JSON.stringify(sorted(body)));
      const [change] = await store.history({ limit: 1 });
      expect(change).toMatchObject({ rev: 2, before: { first: 1 } });
      expect(JSON.stringify(change?.op === "put" && change.body)).toBe(JSON.stringify(sorted(body)));
      expect(await store.verify()).toMatchObject({ lines: 2 });
    });

    it.each(KEYS)("under a key with %s", async (_, key) => {
      await store.commit([put("a-first"), put(key, { n: 1 }), put("z-last")], by);
      expect((await store.snapshot(["grant"])).rows.filter((row) => row.key === key)).toMatchObject([
        { body: { n: 1 } },
      ]);
      expect(await store.history({ limit: 9, key })).toHaveLength(1);
      await store.commit([gone(key)], { ...by, expect: [{ kind: "grant", key, rev: 2 }] });
      const keys = (await store.snapshot(["grant"])).rows.map((row) => row.key).sort();
      expect(keys).toEqual(["a-first", "z-last"]);
    });

    it.each(KINDS.map((kind) => [kind] as const))("of the kind %s, apart from all others", async (kind) => {
      await store.commit(
        KINDS.map((one) => put("same", { one }, one)),
        by,
      );
      expect((await store.snapshot([kind])).rows.map((row) => row.body)).toEqual([{ one: kind }]);
      await store.commit([gone("same", kind)], by);
      expect((await store.snapshot(KINDS)).rows).toHaveLength(KINDS.length - 1);
      expect((await store.history({ limit: 99, kinds: [kind] })).map((change) => change.op)).toEqual(["delete", "put"]);
    });

    it.each(EXPECTATIONS)("expecting $sentence: $isMet", async ({ before, expect: expected, isMet }) => {
      const rev = before.length === 0 ? 0 : await store.commit(before, by);
      const commit = store.commit([put("new"), gone("a")], { ...by, expect: expected });
      if (isMet) {
        expect(await commit).toBe(rev + 2);
      } else {
        await expect(commit).rejects.toThrow(ConflictError);
        expect((await store.snapshot(KINDS)).rev).toBe(rev);
        expect((await store.snapshot(["grant"])).rows.some((row) => row.key === "new")).toBe(false);
      }
    });

    it.each([0, 1, 2, 3, 10, 498, 499, 500, 501, 502, 999, 1000, 1001, 1500, 2500])(
      "%i of them in one commit",
      async (count) => {
        const ops = Array.from({ length: count }, (_, index) => put(`k${String(index).padStart(5, "0")}`, { index }));
        expect(await store.commit(ops, by)).toBe(count);
        const { rows } = await store.snapshot(["grant"]);
        expect(rows.map(({ rev, body }) => [rev, body["index"]])).toEqual(ops.map((_, index) => [index + 1, index]));
        const loaded: string[] = [];
        expect(await store.load(["grant"], ({ key }) => loaded.push(key))).toBe(count);
        expect(loaded).toEqual(rows.map(({ key }) => key));
      },
    );

    it("of one group although one of its commits is refused", async () => {
      const first = await store.lease("leader", "one");
      await store.lease("leader", "two");
      const results = await Promise.allSettled([
        store.commit([put("a")], by),
        store.commit([put("b")], { ...by, fence: first }),
        store.commit([put("c")], { ...by, expect: [at("c", 9)] }),
        store.commit([put("d"), put("e")], by),
      ]);
      expect(
        results.map((one) => (one.status === "fulfilled" ? one.value : (one.reason as Error).constructor)),
      ).toEqual([1, FencedError, ConflictError, 3]);
      expect((await store.snapshot(["grant"])).rows.map((row) => row.key)).toEqual(["a", "d", "e"]);
    });

    it("committed at once in the order of the calls, each with its own revisions", async () => {
      const revs = await Promise.all(Array.from({ length: 300 }, async (_, n) => store.commit([put("a", { n })], by)));
      expect(revs).toEqual(Array.from({ length: 300 }, (_, n) => n + 1));
      expect((await store.snapshot(["grant"])).rows).toMatchObject([{ rev: 300, body: { n: 299 } }]);
    });

    it("so that only one of two who saw the same revision changes it", async () => {
      await store.commit([put("a", { n: 0 })], by);
      const add = async (n: number) => store.commit([put("a", { n })], { ...by, expect: [at("a", 1)] });
      const results = await Promise.allSettled([add(1), add(2), add(3)]);
      expect(results.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "rejected"]);
      expect((await store.snapshot(["grant"])).rows).toMatchObject([{ body: { n: 1 } }]);
    });
  });
}

/** Keys in order, as every store returns them. */
function sorted(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map(sorted);
  const entries = Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1));
  return Object.fromEntries(entries.map(([name, one]) => [name, sorted(one)]));
}
