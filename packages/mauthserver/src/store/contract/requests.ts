// SPDX-License-Identifier: MIT
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ConflictError } from "../../errors.ts";
import { markCommits, REQUEST_KEPT_MS, REQUESTS_MAX } from "../request-mark.ts";
import type { Op, Store } from "../store.ts";

const by = { actor: "test", at: 1000 };
const put = (key: string): Op => ({ op: "put", kind: "grant", key, body: {} });
const mark = { key: "one", digest: "d" };

/** What a store remembers of requests. */
export function describeRequests(open: () => Promise<Store>): void {
  describe("requests that may be asked again", () => {
    let store: Store;
    beforeEach(async () => {
      store = await open();
    });
    afterEach(() => store.close());

    it("are not known before they have committed anything", async () => {
      await markCommits(mark, async () => store.commit([], by));
      expect(await store.findRequest("one")).toBe(undefined);
    });

    it("are known by their first commit, and those of others are not", async () => {
      const others = store.commit([put("z")], by);
      await markCommits(mark, async () => {
        await store.commit([put("a"), put("b")], by);
        await store.commit([put("c")], { ...by, at: 2000 });
      });
      await others;
      expect(await store.findRequest("one")).toEqual({ digest: "d", at: 1000, rev: 3, answer: null });
      expect(await store.findRequest("two")).toBe(undefined);
    });

    it("are not known when their commit was refused", async () => {
      const expecting = { ...by, expect: [{ kind: "grant", key: "a", rev: 7 } as const] };
      await expect(markCommits(mark, async () => store.commit([put("a")], expecting))).rejects.toThrow(ConflictError);
      expect(await store.findRequest("one")).toBe(undefined);
    });

    it("are known with their answer, and not when they are forgotten", async () => {
      await markCommits(mark, async () => store.commit([put("a")], by));
      await store.answerRequest(mark, '{"status":201}', 1500);
      expect(await store.findRequest("one")).toEqual({ digest: "d", at: 1500, rev: 1, answer: '{"status":201}' });
      await store.forgetRequest("one");
      expect(await store.findRequest("one")).toBe(undefined);
    });

    it("are forgotten when they are old", async () => {
      await store.answerRequest(mark, "1", 1000);
      await store.answerRequest({ ...mark, key: "two" }, "2", 1000 + REQUEST_KEPT_MS - 1);
      expect(await store.findRequest("one")).toMatchObject({ answer: "1" });
      await store.answerRequest({ ...mark, key: "three" }, "3", 1000 + REQUEST_KEPT_MS);
      expect(await store.findRequest("one")).toBe(undefined);
      expect(await store.findRequest("two")).toMatchObject({ answer: "2" });
    });

    it("are forgotten when they are too many, the oldest first", { timeout: 120_000 }, async () => {
      for (let index = 0; index <= REQUESTS_MAX; index++)
        await store.answerRequest({ key: `k${index}`, digest: "d" }, null, index);
      expect(await store.findRequest("k0")).toBe(undefined);
      expect(await store.findRequest("k1")).toBeDefined();
    });
  });
}
