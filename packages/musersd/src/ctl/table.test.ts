// SPDX-License-Identifier: MIT
import { expect, it } from "vitest";
import { formatAge, formatTable } from "./table.ts";

it("aligns text to the left and numbers to the right", () => {
  const columns = [
    { heading: "SOURCE", text: ([source]: [string, number]) => source },
    { heading: "N", isNumber: true, text: ([, count]: [string, number]) => String(count) },
  ];
  expect(
    formatTable(columns, [
      ["192.0.2.11", 5],
      ["192.0.2.1", 1200],
    ]),
  ).toBe("SOURCE         N\n192.0.2.11     5\n192.0.2.1   1200\n");
});

it.each([
  [undefined, "never"],
  [-5, "0 s"],
  [1499, "1 s"],
  [59_400, "59 s"],
  [60_000, "1 min"],
  [3_600_000, "1 h"],
  [86_400_000 * 3, "3 d"],
])("an age of %s ms is %s", (ageMs, text) => {
  expect(formatAge(ageMs)).toBe(text);
});
