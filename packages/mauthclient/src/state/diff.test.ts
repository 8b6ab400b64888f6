// SPDX-License-Identifier: MIT
import { expect, it } from "vitest";
import { fieldChanges } from "./diff.ts";

it("names the fields that differ, whatever they hold", () => {
  const before = { group: "233.252.0.1", maxTtl: 15, rate: { bytesPerSecond: 1 }, reason: "x" };
  const after = { group: "233.252.0.1", maxTtl: 31, rate: { bytesPerSecond: 2 }, expiresAt: 5 };
  expect(fieldChanges(before, after)).toEqual([
    { field: "expiresAt", before: undefined, after: "5" },
    { field: "maxTtl", before: "15", after: "31" },
    { field: "rate", before: '{"bytesPerSecond":1}', after: '{"bytesPerSecond":2}' },
    { field: "reason", before: "x", after: undefined },
  ]);
});

it("takes what began or ended as a whole", () => {
  expect(fieldChanges(null, { a: 1 })).toEqual([{ field: "a", before: undefined, after: "1" }]);
  expect(fieldChanges({ a: 1 }, null)).toEqual([{ field: "a", before: "1", after: undefined }]);
  expect(fieldChanges(null, null)).toEqual([]);
});
