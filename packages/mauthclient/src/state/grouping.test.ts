// SPDX-License-Identifier: MIT
import * as fc from "fast-check";
import { expect, it } from "vitest";
import { Grouping } from "./grouping.ts";

interface Entity {
  readonly id: string;
  readonly keys: readonly string[];
  readonly value: number;
}

/** The members of each group in an order that does not matter. */
function listed(groups: ReadonlyMap<string, readonly Entity[]>): string[] {
  return Array.from(groups, ([key, list]) =>
    [key, ...list.map((one) => `${one.id}${one.value}`).sort()].join(" "),
  ).sort();
}

/** The same by looking for the members of every key there is. */
function expected(entities: ReadonlyMap<string, Entity>): string[] {
  const groups = ["x", "y", "z"].map((key): [string, Entity[]] => [
    key,
    [...entities.values()].filter((one) => one.keys.includes(key)),
  ]);
  return listed(new Map(groups.filter(([, list]) => list.length > 0)));
}

it("has the same groups after any changes as a new one has", () => {
  const id = fc.constantFrom("a", "b", "c", "d");
  const keys = fc.uniqueArray(fc.constantFrom("x", "y", "z"));
  const state = fc.dictionary(id, fc.record({ keys, value: fc.nat(2) }));
  fc.assert(
    fc.property(fc.array(state, { maxLength: 8 }), (states) => {
      const grouping = new Grouping<Entity>((one) => one.keys);
      let last = new Map<string, Entity>();
      for (const next of states) {
        const entities = new Map(
          Object.entries(next).map(([name, part]) => {
            const known = last.get(name);
            const isSame = known?.value === part.value && known.keys.join() === part.keys.join();
            return [name, isSame ? known : { id: name, ...part }];
          }),
        );
        expect(listed(grouping.follow(entities))).toEqual(expected(entities));
        last = entities;
      }
    }),
  );
});

it("keeps the place of an entity that changes, and the list that it stands in", () => {
  const grouping = new Grouping<Entity>((one) => one.keys);
  const [a, b] = [
    { id: "a", keys: ["x"], value: 0 },
    { id: "b", keys: ["x"], value: 0 },
  ];
  const list = grouping.follow(new Map(Object.entries({ a, b }))).get("x");
  grouping.follow(new Map(Object.entries({ a: { ...a, value: 1 }, b })));
  expect(list?.map((one) => `${one.id}${one.value}`)).toEqual(["a1", "b0"]);
});
