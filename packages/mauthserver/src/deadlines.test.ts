// SPDX-License-Identifier: MIT
import * as fc from "fast-check";
import { expect, it } from "vitest";
import { Deadlines } from "./deadlines.ts";

it("hands out what is due, earliest first, once", () => {
  const deadlines = new Deadlines();
  for (const [name, at] of [
    ["c", 30],
    ["a", 10],
    ["b", 20],
  ] as const)
    deadlines.set(name, at);
  expect(deadlines.next).toBe(10);
  expect(deadlines.take(9)).toEqual([]);
  expect(deadlines.take(20)).toEqual(["a", "b"]);
  expect(deadlines.take(20)).toEqual([]);
  expect([deadlines.size, deadlines.next]).toEqual([1, 30]);
});

it("agrees with a sorted list, whatever is set, moved and cancelled", () => {
  const action = fc.oneof(
    fc.tuple(fc.constant("set" as const), fc.nat(20), fc.option(fc.nat(50), { nil: undefined })),
    fc.tuple(fc.constant("take" as const), fc.nat(60), fc.constant(undefined)),
  );
  fc.assert(
    fc.property(fc.array(action, { maxLength: 60 }), (actions) => {
      const deadlines = new Deadlines();
      const model = new Map<string, number>();
      for (const [what, value, at] of actions) {
        if (what === "take") {
          const due = [...model].filter(([, dueAt]) => dueAt <= value).map(([name]) => name);
          for (const name of due) model.delete(name);
          expect(deadlines.take(value).sort()).toEqual(due.sort());
        } else {
          deadlines.set(`n${value}`, at);
          if (at === undefined) model.delete(`n${value}`);
          else model.set(`n${value}`, at);
        }
        expect(deadlines.size).toBe(model.size);
        expect(deadlines.next).toBe(model.size === 0 ? undefined : Math.min(...model.values()));
      }
    }),
    { numRuns: 2000 },
  );
});
