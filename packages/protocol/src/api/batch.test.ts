// SPDX-License-Identifier: MIT
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { BATCH_LENGTH_BYTES, batchesOf, LEADING_SESSIONS, leadingSessions } from "./batch.ts";
import { AnyCommand } from "./command.ts";

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const textOf = (frame: Uint8Array): string => new TextDecoder().decode(frame);

describe("a batch", () => {
  it("is a JSON array of commands, the last of which says how far it is", () => {
    const frames = ['{"rev":1,"text":"a,]é"}', '{"rev":2}'].map(bytes);
    expect([...batchesOf({ entity: "session", total: 2, frames }, 7)].map(textOf)).toEqual([
      '[{"rev":1,"text":"a,]é"},{"rev":2},{"rev":7,"type":"add","entity":"progress","value":{"entity":"session","sent":2,"total":2}}]',
    ]);
  });

  it("says also that there is nothing of an entity", () => {
    const [only, ...rest] = [...batchesOf({ entity: "grant", total: 0, frames: [] }, 7)].map((one) =>
      JSON.parse(textOf(one)),
    );
    expect(rest).toEqual([]);
    expect(only.map((one: unknown) => AnyCommand.parse(one))).toEqual([
      { rev: 7, type: "add", entity: "progress", value: { entity: "grant", sent: 0, total: 0 } },
    ]);
  });

  it("leaves out nothing, keeps the order, and is seldom larger than its length", () => {
    const sizes = fc.array(fc.integer({ min: 0, max: 2 * BATCH_LENGTH_BYTES }), { maxLength: 30 });
    fc.assert(
      fc.property(sizes, fc.nat(40), (lengths, total) => {
        const texts = lengths.map((length, index) => `{"rev":${index},"text":"${"x".repeat(length)}"}`);
        const batches = [...batchesOf({ entity: "session", total, frames: texts.map(bytes) }, 7)].map(textOf);
        const read = batches.map(
          (batch) => JSON.parse(batch) as { entity?: string; value?: { sent: number; total: number } }[],
        );
        const ends = read.map((batch) => batch.at(-1)?.value);
        expect(read.flatMap((batch) => batch.slice(0, -1))).toEqual(texts.map((text) => JSON.parse(text)));
        expect(ends.at(-1)).toMatchObject({ sent: texts.length, total: texts.length });
        for (const end of ends.slice(0, -1)) expect(end?.sent).toBeLessThan(end?.total ?? 0);
        const longest = Math.max(0, ...texts.map((text) => text.length));
        for (const batch of batches) expect(batch.length).toBeLessThan(BATCH_LENGTH_BYTES + longest + 200);
      }),
      { numRuns: 200 },
    );
  });
});

describe("the leading sessions", () => {
  it("are those that a sort by title puts first", () => {
    const titles = fc.array(fc.string({ unit: fc.constantFrom("a", "B", "é", " ", "1"), maxLength: 3 }), {
      maxLength: 400,
    });
    fc.assert(
      fc.property(titles, (given) => {
        const sessions = given.map((title, index) => ({ id: `s${index}`, title }));
        const keyed = sessions.map((one) => ({ id: one.id, key: one.title.toLowerCase() }));
        // A stable sort of the language is the oracle.
        const sorted = keyed.toSorted((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0));
        expect(leadingSessions(sessions)).toEqual(sorted.slice(0, LEADING_SESSIONS).map((one) => one.id));
      }),
      { numRuns: 200 },
    );
  });
});
