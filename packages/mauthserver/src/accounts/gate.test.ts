// SPDX-License-Identifier: MIT
import { beforeEach, describe, expect, it } from "vitest";
import { testAccess } from "../testing/access.ts";
import { FAILURES_MAX, LOCK_MS } from "./lockout.ts";
import { IDLE_MS, LIFETIME_MS, LOGINS_PER_ACCOUNT_MAX } from "./logins.ts";

const by = { name: "test", from: "192.0.2.1" };
const alice = { name: "Alice", password: "correct horse", role: "admin" } as const;
const nothing = { cookie: undefined, authorization: undefined };

describe("the gate", () => {
  let nowMs: number;
  let access: Awaited<ReturnType<typeof testAccess>>;
  const clock = { monotonicMs: () => nowMs, wallMs: () => nowMs };

  beforeEach(async () => {
    nowMs = 1_000_000;
    access = await testAccess({ clock });
  });

  function roleOf(cookie: string | undefined, authorization?: string): string {
    const identified = access.gate.identify({ cookie, authorization });
    return identified.ok ? `${identified.value.name} ${identified.value.role}` : identified.problem.title;
  }

  it("lets everybody be an admin until there is an account", async () => {
    const before = access.gate.identify(nothing);
    expect(before).toMatchObject({ ok: true, value: { name: "console", role: "admin" } });
    expect(access.gate.firstRun).toEqual({ open: true, needed: true, codeNeeded: false });
    await access.accounts.add(alice, by);
    expect(roleOf(undefined)).toBe("log in first");
    expect(before.ok && before.value.ended.aborted).toBe(true);
    expect(access.gate.firstRun).toEqual({ open: false, needed: false, codeNeeded: false });
  });

  it("lets nobody in and wants a code where a login is required", async () => {
    access = await testAccess({ clock, isLoginRequired: true });
    expect(roleOf(undefined)).toBe("there is no account yet: make the first one");
    const first = { name: "alice", password: "correct horse" };
    for (const code of ["", "0".repeat(20), undefined]) {
      const wanted = { ...first, ...(code !== undefined && { code }) };
      expect(await access.gate.begin(wanted, by)).toMatchObject({ ok: false, problem: { status: 403 } });
    }
    expect(await access.gate.begin({ ...first, code: access.firstRunCode! }, by)).toMatchObject({ ok: true });
    const again = await access.gate.begin({ ...first, name: "eve", code: access.firstRunCode! }, by);
    expect(again).toMatchObject({ ok: false, problem: { status: 409 } });
    expect(access.accounts.list()).toMatchObject([{ id: "alice", role: "admin" }]);
  });

  it("makes one first account, however many ask at a time", async () => {
    const names = ["a", "b", "c", "d"];
    const made = await Promise.all(names.map((name) => access.gate.begin({ name, password: "correct horse" }, by)));
    expect(made.filter(({ ok }) => ok)).toHaveLength(1);
    expect(access.accounts.size).toBe(1);
  });

  it("knows a login by its secret until it is idle, too old or ended", async () => {
    await access.accounts.add(alice, by);
    const secret = await access.logins.begin("alice", by);
    nowMs += IDLE_MS - 1;
    expect(roleOf(secret)).toBe("alice admin");
    nowMs += IDLE_MS;
    expect(roleOf(secret)).toBe("log in first");
    const second = await access.logins.begin("alice", by);
    for (const endMs = nowMs + LIFETIME_MS; nowMs + IDLE_MS / 2 < endMs; nowMs += IDLE_MS / 2)
      expect(roleOf(second)).toBe("alice admin");
    nowMs += IDLE_MS / 2;
    expect(roleOf(second)).toBe("log in first");
    const third = await access.logins.begin("alice", by);
    const identified = access.gate.identify({ cookie: third, authorization: undefined });
    await access.logins.end(third, by);
    expect(roleOf(third)).toBe("log in first");
    expect(identified.ok && identified.value.ended.aborted).toBe(true);
  });

  it("sweeps ended logins away, and keeps a bounded number for each account", async () => {
    await access.accounts.add(alice, by);
    const first = await access.logins.begin("alice", by);
    for (let count = 0; count < LOGINS_PER_ACCOUNT_MAX; count++) await access.logins.begin("alice", by);
    expect(access.logins.size).toBe(LOGINS_PER_ACCOUNT_MAX);
    expect(roleOf(first)).toBe("log in first");
    nowMs += IDLE_MS;
    await access.logins.sweep();
    expect(access.logins.size).toBe(0);
  });

  it("knows a token by its secret until it expires or is removed", async () => {
    await access.accounts.add(alice, by);
    const input = { name: "ci", role: "viewer", scope: { groups: ["239.1.0.0/16"] } } as const;
    const made = await access.tokens.add(
      { ...input, scope: { groups: [...input.scope.groups] }, expiresAt: nowMs + 1000 },
      by,
    );
    const { secret, token } = made.ok ? made.value : expect.fail();
    expect(JSON.stringify(access.tokens.list())).not.toContain(secret);
    expect(roleOf(undefined, `Bearer ${secret}`)).toBe("token:ci viewer");
    expect(access.gate.identify({ cookie: undefined, authorization: `Bearer ${secret}` })).toMatchObject({
      value: { scope: { groups: ["239.1.0.0/16"] } },
    });
    for (const wrong of ["Bearer mauth_x", "Basic eA==", `Bearer ${secret}x`, "Bearer", ""])
      expect(roleOf(undefined, wrong)).toBe("the token is not valid");
    nowMs += 1000;
    expect(roleOf(undefined, `Bearer ${secret}`)).toBe("the token is not valid");
    expect(await access.tokens.remove(token.id, by)).toMatchObject({ ok: true });
    expect(await access.tokens.remove(token.id, by)).toMatchObject({ ok: false, problem: { status: 404 } });
  });

  it("refuses a wrong token even while everything is open", () => {
    expect(roleOf(undefined, "Bearer mauth_x")).toBe("the token is not valid");
  });

  it("locks an account for a time after wrong passwords, whoever knows the right one", async () => {
    await access.accounts.add(alice, by);
    for (let count = 0; count < FAILURES_MAX; count++)
      expect(await access.accounts.check({ name: "alice", password: "wrong" }, by)).toMatchObject({
        problem: { status: 401, title: "the name or the password is wrong" },
      });
    expect(await access.accounts.check(alice, by)).toMatchObject({ problem: { status: 429 } });
    expect(access.accounts.find("alice")?.lockedUntil).toBe(nowMs + LOCK_MS);
    nowMs += LOCK_MS;
    expect(await access.accounts.check(alice, by)).toMatchObject({ ok: true });
    expect(access.accounts.find("alice")?.lockedUntil).toBe(null);
  });

  it("says the same of a name that there is not as of a wrong password", async () => {
    await access.accounts.add(alice, by);
    const wrong = await access.accounts.check({ name: "alice", password: "wrong" }, by);
    expect(await access.accounts.check({ name: "nobody", password: "wrong" }, by)).toEqual(wrong);
  });

  it("unlocks on demand", async () => {
    await access.accounts.add(alice, by);
    for (let count = 0; count < FAILURES_MAX; count++)
      await access.accounts.check({ name: "alice", password: "wrong" }, by);
    await access.accounts.edit("alice", { unlock: true }, by);
    expect(await access.accounts.check(alice, by)).toMatchObject({ ok: true });
  });

  it("keeps an admin", async () => {
    await access.accounts.add(alice, by);
    await access.accounts.add({ ...alice, name: "bob", role: "viewer" }, by);
    const lastAdmin = { ok: false, problem: { status: 409 } };
    expect(await access.accounts.remove("ALICE", by)).toMatchObject(lastAdmin);
    expect(await access.accounts.edit("alice", { role: "operator" }, by)).toMatchObject(lastAdmin);
    expect(await access.accounts.edit("bob", { role: "admin" }, by)).toMatchObject({ ok: true });
    expect(await access.accounts.remove("alice", by)).toMatchObject({ ok: true });
  });

  it("shows no hash of a password", async () => {
    await access.accounts.add(alice, by);
    expect(JSON.stringify(access.accounts.list())).not.toContain("argon2");
    expect(access.accounts.list()).toEqual([
      { id: "alice", role: "admin", createdAt: nowMs, lastLoginAt: null, lockedUntil: null },
    ]);
  });
});
