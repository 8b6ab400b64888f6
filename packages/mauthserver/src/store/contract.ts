// SPDX-License-Identifier: MIT
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { CompactedError, ConflictError, FencedError, StoreUnavailableError } from "../errors.ts";
import { describeLog } from "./contract/log.ts";
import { describeRequests } from "./contract/requests.ts";
import { describeRows } from "./contract/rows.ts";
import type { Change, Op, Row, Store } from "./store.ts";

const by = { actor: "test", at: 1_700_000_000_000 };
const put = (key: string, body: Record<string, unknown> = {}): Op => ({ op: "put", kind: "grant", key, body });
const heard = (key: string): Op => ({ op: "put", kind: "session", key, body: {} });
const gone = (key: string): Op => ({ op: "delete", kind: "grant", key });

async function take(store: Store, rev: number, count: number): Promise<Change[]> {
  const changes: Change[] = [];
  const stop = new AbortController();
  for await (const batch of store.tail(rev, stop.signal)) {
    changes.push(...batch);
    if (changes.length >= count) stop.abort();
  }
  return changes;
}

/** What every Store must do; `open` gives an empty one. */
export function describeStoreContract(name: string, open: () => Promise<Store>): void {
  describe(`${name} keeps the store contract`, () => {
    describeRows(open);
    describeLog(open);
    describeRequests(open);
    let store: Store;
    beforeEach(async () => {
      store = await open();
    });
    afterEach(() => store.close());

    it("starts empty at revision 0", async () => {
      expect(await store.snapshot(["grant", "session", "mrouter"])).toEqual({ rev: 0, rows: [] });
    });

    it("names its log, which is no other's", async () => {
      const other = await open();
      const id = await store.logId();
      expect(id).toMatch(/^[0-9a-f]{32}$/);
      expect(await other.logId()).not.toBe(id);
      await store.commit([put("a")], by);
      expect(await store.logId()).toBe(id);
      await other.close();
    });

    it("gives each operation the next revision", async () => {
      expect(await store.commit([put("a"), put("b")], by)).toBe(2);
      expect(await store.commit([gone("a")], by)).toBe(3);
    });

    it("does not advance for a commit of nothing", async () => {
      await store.commit([put("a")], by);
      expect(await store.commit([], by)).toBe(1);
    });

    it("returns what was put, with the revision that wrote it", async () => {
      await store.commit([put("a", { text: "é\u{1f600}", n: 1.5, deep: [{ x: null }] })], by);
      const { rows } = await store.snapshot(["grant"]);
      expect(rows).toEqual([
        { kind: "grant", key: "a", rev: 1, body: { text: "é\u{1f600}", n: 1.5, deep: [{ x: null }] } },
      ]);
    });

    it("makes of the rows of a kind what a fold makes of them", async () => {
      await store.commit([put("a", { n: 1 }), heard("b"), put("c", { n: 2 })], by);
      const fold = { module: new URL("testing/collect.ts", import.meta.url).href, name: "Collect" };
      const rows = await store.fold<Row[]>(["grant"], fold);
      expect(rows.toSorted((one, other) => one.rev - other.rev)).toEqual([
        { kind: "grant", key: "a", rev: 1, body: { n: 1 } },
        { kind: "grant", key: "c", rev: 3, body: { n: 2 } },
      ]);
    });

    it("replaces a row that is put again", async () => {
      await store.commit([put("a", { n: 1 }), put("a", { n: 2 })], by);
      expect((await store.snapshot(["grant"])).rows).toEqual([{ kind: "grant", key: "a", rev: 2, body: { n: 2 } }]);
    });

    it("deletes a row, and acknowledges deleting an absent one", async () => {
      await store.commit([put("a"), gone("a"), gone("a")], by);
      expect(await store.snapshot(["grant"])).toEqual({ rev: 3, rows: [] });
    });

    it("keeps the same key of different kinds apart", async () => {
      await store.commit([put("a"), { op: "put", kind: "mrouter", key: "a", body: { m: 1 } }], by);
      expect((await store.snapshot(["mrouter"])).rows.map((row) => row.body)).toEqual([{ m: 1 }]);
      expect((await store.snapshot(["grant", "mrouter"])).rows).toHaveLength(2);
    });

    it("is not changed through an object that was committed or returned", async () => {
      const body = { n: 1 };
      await store.commit([put("a", body)], by);
      body.n = 2;
      const first = await store.snapshot(["grant"]);
      (first.rows[0]!.body as { n: number }).n = 3;
      expect((await store.snapshot(["grant"])).rows[0]!.body).toEqual({ n: 1 });
    });

    it("refuses the whole commit when an expectation fails", async () => {
      await store.commit([put("a")], by);
      const expectations = [{ kind: "grant", key: "a", rev: 9 }] as const;
      await expect(store.commit([put("b")], { ...by, expect: expectations })).rejects.toThrow(ConflictError);
      expect(await store.snapshot(["grant"])).toMatchObject({ rev: 1, rows: [{ key: "a" }] });
    });

    it("commits when a row is at the expected revision or absent as expected", async () => {
      await store.commit([put("a")], by);
      const expectations = [
        { kind: "grant", key: "a", rev: 1 },
        { kind: "grant", key: "b", rev: 0 },
      ] as const;
      expect(await store.commit([put("b")], { ...by, expect: expectations })).toBe(2);
      await expect(store.commit([put("b")], { ...by, expect: expectations })).rejects.toThrow(ConflictError);
    });

    it("gives each holder of a lease a greater epoch and tells the one before", async () => {
      const first = await store.lease("leader", "one");
      const second = await store.lease("leader", "two");
      expect([first.epoch, second.epoch]).toEqual([1, 2]);
      expect([first.lost.aborted, second.lost.aborted]).toEqual([true, false]);
    });

    it("counts the epochs of different leases apart", async () => {
      await store.lease("leader", "one");
      expect((await store.lease("other", "one")).epoch).toBe(1);
    });

    it("refuses a commit behind the fence of a deposed holder", async () => {
      const first = await store.lease("leader", "one");
      const second = await store.lease("leader", "two");
      await expect(store.commit([put("a")], { ...by, fence: first })).rejects.toThrow(FencedError);
      expect(await store.commit([put("a")], { ...by, fence: second })).toBe(1);
    });

    it("tails every change after a revision, in order, with who and when", async () => {
      await store.commit([put("a", { n: 1 }), put("b")], by);
      await store.commit([gone("a")], { actor: "someone", at: 5 });
      expect(await take(store, 1, 2)).toMatchObject([
        { op: "put", kind: "grant", key: "b", body: {}, before: null, rev: 2, ...by, from: null },
        { op: "delete", kind: "grant", key: "a", before: { n: 1 }, rev: 3, actor: "someone", at: 5 },
      ]);
    });

    it("wakes a tail that waits at the end of the log", async () => {
      const waiting = take(store, 0, 1);
      await store.commit([put("a")], by);
      expect((await waiting).map((change) => change.rev)).toEqual([1]);
    });

    it("hands a long log to a tail without gaps", async () => {
      const ops = Array.from({ length: 2500 }, (_, index) => put(`k${index}`));
      await store.commit(ops, by);
      const revs = (await take(store, 0, 2500)).map((change) => change.rev);
      expect(revs).toEqual(Array.from({ length: 2500 }, (_, index) => index + 1));
    });

    it("ends a tail whose signal aborts while it waits", async () => {
      const stop = new AbortController();
      const iterator = store.tail(0, stop.signal)[Symbol.asyncIterator]();
      const next = iterator.next();
      stop.abort();
      expect((await next).done).toBe(true);
    });

    it("continues a tail from a snapshot without loss or repetition", async () => {
      await store.commit([put("a")], by);
      const { rev } = await store.snapshot(["grant"]);
      await store.commit([put("b")], by);
      expect((await take(store, rev, 1)).map((change) => change.key)).toEqual(["b"]);
    });

    it("refuses to tail from before a compaction, and still tails from it", async () => {
      await store.commit([heard("a"), heard("b"), heard("c")], by);
      await store.compact(["session"], 2);
      await expect(take(store, 1, 1)).rejects.toThrow(CompactedError);
      expect((await take(store, 2, 1)).map((change) => change.key)).toEqual(["c"]);
      expect((await store.snapshot(["session"])).rows).toHaveLength(3);
    });

    it("compacts only the kinds it is told to", async () => {
      await store.commit([put("a"), { op: "put", kind: "session", key: "s", body: {} }, put("b")], by);
      await store.compact(["session"], 3);
      await expect(take(store, 1, 1)).rejects.toThrow(CompactedError);
      expect((await take(store, 2, 1)).map((change) => change.key)).toEqual(["b"]);
    });

    it("refreshes a body without a revision or a change", async () => {
      await store.commit([put("a", { n: 1 })], by);
      await store.refresh([
        { kind: "grant", key: "a", body: { n: 2 } },
        { kind: "grant", key: "absent", body: { n: 3 } },
      ]);
      expect(await store.snapshot(["grant"])).toEqual({
        rev: 1,
        rows: [{ kind: "grant", key: "a", rev: 1, body: { n: 2 } }],
      });
    });

    it("refuses every operation once closed", async () => {
      const lease = await store.lease("leader", "one");
      await store.close();
      expect(lease.lost.aborted).toBe(true);
      await expect(store.commit([put("a")], by)).rejects.toThrow(StoreUnavailableError);
      await expect(store.snapshot(["grant"])).rejects.toThrow(StoreUnavailableError);
      await store.close();
    });
  });
}
