// SPDX-License-Identifier: MIT
import { expect, it } from "vitest";
import { denied, grant, session } from "../../test/samples.ts";
import { candidatesOf } from "./candidates.ts";

it("offers each pair of a session once, with the greatest stated and the greatest seen TTL", () => {
  const pair = { source: "192.0.2.10", group: "233.252.0.1" };
  const flows = [
    { ...pair, ttl: 15 },
    { ...pair, ttl: 31 },
  ];
  const refused = [denied({ ...pair, ttl: 30 }), denied({ ...pair, ttl: 64, mrouter: "edge-2", id: "other" })];
  const candidates = candidatesOf(session({ flows }), new Map(), new Map(refused.map((one) => [one.id, one])));
  expect(candidates).toEqual([{ ...pair, session: session().id, statedTtl: 31, seenTtl: 64, grantedTtl: undefined }]);
});

it("says which of them are permitted", () => {
  const candidates = candidatesOf(session(), new Map([[grant().id, grant()]]), new Map());
  expect(candidates.map((one) => one.grantedTtl)).toEqual([15, undefined]);
});
