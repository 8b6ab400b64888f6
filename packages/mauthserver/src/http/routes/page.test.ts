// SPDX-License-Identifier: MIT
import { expect, it } from "vitest";
import { pageOf } from "./page.ts";

const all = Array.from({ length: 95 }, (_, index) => ({ id: `id ${String(index).padStart(3, "0")}` }));
const shuffled = [...all].sort((a, b) => (a.id.slice(-1) + a.id < b.id.slice(-1) + b.id ? 1 : -1));

it.each([1, 7, 94, 95, 96, 1000])("gives every item once, by rising id, in pages of %i", (limit) => {
  const seen: string[] = [];
  let cursor: string | undefined;
  do {
    const page = pageOf(shuffled, { limit, ...(cursor !== undefined && { cursor }) }, () => true);
    expect(page.items.length).toBeLessThanOrEqual(limit);
    seen.push(...page.items.map(({ id }) => id));
    cursor = page.next ?? undefined;
  } while (cursor !== undefined);
  expect(seen).toEqual(all.map(({ id }) => id));
});

it("counts only what is wanted", () => {
  const page = pageOf(shuffled, { limit: 2 }, ({ id }) => id.endsWith("5"));
  expect(page.items.map(({ id }) => id)).toEqual(["id 005", "id 015"]);
});

it("goes on after an item that is gone", () => {
  const { next } = pageOf(all, { limit: 10 }, () => true);
  const left = all.filter(({ id }) => id !== "id 009");
  expect(pageOf(left, { limit: 1, cursor: next! }, () => true).items).toEqual([{ id: "id 010" }]);
});
