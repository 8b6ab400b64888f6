// SPDX-License-Identifier: MIT
import { beforeEach, describe, expect, it } from "vitest";
import { testAccess } from "../testing/access.ts";
import { openDevice, sealDevice } from "./device.ts";
import { FAILURES_MAX, LOCK_MS, Lockout, STRANGERS_FAILURES_MAX } from "./lockout.ts";

const HOUR_MS = 3_600_000;
const desk = { from: "192.0.2.10" };

describe("a lock-out", () => {
  let lockout: Lockout;
  beforeEach(() => {
    lockout = new Lockout(100);
  });

  /** Gives wrong passwords until the place is locked out; how many it took, at most `most`. */
  function guess(name: string, place: { from: string | null; known?: string }, nowMs = 0, most = 1000): number {
    let count = 0;
    while (count < most && lockout.waitMs(name, place, nowMs) === 0) {
      lockout.fail(name, place, nowMs);
      count++;
    }
    return count;
  }

  it("is of the place where the wrong passwords came from", () => {
    expect(guess("alice", { from: "198.51.100.1" })).toBe(FAILURES_MAX);
    expect(lockout.waitMs("alice", { from: "198.51.100.1" }, 0)).toBe(LOCK_MS);
    expect(lockout.waitMs("alice", desk, 0)).toBe(0);
    expect(lockout.waitMs("bob", { from: "198.51.100.1" }, 0)).toBe(0);
    expect(lockout.longestWaitMs("alice", 0)).toBe(LOCK_MS);
    expect(guess("alice", { from: "198.51.100.1" }, LOCK_MS)).toBe(FAILURES_MAX);
  });

  it.each([
    ["2001:db8:0:1::1", "2001:db8:0:1:ffff:ffff:ffff:ffff", true],
    ["2001:db8:0:1::1", "2001:db8:0:2::1", false],
    ["fe80::1%eth0", "fe80::2%eth1", true],
    ["192.0.2.1", "192.0.2.2", false],
    [null, null, true],
    [null, "192.0.2.1", false],
  ])("takes %s and %s for the same host: %s", (one, other, isSame) => {
    guess("alice", { from: one });
    expect(lockout.waitMs("alice", { from: other }, 0) > 0).toBe(isSame);
  });

  it("is no way around: however many addresses guess, they have one budget together", () => {
    let guesses = 0;
    for (let host = 1; host < 250; host++) guesses += guess("alice", { from: `198.51.100.${host}` });
    expect(guesses).toBe(STRANGERS_FAILURES_MAX);
    // One more each 72 s, and no more in a day than one address could make before there was such a budget.
    for (let nowMs = 0; nowMs < 24 * HOUR_MS; nowMs += 60_000)
      for (let host = 0; host < 3; host++)
        guesses += guess("alice", { from: `203.0.113.${(nowMs / 60_000 + host) % 256}` }, nowMs);
    expect(guesses).toBeLessThanOrEqual(25 * STRANGERS_FAILURES_MAX);
    expect(guesses).toBeGreaterThan(23 * STRANGERS_FAILURES_MAX);
  });

  it("does not concern who is known, and a known one that is locked out concerns nobody else", () => {
    for (let host = 1; host < 250; host++) guess("alice", { from: `198.51.100.${host}` });
    const known = { from: "198.51.100.1", known: "a browser" };
    expect(lockout.waitMs("alice", { from: "192.0.2.77" }, 0)).toBeGreaterThan(0);
    expect(lockout.waitMs("alice", known, 0)).toBe(0);
    lockout.forget("alice");
    expect(guess("alice", known)).toBe(FAILURES_MAX);
    expect(lockout.waitMs("alice", { from: "198.51.100.1" }, 0)).toBe(0);
    expect(guess("alice", { ...known, known: "another browser" })).toBe(FAILURES_MAX);
  });

  it("ends with the right password for that place, and for the others it does not", () => {
    guess("alice", desk, 0, FAILURES_MAX - 1);
    for (let host = 1; host < 250; host++) guess("alice", { from: `198.51.100.${host}` });
    lockout.succeed("alice", desk);
    expect(lockout.waitMs("alice", { from: "198.51.100.1" }, 0)).toBe(LOCK_MS);
    expect(lockout.waitMs("alice", { from: "192.0.2.77" }, 0)).toBeGreaterThan(0);
  });

  it("remembers so many names and no more", () => {
    for (let name = 0; name <= 100; name++) guess(`name ${name}`, desk);
    expect(lockout.waitMs("name 0", desk, 0)).toBe(0);
    expect(lockout.waitMs("name 1", desk, 0)).toBe(LOCK_MS);
  });
});

describe("a browser that is known", () => {
  const hash = "$argon2id$v=19$m=19456,t=2,p=1$c2FsdHNhbHRzYWx0c2FsdA$dGFndGFndGFndGFndGFndGFndGFndGFndGFndGFndGFn";
  const hashOf = (account: string) => (account === "alice" ? hash : undefined);
  const sealed = sealDevice("alice", hash, (bytes) => new Uint8Array(bytes).fill(7));

  it("is known by what it was given, for the account that it was given for", () => {
    expect(openDevice(sealed, hashOf)).toEqual({ account: "alice", id: "BwcHBwcHBwcHBwcHBwcHBw" });
    expect(openDevice(sealed.replace(/alice$/, "bob"), () => hash)).toBe(undefined);
  });

  it.each([
    ["another id", sealed.replace(/^B/, "C")],
    ["another tag", sealed.replace(/\.(.)/, (_, first) => `.${first === "A" ? "B" : "A"}`)],
    ["an account that there is not", sealed.replace(/alice$/, "nobody")],
    ["no account", sealed.replace(/\.alice$/, "")],
    ["a name of another shape", sealed.replace(/alice$/, "Alice")],
    ["a longer text", `${sealed}\n`],
    ["nothing", ""],
  ])("is not known by %s", (_, text) => {
    expect(openDevice(text, hashOf)).toBe(undefined);
  });

  it("is forgotten with another password", async () => {
    const { accounts } = await testAccess();
    const by = { name: "test", from: null };
    await accounts.add({ name: "alice", password: "correct horse", role: "admin" }, by);
    const device = accounts.sealDevice("alice");
    expect(accounts.deviceOf(device)?.account).toBe("alice");
    await accounts.edit("alice", { role: "admin", reason: "nothing new" }, by);
    expect(accounts.deviceOf(device)?.account).toBe("alice");
    await accounts.edit("alice", { password: "battery staple" }, by);
    expect(accounts.deviceOf(device)).toBe(undefined);
    expect(accounts.deviceOf(undefined)).toBe(undefined);
    expect(accounts.sealDevice("nobody")).toBe(undefined);
  });
});
