// SPDX-License-Identifier: MIT
import { beforeEach, describe, expect, it } from "vitest";
import { MemoryStore } from "../store/memory.ts";
import { createAccess } from "./access.ts";
import type { Access } from "./access.ts";
import { FAILURES_MAX, LOCK_MS } from "./lockout.ts";
import { CONFIRMED_MS, IDLE_MS, LIFETIME_MS } from "./logins.ts";

const YEAR_MS = 365 * 86_400_000;
const MINUTE_MS = 60_000;
const JUMPS = [YEAR_MS, -YEAR_MS];
const by = { name: "test", from: "192.0.2.1" };
const alice = { name: "alice", password: "correct horse", role: "admin" } as const;

describe("whoever may do something, when the wall clock jumps", () => {
  let jumpMs: number;
  let passedMs: number;
  let suspendedMs: number;
  let store: MemoryStore;
  let access: Access;
  let secret: string;
  const clock = {
    monotonicMs: () => 5000 + passedMs,
    bootMs: () => 5000 + passedMs + suspendedMs,
    wallMs: () => 1_700_000_000_000 + passedMs + suspendedMs + jumpMs,
  };

  beforeEach(async () => {
    [jumpMs, passedMs, suspendedMs] = [0, 0, 0];
    store = new MemoryStore();
    access = await start();
    await access.accounts.add(alice, by);
    secret = await access.logins.begin("alice", by);
  });

  /** Starts, again where it ran. */
  async function start(): Promise<Access> {
    const { rows } = await store.snapshot(["account", "login", "token"]);
    return createAccess(rows, { store, clock, fence: await store.lease("leader", "test"), isLoginRequired: false });
  }

  function identify(authorization?: string) {
    const cookie = authorization === undefined ? secret : undefined;
    const identified = access.gate.identify({ cookie, authorization });
    return identified.ok ? identified.value : identified.problem.status;
  }

  /** Lets time go by, in which something is done every minute. */
  async function use(ms: number): Promise<void> {
    for (const endMs = passedMs + ms; passedMs < endMs; passedMs += MINUTE_MS) {
      identify();
      await access.logins.sweep();
    }
  }

  it.each(JUMPS)("by %i ms: a login goes on, and ends at its own time", async (jump) => {
    jumpMs = jump;
    expect(identify()).toMatchObject({ name: "alice" });
    await use(LIFETIME_MS - MINUTE_MS);
    expect(identify()).toMatchObject({ name: "alice" });
    passedMs += MINUTE_MS;
    expect(identify()).toBe(401);
    await access.logins.sweep();
    expect(access.logins.size).toBe(0);
  });

  it.each(JUMPS)("by %i ms: a login that nobody uses ends, and before that not", async (jump) => {
    jumpMs = jump;
    passedMs += IDLE_MS - 1;
    await access.logins.sweep();
    expect(identify()).toMatchObject({ name: "alice" });
    passedMs += IDLE_MS;
    expect(identify()).toBe(401);
  });

  it.each(JUMPS)("by %i ms: the password counts as given for as long as before", async (jump) => {
    passedMs += MINUTE_MS;
    await access.logins.confirm(secret);
    jumpMs = jump;
    passedMs += CONFIRMED_MS - 1;
    expect(identify()).toMatchObject({ isConfirmed: true });
    passedMs += 1;
    expect(identify()).toMatchObject({ isConfirmed: false });
    await access.logins.confirm(secret);
    jumpMs = 0;
    expect(identify()).toMatchObject({ isConfirmed: true });
  });

  it.each(JUMPS)("by %i ms: a token ends at its own time, and can be made for a time to come", async (jump) => {
    const expiresAt = clock.wallMs() + LIFETIME_MS;
    const made = await access.tokens.add({ name: "nms", role: "viewer", expiresAt }, by);
    const authorization = `Bearer ${made.ok ? made.value.secret : expect.fail()}`;
    jumpMs = jump;
    passedMs += LIFETIME_MS - 1;
    expect(identify(authorization)).toMatchObject({ name: "token:nms" });
    passedMs += 1;
    expect(identify(authorization)).toBe(401);
    const soon = clock.wallMs() - jump + MINUTE_MS;
    expect(await access.tokens.add({ name: "again", role: "viewer", expiresAt: soon }, by)).toMatchObject({ ok: true });
    const past = soon - 2 * MINUTE_MS;
    expect(await access.tokens.add({ name: "late", role: "viewer", expiresAt: past }, by)).toMatchObject({ ok: false });
  });

  it.each(JUMPS)("by %i ms: a lock-out lasts as long as before", async (jump) => {
    for (let count = 0; count < FAILURES_MAX; count++)
      await access.accounts.check({ name: "alice", password: "wrong" }, by);
    jumpMs = jump;
    passedMs += LOCK_MS - 1;
    expect(await access.accounts.check(alice, by)).toMatchObject({ problem: { status: 429 } });
    passedMs += 1;
    expect(await access.accounts.check(alice, by)).toMatchObject({ ok: true });
  });

  it.each(JUMPS)("by %i ms and back, again and again: nothing ends and nothing lasts longer", async (jump) => {
    for (let minute = 0; minute < IDLE_MS / MINUTE_MS - 1; minute++) {
      jumpMs = minute % 2 === 0 ? jump : 0;
      await access.logins.sweep();
      passedMs += MINUTE_MS;
    }
    expect(identify()).toMatchObject({ name: "alice" });
    passedMs += IDLE_MS;
    expect(identify()).toBe(401);
  });

  it("forward, and a restart: a login of the time before has ended", async () => {
    jumpMs = YEAR_MS;
    access = await start();
    expect(identify()).toBe(401);
  });

  it("back, and a restart: a login of the future has ended as well, because its age is not known", async () => {
    jumpMs = -YEAR_MS;
    access = await start();
    expect(identify()).toBe(401);
    await access.logins.sweep();
    expect(access.logins.size).toBe(0);
    secret = await access.logins.begin("alice", by);
    expect(identify()).toMatchObject({ name: "alice" });
    // Clocks of two starts may differ a little.
    jumpMs -= 30_000;
    access = await start();
    expect(identify()).toMatchObject({ name: "alice" });
  });

  it("while the machine is suspended a login grows old", () => {
    suspendedMs += IDLE_MS - 1;
    expect(identify()).toMatchObject({ name: "alice" });
    suspendedMs += IDLE_MS;
    expect(identify()).toBe(401);
  });

  it("the log is dated by the clock of the machine all the same", async () => {
    jumpMs = YEAR_MS;
    await access.accounts.add({ ...alice, name: "bob" }, by);
    const [last] = await store.history({ limit: 1, kinds: ["account"] });
    expect(last?.at).toBe(clock.wallMs());
  });
});
