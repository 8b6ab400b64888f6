// SPDX-License-Identifier: MIT
import { expect, it } from "vitest";
import { scopeOfGroups } from "./scope.ts";

it.each([
  [["224.0.0.56"], "link-local"],
  [["239.255.12.42"], "site-local"],
  [["239.192.0.1"], "organization-local"],
  [["239.195.255.255"], "organization-local"],
  [["239.196.0.1"], "admin-scoped"],
  [["239.69.1.2"], "admin-scoped"],
  [["232.1.1.1"], "global"],
  [["233.252.0.1"], "global"],
  [["ff02::1"], "link-local"],
  [["ff15::1"], "site-local"],
  [["ff08::1"], "organization-local"],
  [["ff3e::8000:1"], "global"],
  [["239.255.0.1", "239.69.0.1", "224.0.0.9"], "admin-scoped"],
  [[], undefined],
])("the scope of %j is %s", (groups, scope) => {
  expect(scopeOfGroups(groups)).toBe(scope);
});
