// SPDX-License-Identifier: MIT
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { canonicalJson } from "../store/line.ts";
import type { GrantRow } from "./grant.ts";
import { GrantFold } from "./loading.ts";
import { PlainGrants } from "./plain-grants.ts";
import { PlainLine } from "./plain-line.ts";
import { TEXTS_MAX } from "./text-pool.ts";

const LINE =
  '["192.0.2.1>233.252.0.7",41,{"group":"233.252.0.7","id":"192.0.2.1>233.252.0.7","maxTtl":16,"permittedAt":1700000000123,"permittedBy":"ann","reason":"rehearsal","source":"192.0.2.1"}]\n';
const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);

/** What the two ways of taking a row over make of it: as text when it can be taken so, and parsed. */
function bothWays(row: GrantRow, rev: number) {
  const [line, parsed] = [new GrantFold(), new GrantFold()];
  const text = `[${JSON.stringify(row.id)},${rev},${canonicalJson(row)}]\n`;
  const isTaken = line.takeLine(bytesOf(text), 0);
  parsed.take({ kind: "grant", key: row.id, rev, body: { ...row } });
  return { isTaken, fromLine: keptOf(line), fromParser: keptOf(parsed) };
}

function keptOf(fold: GrantFold) {
  return [...new PlainGrants(fold.end().result.plain).values()];
}

describe("a plain grant as text", () => {
  it("says what the line says, wherever it begins", () => {
    const line = new PlainLine();
    const lines = bytesOf(`${LINE}${LINE}`);
    for (const start of [0, LINE.length]) {
      expect(line.read(lines, start)).toBe(true);
      expect(line).toMatchObject({ rev: 41, source: 0xc0000201, group: 0xe9fc0007, maxTtl: 16 });
      expect(line.permittedAt).toBe(1_700_000_000_123);
      const textOf = ({ start: from, end }: typeof line.reason) => new TextDecoder().decode(lines.subarray(from, end));
      expect([textOf(line.permittedBy), textOf(line.reason)]).toEqual(["ann", "rehearsal"]);
    }
  });

  it.each([
    ["another field", '"maxTtl":16', '"maxTtl":16,"more":1'],
    ["a group that is not the key's", '{"group":"233.252.0.7"', '{"group":"233.252.0.8"'],
    ["an id that is not the key", '"id":"192.0.2.1>', '"id":"192.0.2.2>'],
    ["a source that is not the key's", '"source":"192.0.2.1"', '"source":"192.0.2.2"'],
    ["a group that goes on", '{"group":"233.252.0.7"', '{"group":"233.252.0.77"'],
    ["a TTL of 0", '"maxTtl":16', '"maxTtl":0'],
    ["a TTL of 256", '"maxTtl":16', '"maxTtl":256'],
    ["a TTL that is no integer", '"maxTtl":16', '"maxTtl":16.5'],
    ["a time before 1970", '"permittedAt":17', '"permittedAt":-17'],
    ["a time that is no exact number", "1700000000123", "17000000001231700000"],
    ["an escape in a name", '"ann"', '"an\\u006e"'],
    ["an escape in a reason", '"rehearsal"', '"re\\"hearsal"'],
    ["an empty reason", '"rehearsal"', '""'],
    ["a text without an end", '"rehearsal","source":"192.0.2.1"}]\n', '"rehearsal'],
    ["no line feed", "]\n", "]"],
    ["white space", '{"group"', '{ "group"'],
  ])("is not taken with %s", (_, from, to) => {
    expect(LINE).toContain(from);
    expect(new PlainLine().read(bytesOf(LINE.replace(from, to)), 0)).toBe(false);
  });

  it.each(["192.0.2.01", "192.0.2.256", "192.0.2", "192.0.2.1.1", "192..2.1", ""])("is not taken from %s", (source) => {
    expect(new PlainLine().read(bytesOf(LINE.replaceAll("192.0.2.1", source)), 0)).toBe(false);
  });

  it("is not taken from any beginning of a line", () => {
    const bytes = bytesOf(LINE);
    for (let length = 0; length < bytes.length; length++)
      expect(new PlainLine().read(bytes.subarray(0, length), 0)).toBe(false);
  });

  it("is the grant that a parser reads", () => {
    const grant = fc.record({
      source: fc.ipV4(),
      group: fc.ipV4(),
      maxTtl: fc.integer({ min: 1, max: 255 }),
      permittedAt: fc.nat(),
      permittedBy: fc.option(fc.string({ unit: "binary" }), { nil: undefined }),
      reason: fc.option(fc.string(), { nil: undefined }),
    });
    fc.assert(
      fc.property(grant, fc.nat(), ({ source, group, permittedBy, reason, ...rest }, rev) => {
        const texts = { ...(permittedBy !== undefined && { permittedBy }), ...(reason !== undefined && { reason }) };
        const { isTaken, fromLine, fromParser } = bothWays(
          { id: `${source}>${group}`, source, group, ...rest, ...texts },
          rev,
        );
        if (isTaken) expect(fromLine).toEqual(fromParser);
        else expect(fromLine).toEqual([]);
        const isSimple = [permittedBy, reason].every((text) => text === undefined || /^[^"\\\p{C}]+$/u.test(text));
        if (isSimple) expect(isTaken).toBe(true);
      }),
    );
  });

  it("keeps the texts of many apart", () => {
    const fold = new GrantFold();
    const names = ["ann", "bob", "ann", "anna", undefined, "bob"];
    for (const [index, name] of names.entries()) {
      const by = name === undefined ? "" : `,"permittedBy":"${name}"`;
      const text = LINE.replaceAll("0.7", `0.${index}`).replace(',"permittedBy":"ann"', by);
      expect(fold.takeLine(bytesOf(text), 0)).toBe(true);
    }
    expect(keptOf(fold).map(({ row }) => row.permittedBy)).toEqual(names);
  });

  it("is left to the parser when its texts are too many", () => {
    const grants = new PlainGrants();
    const line = new PlainLine();
    for (let index = 0; index <= TEXTS_MAX; index++) {
      const bytes = bytesOf(LINE.replace("rehearsal", `text ${index}`));
      line.read(bytes, 0);
      expect(grants.setLine(line, bytes)).toBe(index < TEXTS_MAX);
    }
  });
});
