// SPDX-License-Identifier: MIT
import { expect, it } from "vitest";
import type { V2Call } from "./v2-caller.ts";
import { readLimited } from "./v2-reads.ts";

it("ends when the mrouter is restarted between two pages and numbers its rows anew", async () => {
  const pages = [
    { cursor: 50, latest: 100 },
    { cursor: 7, latest: 7 },
  ];
  const cursors: number[] = [];
  const call = (async (request: { cursor: number }) => {
    cursors.push(request.cursor);
    const page = pages.shift();
    if (page === undefined) throw new Error("it goes on asking");
    return { op: "stats", table: "limited", rows: [], nowMs: 1, ...page };
  }) as unknown as V2Call;
  expect(await readLimited(call, 0)).toMatchObject({ cursor: 7 });
  expect(cursors).toEqual([0, 50]);
});
