// SPDX-License-Identifier: MIT
import { expect, it } from "vitest";
import { formatSort, parseSort } from "./sort.ts";

const FALLBACK = { id: "title", desc: false };

it("survives the way through the address", () => {
  for (const sort of [
    { id: "title", desc: true },
    { id: "ttl", desc: false },
  ]) {
    expect(parseSort(formatSort(sort), ["title", "ttl"], FALLBACK)).toEqual(sort);
  }
});

it("falls back for columns that do not exist", () => {
  for (const text of [undefined, "", "-", "__proto__", "-nothing"])
    expect(parseSort(text, ["title"], FALLBACK)).toBe(FALLBACK);
});
