// SPDX-License-Identifier: MIT
import type { Ignored } from "@mauth/protocol/api";
import { describe, expect, it } from "vitest";
import { denied, grant, session } from "../../test/samples.ts";
import { belongingOf, indexSessions, needsDecision, permissionOf, standingOf } from "./pairs.ts";

const first = grant();
const second = grant({ group: "233.252.0.2" });
const NOBODY = new Map<string, Ignored>();

describe("permission of a session", () => {
  it("is none, partly or full by its flows", () => {
    const grants = (...list: (typeof first)[]) => new Map(list.map((one) => [one.id, one]));
    expect(permissionOf(session(), grants())).toBe("not-permitted");
    expect(permissionOf(session(), grants(first))).toBe("partly");
    expect(permissionOf(session(), grants(first, second))).toBe("permitted");
    expect(permissionOf(session({ flows: [] }), grants(first))).toBe("none");
  });

  it("is not helped by a grant for another source of the same group", () => {
    const other = grant({ source: "192.0.2.11" });
    expect(permissionOf(session(), new Map([[other.id, other]]))).toBe("not-permitted");
  });
});

describe("belonging of a refused pair", () => {
  const index = indexSessions(new Map([[session().id, session()]]));

  it("is the session that announces it", () => {
    expect(belongingOf({ source: "192.0.2.10", group: "233.252.0.1" }, index)).toMatchObject({
      kind: "session",
      others: 0,
    });
  });

  it("is told apart when only the group is announced, with another source", () => {
    expect(belongingOf(denied(), index).kind).toBe("foreign-source");
    expect(belongingOf(denied({ group: "233.252.0.9" }), index).kind).toBe("unannounced");
  });
});

describe("refused pairs that wait for a decision", () => {
  const grants = new Map([[first.id, first]]);
  const own = { source: first.source, group: first.group };

  it("have no grant, or one whose TTL is too low", () => {
    expect(needsDecision(denied(), grants, NOBODY)).toBe(true);
    expect(needsDecision(denied({ ...own, reason: "TTL", ttl: 16 }), grants, NOBODY)).toBe(true);
  });

  it("are not those that a grant covers by now, nor forged packets that no grant can admit", () => {
    expect(needsDecision(denied(own), grants, NOBODY)).toBe(false);
    expect(needsDecision(denied({ ...own, reason: "TTL", ttl: 15 }), grants, NOBODY)).toBe(false);
    expect(needsDecision(denied({ reason: "REGISTER" }), grants, NOBODY)).toBe(false);
    expect(needsDecision(denied({ reason: "MALFORMED" }), grants, NOBODY)).toBe(false);
  });
});

it("takes the worst mrouter for the standing of a grant", () => {
  const enforced = { mrouter: "a", state: "enforced" } as const;
  const pending = { mrouter: "b", state: "pending" } as const;
  const failed = { mrouter: "c", state: "failed" } as const;
  expect(standingOf(grant({ enforcement: [enforced] }))).toBe("enforced");
  expect(standingOf(grant({ enforcement: [enforced, pending] }))).toBe("pending");
  expect(standingOf(grant({ enforcement: [pending, failed, enforced] }))).toBe("failed");
  expect(standingOf(grant({ enforcement: [] }))).toBe("nowhere");
});
