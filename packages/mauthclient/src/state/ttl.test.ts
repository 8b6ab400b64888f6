// SPDX-License-Identifier: MIT
import { expect, it } from "vitest";
import { defaultTtl, ttlNote } from "./ttl.ts";

it("proposes the TTL in force, else the stated one, else the one seen, else the site", () => {
  expect(defaultTtl({ grantedTtl: 7, statedTtl: 15, seenTtl: 64 })).toBe(7);
  expect(defaultTtl({ statedTtl: 15, seenTtl: 64 })).toBe(15);
  expect(defaultTtl({ statedTtl: null, seenTtl: 64 })).toBe(64);
  expect(defaultTtl({ statedTtl: null })).toBe(31);
});

it("never proposes TTL 0", () => {
  expect(defaultTtl({ statedTtl: 0 })).toBe(1);
  expect(ttlNote({ statedTtl: 0 }, 1)).toMatchObject({ isWarning: true });
});

it("warns when packets arrive with a higher TTL than the chosen one, and offers theirs", () => {
  expect(ttlNote({ statedTtl: 15, seenTtl: 64 }, 15)).toMatchObject({ isWarning: true, useTtl: 64 });
  expect(ttlNote({ statedTtl: 15, seenTtl: 64 }, 64)).toMatchObject({ isWarning: false });
});
