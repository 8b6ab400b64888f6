// SPDX-License-Identifier: MIT
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { GrantInput, Session } from "@mauth/protocol/api";
import { Authority } from "./authority.ts";
import type { By } from "./by.ts";
import type { Clock } from "./clock.ts";
import { StoreUnavailableError } from "./errors.ts";
import type { DeletionPolicy } from "./grants/follow.ts";
import { GRANT_FOLD } from "./grants/loading.ts";
import type { LoadedGrants } from "./grants/loading.ts";
import { GrantTable } from "./grants/table.ts";
import { silentLog } from "./log.ts";
import { Fleet } from "./mrouters/fleet.ts";
import { Roster } from "./mrouters/roster.ts";
import { FakeMusersd } from "./mrouters/testing/fake-musersd.ts";
import { Board } from "./push/board.ts";
import { SteadyClock } from "./steady-clock.ts";
import { MemoryStore } from "./store/memory.ts";
import { until } from "./testing/until.ts";

const anna: By = { name: "anna", from: "192.0.2.250", reason: "rehearsal" };
const input = (more: Partial<GrantInput> = {}): GrantInput => ({
  source: "192.0.2.10",
  group: "233.252.0.1",
  maxTtl: 16,
  ...more,
});
const id = "192.0.2.10>233.252.0.1";

describe("grants with limits", () => {
  let store: MemoryStore;
  let old: FakeMusersd;
  let modern: FakeMusersd;
  let fleet: Fleet;
  let authority: Authority;
  let roster: Roster;
  let sessions: Map<string, Session>;
  let policy: DeletionPolicy;
  let board: Board;
  let aheadMs: number;
  let jumpedMs: number;
  const clock: Clock = {
    monotonicMs: () => Math.round(performance.now()),
    wallMs: () => 1_700_000_000_000 + aheadMs + jumpedMs,
    bootMs: () => aheadMs,
  };

  async function start(): Promise<void> {
    const fence = await store.lease("leader", "test");
    const steady = new SteadyClock(clock);
    const surroundings = { clock, steady, log: silentLog };
    board = new Board();
    const onRemoved = (mrouter: string, key: string) => void authority.removed(mrouter, key);
    const grants = new GrantTable();
    const handlers = { grants, onHeard() {}, onSender() {}, onAll() {}, onRemoved };
    fleet = new Fleet({ ...surroundings, board, term: fence.epoch, ...handlers });
    grants.restore(await store.fold<LoadedGrants>(["grant"], GRANT_FOLD));
    const rows = (await store.snapshot(["mrouter", "removal"])).rows;
    for (const row of rows) if (row.kind === "mrouter") fleet.add(row.body as never);
    const about = { sessionOf: (one: string) => sessions.get(one), policy: () => policy };
    authority = new Authority({ ...surroundings, store, grants, fleet, fence, ...about });
    authority.restore(rows);
    roster = new Roster({ store, fleet, clock, fence, grants: authority.decided });
    roster.restore(rows);
    fleet.start();
    authority.start();
  }
  const monitored = () => board.get("mrouter", "modern")?.interfaces.map((one) => one.monitored);
  const held = () => [...modern.table.keys()].sort();
  async function stop(): Promise<void> {
    authority.stop();
    await fleet.stop();
  }

  beforeEach(async () => {
    aheadMs = 0;
    jumpedMs = 0;
    policy = "grace";
    sessions = new Map();
    store = new MemoryStore();
    [old, modern] = [await new FakeMusersd({ v2: false }).start(), await new FakeMusersd().start()];
    await start();
    const edge = { name: "modern", address: modern.address, protocol: "v2", networks: ["192.0.2.0/24"] } as const;
    expect(await roster.add({ ...edge, networks: [...edge.networks] }, anna)).toEqual({ rev: 1 });
    const other = { name: "old", address: old.address, protocol: "v1", networks: ["198.51.100.0/24"] } as const;
    expect(await roster.add({ ...other, networks: [...other.networks] }, anna)).toEqual({ rev: 2 });
  });
  afterEach(async () => {
    await stop();
    await Promise.all([old.stop(), modern.stop()]);
  });

  it("reach the kernel with all of them, and lose them with the next permit without", async () => {
    const binding = { interface: "lan0", mac: "00:00:5e:00:53:01" };
    const rate = { bytesPerSecond: 1000, burstBytes: 3000 };
    const decision = await authority.permit(input({ rate, binding, expiresAt: clock.wallMs() + 60_000 }), anna);
    expect(decision).toEqual({ id, outcome: "ack", rev: 3 });
    expect(modern.limited.get(id)).toMatchObject({ rateBytesPerSecond: 1000, burstBytes: 3000, ...binding });
    expect(modern.limited.get(id)?.expiresMs).toBeGreaterThan(0);
    expect((await authority.permit(input(), anna)).outcome).toBe("ack");
    expect([modern.table.get(id), modern.limited.get(id)]).toEqual([16, undefined]);
  });

  it("tell in the log who, from where, why, and what was before", async () => {
    await authority.permit(input({ reason: "for tonight" }), anna);
    await authority.revoke(id, { name: "ben", from: null });
    const [revoked, permitted] = await store.history({ limit: 2, kinds: ["grant"] });
    expect(permitted).toMatchObject({ actor: "anna", from: "192.0.2.250", reason: "rehearsal", before: null });
    expect(revoked).toMatchObject({ op: "delete", actor: "ben", from: null, before: { reason: "for tonight" } });
  });

  it.each([
    ["a rate", input({ source: "198.51.100.1", rate: { bytesPerSecond: 1, burstBytes: 1 } })],
    ["any source", input({ source: "0.0.0.0" })],
    ["a prefix", input({ source: "198.51.100.1", group: "233.252.0.0/24" })],
  ])("are refused with a sentence where v1 cannot say %s", async (_, wanted) => {
    expect(await authority.permit(wanted, anna)).toMatchObject({
      outcome: "error",
      error: /mrouter old is spoken to in v1/,
    });
    expect(old.asked.filter((one) => one.startsWith("add 198") || one.startsWith("add 0."))).toEqual([]);
  });

  it.each([
    ["v1", "198.51.100.1", () => old],
    ["v2", "192.0.2.10", () => modern],
  ])("end over %s at their time, not when the clock jumps, and the log says why", async (_, source, musersd) => {
    const key = `${source}>233.252.0.1`;
    expect(await authority.permit(input({ source, expiresAt: clock.wallMs() + 30_000 }), anna)).toMatchObject({
      outcome: "ack",
    });
    expect(await authority.permit(input({ source, group: "233.252.0.9" }), anna)).toMatchObject({ outcome: "ack" });
    aheadMs += 29_000;
    authority.sessionChanged("");
    await new Promise((resolve) => setTimeout(resolve, 1100));
    expect(musersd().table.get(key)).toBe(16);
    aheadMs += 1001;
    await until(() => !musersd().table.has(key), "it ended");
    expect(musersd().table.has(`${source}>233.252.0.9`)).toBe(true);
    expect(authority.grants.get(key)).toBe(undefined);
    const [end] = await store.history({ limit: 1, kinds: ["grant"] });
    expect(end).toMatchObject({ key, op: "delete", actor: "mauthserver", reason: "its time is over" });
  });

  it.each([365 * 86_400_000, -365 * 86_400_000])(
    "neither end nor last longer when the wall clock jumps by %i ms",
    async (jump) => {
      expect((await authority.permit(input({ expiresAt: clock.wallMs() + 30_000 }), anna)).outcome).toBe("ack");
      jumpedMs = jump;
      await new Promise((resolve) => setTimeout(resolve, 1100));
      // Another permit for the time of the operator's watch, which did not jump, is as long as before.
      const again = input({ group: "233.252.0.2", expiresAt: 1_700_000_000_000 + aheadMs + 30_000 });
      expect((await authority.permit(again, anna)).outcome).toBe("ack");
      expect(held()).toEqual([id, "192.0.2.10>233.252.0.2"]);
      const leases = [...modern.limited.values()].map(({ expiresMs = 0 }) =>
        Math.round((expiresMs - performance.now()) / 1000),
      );
      for (const lease of leases) expect(lease).toBeGreaterThan(10);
      for (const lease of leases) expect(lease).toBeLessThan(32);
      aheadMs += 30_001;
      await until(() => held().length === 0, "both ended at their time");
    },
  );

  it("that ended while the server was away end when it is back", async () => {
    await authority.permit(input({ expiresAt: clock.wallMs() + 30_000 }), anna);
    await stop();
    aheadMs += 40_000;
    await start();
    await until(() => authority.grants.get(id) === undefined, "it ended");
    await until(() => !modern.table.has(id), "the kernel knows");
  });

  it("of one sender: the wider one is in force, and the other one when that ends", async () => {
    const session = announce("00112233445566ff", ["233.252.0.1", "233.252.0.2"]);
    await authority.permit(input({ maxTtl: 8 }), anna);
    const wide = await authority.permit(input({ group: "session", session: session.id, maxTtl: 32 }), anna);
    expect(wide.outcome).toBe("ack");
    expect([...modern.table]).toEqual([
      [id, 32],
      ["192.0.2.10>233.252.0.2", 32],
    ]);
    expect((await authority.revoke(wide.id!, anna)).outcome).toBe("ack");
    expect([...modern.table]).toEqual([[id, 8]]);
  });

  function announce(session: string, groups: readonly string[]): Session {
    const flows = groups.map((group) => ({ source: "192.0.2.10", group, ttl: 8 }));
    const announced = { id: session, flows } as unknown as Session;
    sessions.set(session, announced);
    return announced;
  }

  it("of a session follow it, and end when it is deleted and the policy says so", async () => {
    const session = announce("00112233445566ff", ["233.252.0.1"]);
    expect(await authority.permit(input({ group: "session", session: session.id }), anna)).toMatchObject({
      id: "192.0.2.10>session:00112233445566ff",
      outcome: "ack",
    });
    announce(session.id, ["233.252.0.2", "233.252.0.3"]);
    authority.sessionChanged(session.id);
    await until(() => held().join() === "192.0.2.10>233.252.0.2,192.0.2.10>233.252.0.3", "the groups have changed");
    sessions.clear();
    authority.sessionChanged(session.id);
    await until(() => authority.grants.get("192.0.2.10>session:00112233445566ff")?.row.goneAt !== undefined, "noted");
    expect(held()).toHaveLength(2);
    aheadMs += 600_000;
    await until(() => held().length === 0, "the grace is over");
    expect(authority.size).toBe(0);
  });

  it("of a session are refused when it is unknown or announces nothing for the source", async () => {
    announce("00112233445566ff", ["233.252.0.1"]);
    const wanted = { group: "session", session: "ffffffffffffffff" } as const;
    expect((await authority.permit(input(wanted), anna)).error).toBe("no session ffffffffffffffff is announced");
    const other = { source: "192.0.2.77", group: "session", session: "00112233445566ff" } as const;
    expect((await authority.permit(input(other), anna)).error).toMatch(/announces no group for 192\.0\.2\.77/);
    expect(authority.size).toBe(0);
  });

  it("come in bulk, one result for each in order", async () => {
    await authority.permit(input({ group: "233.252.0.7" }), anna);
    const permit = [input(), input({ source: "203.0.113.1" }), input({ group: "233.252.0.2" })];
    const results = await authority.bulk({ permit, revoke: ["192.0.2.10>233.252.0.7", "nonsense"] }, anna);
    expect(results.map(({ outcome }) => outcome)).toEqual(["ack", "error", "ack", "ack", "error"]);
    expect(results[1]?.error).toBe("no mrouter's internal networks contain 203.0.113.1");
    expect([...modern.table.keys()].sort()).toEqual([id, "192.0.2.10>233.252.0.2"]);
  });

  it("that are revoked stop although the store cannot write, are not acknowledged, and are stored later", async () => {
    await authority.permit(input(), anna);
    const commit = store.commit.bind(store);
    store.commit = async () => {
      throw new StoreUnavailableError("cannot commit: it is read-only");
    };
    let outcome: string | undefined;
    const decision = authority.revoke(id, anna).then((ended) => (outcome = ended.outcome));
    expect((await authority.permit(input({ group: "233.252.0.2" }), anna)).error).toMatch(/it is read-only/);
    await until(() => !modern.table.has(id), "stopped at the mrouter");
    expect(outcome).toBe(undefined);
    store.commit = commit;
    await decision;
    expect(outcome).toBe("ack");
    expect((await store.snapshot(["grant"])).rows).toEqual([]);
  });

  describe("while mrouters come and go", () => {
    it("go to an mrouter that is added, and are left alone at one that is removed", async () => {
      await authority.permit(input(), anna);
      const third = await new FakeMusersd().start();
      const said = { name: "third", address: third.address, protocol: "v2", networks: ["192.0.2.0/25"] } as const;
      expect(await roster.add({ ...said, networks: [...said.networks] }, anna)).toEqual({ rev: 4 });
      await until(() => third.table.has(id), "the new one was told");
      expect(await roster.remove("third", anna)).toEqual({ rev: 5 });
      expect((await authority.revoke(id, anna)).outcome).toBe("ack");
      expect([third.table.has(id), modern.table.has(id)]).toEqual([true, false]);
      await third.stop();
    });

    it("leave an mrouter that no longer has the source's network, over both protocols", async () => {
      await authority.permit(input(), anna);
      await authority.permit(input({ source: "198.51.100.1" }), anna);
      await roster.edit("modern", { networks: ["203.0.113.0/24"] }, anna);
      await roster.edit("old", { networks: ["203.0.113.0/24"] }, anna);
      await until(() => modern.table.size === 0 && old.table.size === 0, "both have let go");
      await roster.edit("modern", { networks: ["192.0.2.0/24"] }, anna);
      await until(() => modern.table.has(id), "and takes it again");
    });

    it("find an mrouter under another address", async () => {
      const moved = await new FakeMusersd().start();
      await authority.permit(input(), anna);
      await roster.edit("modern", { address: moved.address }, anna);
      await until(() => moved.table.has(id), "told at the new address");
      await moved.stop();
    });

    it("are there after a restart with the mrouters of the store", async () => {
      await authority.permit(input(), anna);
      await stop();
      await modern.reboot();
      await start();
      await until(() => modern.table.has(id), "told again");
    });

    it.each([
      [
        "a name that is taken",
        () => roster.add({ name: "old", address: "[::1]:9", protocol: "v1", networks: ["192.0.2.0/24"] }, anna),
        /already/,
      ],
      [
        "a name that is none",
        () => roster.add({ name: "a b", address: "[::1]:9", protocol: "v1", networks: ["192.0.2.0/24"] }, anna),
        /name must be/,
      ],
      [
        "an address without a port",
        () => roster.edit("old", { address: "192.0.2.1" }, anna),
        /address must be "host:port"/,
      ],
      ["a port of 0", () => roster.edit("old", { address: "192.0.2.1:0" }, anna), /address must be/],
      ["host bits in a network", () => roster.edit("old", { networks: ["192.0.2.1/24"] }, anna), /must be a prefix/],
      ["no network", () => roster.edit("old", { networks: [] }, anna), /at least one/],
      ["a key that is none", () => roster.edit("old", { key: "1 abc" }, anna), /key must be/],
      [
        "an mrouter that is none",
        () => roster.edit("nobody", { networks: ["192.0.2.0/24"] }, anna),
        /there is no mrouter nobody/,
      ],
      ["the removal of none", () => roster.remove("nobody", anna), /there is no mrouter nobody/],
      [
        "a revision that is not the last",
        () => roster.edit("old", { networks: ["192.0.2.0/24"] }, anna, 1),
        /has changed/,
      ],
    ])("refuse %s", async (_, change, sentence) => {
      const before = await store.snapshot(["mrouter"]);
      expect(await change()).toMatchObject({ error: expect.stringMatching(sentence) });
      expect(await store.snapshot(["mrouter"])).toEqual(before);
    });

    it("switch an interface between dropping and counting, and the log says who did", async () => {
      await until(() => monitored()?.join() === "false", "what the mrouter told");
      const wish = { mrouter: "modern", interface: "lan0", mode: "monitor" } as const;
      expect(await roster.setMode(wish, anna)).toEqual({ rev: 3 });
      expect(monitored()?.join()).toBe("true");
      expect(await roster.setMode({ ...wish, interface: "lan9" }, anna)).toMatchObject({ error: /modern: / });
      expect(await roster.setMode({ ...wish, mrouter: "old" }, anna)).toMatchObject({ error: /spoken to in v1/ });
      expect(await roster.setMode({ ...wish, mrouter: "none" }, anna)).toMatchObject({
        error: "there is no mrouter none",
      });
      const [noted] = await store.history({ limit: 1 });
      expect(noted).toMatchObject({ rev: 3, actor: "anna", body: wish, reason: "rehearsal" });
    });

    it("speak with a key that was given, and keep it when it is not said again", async () => {
      const key = `7 ${"5a".repeat(32)}`;
      const keys = new Map([[7, new Uint8Array(32).fill(0x5a)]]);
      const locked = await new FakeMusersd({ keys, allowsNullKey: false }).start();
      const edge = { name: "locked", address: locked.address, protocol: "v2", networks: ["203.0.113.0/24"] } as const;
      await roster.add({ ...edge, networks: [...edge.networks], key }, anna);
      expect((await authority.permit(input({ source: "203.0.113.1" }), anna)).outcome).toBe("ack");
      await roster.edit("locked", { networks: ["203.0.113.0/25"] }, anna);
      expect((await authority.permit(input({ source: "203.0.113.2" }), anna)).outcome).toBe("ack");
      const [row] = (await store.snapshot(["mrouter"])).rows.filter((one) => one.key === "locked");
      expect(row?.body["secret"]).toBe(key);
      await locked.stop();
    });
  });
});
