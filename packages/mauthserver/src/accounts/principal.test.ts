// SPDX-License-Identifier: MIT
import { expect, it } from "vitest";
import { isAtLeast, outOfScope } from "./principal.ts";

it("orders roles from viewer to admin", () => {
  expect(isAtLeast("viewer", "approver")).toBe(false);
  expect(isAtLeast("approver", "approver")).toBe(true);
  expect(isAtLeast("admin", "operator")).toBe(true);
});

const scope = { sources: ["192.0.2.0/25", "2001:db8:1::/48"], groups: ["239.1.0.0/16", "ff3e::/32"] };

it.each([
  ["192.0.2.10", "239.1.2.3", true],
  ["192.0.2.127", "239.1.0.0/16", true],
  ["192.0.2.10", "239.1.128.0/17", true],
  ["2001:db8:1::5", "ff3e::8000:1", true],
  ["192.0.2.128", "239.1.2.3", false],
  ["192.0.2.10", "239.2.0.1", false],
  ["192.0.2.10", "239.0.0.0/8", false],
  ["192.0.2.10", "session", false],
  ["0.0.0.0", "239.1.2.3", false],
  ["::", "239.1.2.3", false],
  ["2001:db8:2::5", "ff3e::8000:1", false],
  ["not an address", "239.1.2.3", false],
])("%s to %s is within the scope: %s", (source, group, isWithin) => {
  expect(outOfScope(scope, { source, group }) === undefined).toBe(isWithin);
});

it("lets any source and any group through without a scope", () => {
  expect(outOfScope(undefined, { source: "0.0.0.0", group: "session" })).toBe(undefined);
  expect(outOfScope({}, { source: "0.0.0.0", group: "239.0.0.0/8" })).toBe(undefined);
  expect(outOfScope({ sources: ["0.0.0.0/0"] }, { source: "0.0.0.0", group: "239.0.0.1" })).toBe(undefined);
  // 0.0.0.0 stands for every source, not for an address of 0.0.0.0/8.
  expect(outOfScope({ sources: ["0.0.0.0/8"] }, { source: "0.0.0.0", group: "239.0.0.1" })).toContain("outside");
});
