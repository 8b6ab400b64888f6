// SPDX-License-Identifier: MIT
import { expect, it } from "vitest";
import { parseGrantsSearch, parseRefusedSearch, parseSessionsSearch } from "./search-params.ts";

it("keeps what it knows", () => {
  const search = { q: "studio", state: "partly", media: "audio", scope: "site", sort: "-heard", session: "a1" };
  expect(parseSessionsSearch(search)).toEqual(search);
  expect(parseRefusedSearch({ reason: "TTL", show: "undecided", mrouter: "edge-1" })).toEqual({
    reason: "TTL",
    show: "undecided",
    mrouter: "edge-1",
  });
  expect(parseGrantsSearch({ standing: "silent" })).toEqual({ standing: "silent" });
});

it("drops what it does not know, so that no link fails", () => {
  const hostile = { q: { a: 1 }, state: "evil", media: [], scope: null, sort: true, session: undefined, extra: "x" };
  expect(parseSessionsSearch(hostile)).toEqual({});
});

it("takes a number for text, because 42 in an address is one", () => {
  expect(parseSessionsSearch({ q: 42 })).toEqual({ q: "42" });
});

it("cuts a text that is too long", () => {
  expect(parseGrantsSearch({ q: "x".repeat(5000) }).q).toHaveLength(200);
});
