// SPDX-License-Identifier: MIT
import { expect, it } from "vitest";
import { testAccess } from "../../testing/access.ts";
import type { Call } from "../route.ts";
import { loginRoutes } from "./login.ts";

const by = { name: "nobody", from: "192.0.2.1" };
const alice = { name: "alice", password: "correct horse" };

it.each([
  ["the password is changed", "edit"],
  ["the account is removed", "remove"],
] as const)("no login begins while %s", async (_, how) => {
  const access = await testAccess();
  const { accounts, logins } = access;
  await accounts.add({ ...alice, role: "admin" }, by);
  await accounts.add({ ...alice, name: "bob", role: "admin" }, by);
  /** Logins of which each is begun just after what an admin does, who has seen the right password checked. */
  const late: Pick<typeof logins, "begin" | "end"> = {
    end: async (secret, who) => logins.end(secret, who),
    async begin(account, who) {
      if (how === "edit") await accounts.edit("alice", { password: "battery staple" }, by);
      else await accounts.remove("alice", by);
      await logins.endAllOf("alice", by);
      return logins.begin(account, who);
    },
  };
  const routes = loginRoutes({ ...access, logins: Object.assign(Object.create(logins) as typeof logins, late) });
  const login = routes.find(({ path }) => path === "/login");
  const call: Call = {
    params: {},
    query: undefined,
    body: alice,
    principal: undefined,
    by,
    ifMatch: undefined,
    cookie: undefined,
    device: undefined,
  };
  expect(await login?.handle(call)).toMatchObject({ ok: false, problem: { status: 401 } });
  expect(logins.size).toBe(0);
});
