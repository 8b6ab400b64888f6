// SPDX-License-Identifier: MIT
import { createHash } from "node:crypto";
import * as fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { KINDS } from "../store.ts";
import type { Body, Change, CommitOptions, HistoryQuery, Kind, Op, Store } from "../store.ts";

const put = (key: string, body: Body = {}, kind: Kind = "grant"): Op => ({ op: "put", kind, key, body });
const gone = (key: string, kind: Kind = "grant"): Op => ({ op: "delete", kind, key });

/** Ten lines: revision, kind, key, actor, at. */
const LINES: readonly [Op, CommitOptions][] = [
  [put("g1"), { actor: "anna", at: 100, from: "192.0.2.7", reason: "first" }],
  [put("m1", {}, "mrouter"), { actor: "ben", at: 200 }],
  [put("s1", {}, "session"), { actor: "sap", at: 300 }],
  [put("g2"), { actor: "anna", at: 400, from: null }],
  [put("g1", { n: 2 }), { actor: "ben", at: 500 }],
  [gone("g1"), { actor: "anna", at: 600, undoes: 1 }],
  [put("s1", { n: 2 }, "session"), { actor: "sap", at: 700 }],
  [gone("s1", "session"), { actor: "sap", at: 800 }],
  [put("a1", {}, "account"), { actor: "carl", at: 800 }],
  [put("g3"), { actor: "anna", at: 900 }],
];

const QUERIES: readonly [string, HistoryQuery, readonly number[]][] = [
  ["everything, the newest first", { limit: 99 }, [10, 9, 8, 7, 6, 5, 4, 3, 2, 1]],
  ["the last one", { limit: 1 }, [10]],
  ["nothing", { limit: 0 }, []],
  ["what is before a revision", { limit: 99, before: 4 }, [3, 2, 1]],
  ["what is before the first", { limit: 99, before: 1 }, []],
  ["what is before one that is not there yet", { limit: 2, before: 99 }, [10, 9]],
  ["one kind", { limit: 99, kinds: ["session"] }, [8, 7, 3]],
  ["two kinds", { limit: 99, kinds: ["mrouter", "account"] }, [9, 2]],
  ["no kind", { limit: 99, kinds: [] }, []],
  ["a kind without lines", { limit: 99, kinds: ["token"] }, []],
  ["one actor", { limit: 99, actor: "anna" }, [10, 6, 4, 1]],
  ["an actor who did nothing", { limit: 99, actor: "ann" }, []],
  ["an actor who is a pattern", { limit: 99, actor: "%" }, []],
  ["one key", { limit: 99, key: "g1" }, [6, 5, 1]],
  ["one key of one kind", { limit: 99, key: "s1", kinds: ["session"] }, [8, 7, 3]],
  ["one key of another kind", { limit: 99, key: "s1", kinds: ["grant"] }, []],
  ["since an instant, itself included", { limit: 99, since: 800 }, [10, 9, 8]],
  ["until an instant, itself left out", { limit: 99, until: 200 }, [1]],
  ["between two instants", { limit: 99, since: 200, until: 500 }, [4, 3, 2]],
  ["an empty time", { limit: 99, since: 500, until: 500 }, []],
  ["one actor, one kind, before a revision", { limit: 99, actor: "anna", kinds: ["grant"], before: 6 }, [4, 1]],
  [
    "all conditions at once",
    { limit: 1, actor: "ben", kinds: ["grant"], key: "g1", before: 9, since: 1, until: 600 },
    [5],
  ],
  ["the second page", { limit: 3, before: 8 }, [7, 6, 5]],
];

/** What the log of a Store tells, and that nobody can change it unseen. */
export function describeLog(open: () => Promise<Store>): void {
  describe("keeps a log:", () => {
    let store: Store;
    beforeEach(async () => {
      store = await open();
    });
    afterEach(() => store.close());
    async function writeLines(): Promise<void> {
      for (const [op, options] of LINES) await store.commit([op], options);
    }

    it.each(QUERIES)("history of %s", async (_, query, revs) => {
      await writeLines();
      expect((await store.history(query)).map((change) => change.rev)).toEqual(revs);
    });

    it("with who, from where, when, why, what was before and which change was undone", async () => {
      await writeLines();
      const changes = await store.history({ limit: 99, key: "g1" });
      for (const { hash } of changes) expect(hash).toMatch(/^[0-9a-f]{64}$/);
      expect(changes.map((change) => ({ ...change, hash: "" }))).toEqual([
        {
          rev: 6,
          hash: "",
          op: "delete",
          kind: "grant",
          key: "g1",
          actor: "anna",
          from: null,
          at: 600,
          undoes: 1,
          before: { n: 2 },
        },
        {
          rev: 5,
          hash: "",
          op: "put",
          kind: "grant",
          key: "g1",
          actor: "ben",
          from: null,
          at: 500,
          before: {},
          body: { n: 2 },
        },
        {
          rev: 1,
          hash: "",
          op: "put",
          kind: "grant",
          key: "g1",
          actor: "anna",
          from: "192.0.2.7",
          at: 100,
          reason: "first",
          before: null,
          body: {},
        },
      ]);
    });

    it("in which a refresh shows as what was before the next change", async () => {
      await store.commit([put("s", { n: 1 }, "session")], { actor: "sap", at: 1 });
      await store.refresh([{ kind: "session", key: "s", body: { n: 2 } }]);
      await store.commit([gone("s", "session")], { actor: "sap", at: 2 });
      expect(await store.history({ limit: 1 })).toMatchObject([{ before: { n: 2 } }]);
      expect(await store.verify()).toMatchObject({ lines: 2 });
    });

    it("that ends where it began for whoever deletes what is not there", async () => {
      await store.commit([gone("never")], { actor: "anna", at: 1 });
      expect(await store.history({ limit: 9 })).toMatchObject([{ rev: 1, op: "delete", before: null }]);
    });

    it("of which every hash can be computed from the page of a book: SHA-256 over the head before and the line", async () => {
      await writeLines();
      let head = "0".repeat(64);
      for (const change of (await store.history({ limit: 99 })).reverse()) {
        const { rev, kind, key, actor, from, at, reason = null, undoes = null, before } = change;
        const after = change.op === "put" ? change.body : null;
        const line = { actor, after, at, before, from, key, kind, reason, rev, undoes };
        const hash = createHash("sha256")
          .update(`${head}\n${JSON.stringify(line)}`)
          .digest("hex");
        expect(change.hash).toBe(hash);
        if (kind !== "session" && kind !== "removal") head = hash;
      }
      expect(await store.verify()).toEqual({ lines: 10, head });
    });

    it("that is whole when it is empty", async () => {
      expect(await store.verify()).toEqual({ lines: 0, head: "0".repeat(64) });
    });

    it.each([
      [["session"], 3, [10, 9, 8, 7, 6, 5, 4, 2, 1]],
      [["session"], 7, [10, 9, 8, 6, 5, 4, 2, 1]],
      [["session"], 99, [10, 9, 6, 5, 4, 2, 1]],
      [["removal"], 99, [10, 9, 8, 7, 6, 5, 4, 3, 2, 1]],
      [["session", "removal"], 8, [10, 9, 6, 5, 4, 2, 1]],
      [[], 99, [10, 9, 8, 7, 6, 5, 4, 3, 2, 1]],
      [["session"], 0, [10, 9, 8, 7, 6, 5, 4, 3, 2, 1]],
    ] as const)("without lines of %j up to %i after a compaction, and whole all the same", async (kinds, rev, left) => {
      await writeLines();
      const before = await store.verify();
      const rows = await store.snapshot(KINDS);
      await store.compact(kinds, rev);
      expect((await store.history({ limit: 99 })).map((change) => change.rev)).toEqual(left);
      expect(await store.verify()).toEqual({ ...before, lines: left.length });
      expect(await store.snapshot(KINDS)).toEqual(rows);
      expect(await store.commit([put("next")], { actor: "anna", at: 1 })).toBe(11);
      expect(await store.verify()).toMatchObject({ lines: left.length + 1 });
    });

    it.each([0, 1, 5, 9, 10])("which a tail from revision %i continues exactly", async (rev) => {
      await writeLines();
      const stop = new AbortController();
      const seen: Change[] = [];
      const following = (async () => {
        for await (const batch of store.tail(rev, stop.signal)) {
          seen.push(...batch);
          if (seen.at(-1)?.rev === 12) stop.abort();
        }
      })();
      await store.commit([put("x"), gone("g2")], { actor: "ben", at: 5, reason: "tail" });
      await following;
      expect(seen.map((change) => change.rev)).toEqual(Array.from({ length: 12 - rev }, (_, index) => rev + 1 + index));
      expect(seen).toEqual((await store.history({ limit: 12 - rev })).reverse());
    });

    it("that many tails follow, each at its own pace", async () => {
      const stop = new AbortController();
      const counts = await Promise.all([
        writeLines(),
        ...Array.from({ length: 20 }, async () => {
          let count = 0;
          const mine = new AbortController();
          stop.signal.addEventListener("abort", () => mine.abort());
          for await (const batch of store.tail(0, mine.signal)) {
            count += batch.length;
            if (count === LINES.length) mine.abort();
          }
          return count;
        }),
      ]);
      stop.abort();
      expect(counts.slice(1)).toEqual(Array.from({ length: 20 }, () => LINES.length));
    });

    it.each(Array.from({ length: 12 }, (_, index) => index + 1))(
      "whose fold is the rows, whatever was committed (seed %i)",
      async (seed) => {
        const op = fc.record({
          kind: fc.constantFrom<Kind[]>("grant", "session", "removal", "ignored"),
          key: fc.constantFrom("a", "b", "c"),
          n: fc.option(fc.nat(9), { nil: undefined }),
        });
        const commits = fc.sample(fc.array(op, { maxLength: 5 }), { seed, numRuns: 60 });
        for (const [at, ops] of commits.entries())
          await store.commit(
            ops.map(({ kind, key, n }) => (n === undefined ? gone(key, kind) : put(key, { n }, kind))),
            { actor: "fold", at },
          );
        const fold = new Map<string, unknown>();
        let rev = 0;
        for (const change of (await store.history({ limit: 9999 })).reverse()) {
          expect(change.rev).toBe(++rev);
          const name = `${change.kind} ${change.key}`;
          expect(change.before).toEqual(fold.get(name) ?? null);
          if (change.op === "put") fold.set(name, change.body);
          else fold.delete(name);
        }
        const { rows, rev: last } = await store.snapshot(KINDS);
        expect(last).toBe(rev);
        expect(new Map(rows.map((row) => [`${row.kind} ${row.key}`, row.body]))).toEqual(fold);
        expect(await store.verify()).toMatchObject({ lines: rev });
      },
    );
  });
}
