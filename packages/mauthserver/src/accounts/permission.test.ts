// SPDX-License-Identifier: MIT
import { expect, it } from "vitest";
import { objectionToPermit, objectionToRevoke } from "./permission.ts";

const scope = { sources: ["192.0.2.0/24"], groups: ["239.1.0.0/16"] };
const who = (role: "viewer" | "approver" | "operator" | "admin") => ({ name: "eve", role, scope });
const pair = { source: "192.0.2.10", group: "239.1.2.3" };

it.each([
  ["viewer", { ...pair, expiresAt: 1 }, "eve may only look: this needs the role approver"],
  ["approver", pair, "eve may permit for a limited time only: give expiresAt"],
  ["approver", { ...pair, expiresAt: null }, "eve may permit for a limited time only: give expiresAt"],
  ["approver", { ...pair, expiresAt: 1 }, undefined],
  ["approver", { ...pair, expiresAt: 1, group: "239.2.0.1" }, "the group 239.2.0.1 is outside the scope 239.1.0.0/16"],
  ["approver", { ...pair, expiresAt: 1, replaces: { permittedBy: "eve" } }, undefined],
  ["approver", { ...pair, expiresAt: 1, replaces: { permittedBy: "bob" } }, "eve may replace only what eve permitted"],
  ["operator", pair, undefined],
  ["operator", { ...pair, replaces: { permittedBy: "bob" } }, undefined],
  ["operator", { ...pair, source: "192.0.3.1" }, "the source 192.0.3.1 is outside the scope 192.0.2.0/24"],
  ["operator", { ...pair, source: "0.0.0.0" }, "the source 0.0.0.0 is outside the scope 192.0.2.0/24"],
  ["admin", { ...pair, group: "session" }, "the groups of a session may change, and eve may permit only 239.1.0.0/16"],
] as const)("a permit by a %s of %j: %s", (role, wish, objection) => {
  expect(objectionToPermit(who(role), wish)).toBe(objection);
});

it.each([
  ["viewer", "eve", "eve may only look: this needs the role approver"],
  ["approver", "eve", undefined],
  ["approver", "bob", "eve may revoke only what eve permitted"],
  ["approver", undefined, "eve may revoke only what eve permitted"],
  ["operator", "bob", undefined],
  ["admin", undefined, undefined],
] as const)("a revoke by a %s of what %s permitted: %s", (role, permittedBy, objection) => {
  expect(objectionToRevoke(who(role), { permittedBy })).toBe(objection);
});
