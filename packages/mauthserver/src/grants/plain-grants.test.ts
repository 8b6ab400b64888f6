// SPDX-License-Identifier: MIT
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { GrantRow } from "./grant.ts";
import { PlainGrants } from "./plain-grants.ts";
import { TextPool, TEXTS_MAX } from "./text-pool.ts";

function grant(source: string, group: string, more: Partial<GrantRow> = {}): GrantRow {
  return { id: `${source}>${group}`, source, group, maxTtl: 16, permittedAt: 1_700_000_000_123, ...more };
}

describe("plain grants", () => {
  it("give back what they were given, whatever is set and deleted", () => {
    const change = fc.record({
      host: fc.integer({ min: 1, max: 4 }),
      group: fc.integer({ min: 0, max: 3 }),
      maxTtl: fc.integer({ min: 0, max: 255 }),
      permittedBy: fc.constantFrom(undefined, "ann", "token:bulk"),
      reason: fc.constantFrom(undefined, "rehearsal"),
    });
    fc.assert(
      fc.property(fc.array(change, { maxLength: 60 }), (changes) => {
        const grants = new PlainGrants();
        const model = new Map<string, { row: GrantRow; rev: number }>();
        for (const [index, { host, group, maxTtl, permittedBy, reason }] of changes.entries()) {
          const [source, target] = [0xc0000200 + host, 0xe9fc0000 + group];
          const texts = { ...(permittedBy !== undefined && { permittedBy }), ...(reason !== undefined && { reason }) };
          const row = grant(`192.0.2.${host}`, `233.252.0.${group}`, { maxTtl, ...texts });
          if (maxTtl === 0) grants.delete(source, target);
          else expect(grants.set(row, index)).toBe(true);
          if (maxTtl === 0) model.delete(row.id);
          else model.set(row.id, { row, rev: index });
          expect(grants.get(source, target)).toEqual(model.get(row.id));
          expect(grants.maxTtl(source, target)).toBe(maxTtl);
        }
        const kept = new Map(Array.from(grants.values(), (one) => [one.row.id, one]));
        expect(kept).toEqual(model);
        expect(grants.size).toBe(model.size);
        expect(new Map(Array.from(new PlainGrants(grants.columns).values(), (one) => [one.row.id, one]))).toEqual(
          model,
        );
      }),
    );
  });

  it("hold many, and find each of them and no other", () => {
    const grants = new PlainGrants();
    for (let index = 0; index < 20_000; index++)
      grants.set(grant(`192.0.2.${index & 255}`, `233.252.0.${index >> 8}`, { maxTtl: 1 + (index % 255) }), index);
    expect(grants.size).toBe(20_000);
    for (let index = 0; index < 20_000; index++)
      expect(grants.maxTtl(0xc0000200 + (index & 255), 0xe9fc0000 + (index >> 8))).toBe(1 + (index % 255));
    expect(grants.maxTtl(0xc0000300, 0xe9fc0000)).toBe(0);
    expect(Array.from(grants.senders())).toHaveLength(20_000);
  });

  it.each([
    ["a session", { session: "s", group: "session", id: "192.0.2.1>session:s" }],
    ["a rate", { rate: { bytesPerSecond: 1, burstBytes: 1 } }],
    ["a binding", { binding: { interface: "lan0" } }],
    ["an expiry", { expiresAt: 2_000_000_000_000 }],
    ["a field that is not known here", { more: 1 } as Partial<GrantRow>],
    ["a prefix of groups", { id: "192.0.2.1>233.252.0.0/24", group: "233.252.0.0/24" }],
    ["IPv6", { id: "2001:db8::1>ff3e::1", source: "2001:db8::1", group: "ff3e::1" }],
    ["an id that names another group", { id: "192.0.2.1>233.252.0.2" }],
    ["no TTL", { maxTtl: 0 }],
    ["a TTL that is too large", { maxTtl: 256 }],
  ])("are none with %s", (_, more) => {
    const grants = new PlainGrants();
    expect(grants.set(grant("192.0.2.1", "233.252.0.1", more), 1)).toBe(false);
    expect([...grants.values()]).toEqual([]);
  });

  it("are none when their text is one too many", () => {
    const texts = new TextPool(Array.from({ length: TEXTS_MAX }, (_, index) => `text ${index}`));
    expect([texts.number("text 0"), texts.number(undefined), texts.number("another")]).toEqual([1, 0, undefined]);
    expect(texts.text(TEXTS_MAX)).toBe(`text ${TEXTS_MAX - 1}`);
  });
});
