// SPDX-License-Identifier: MIT
import { COMMAND } from "@mauth/protocol/v1";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Authority } from "./authority.ts";
import { systemClock } from "./clock.ts";
import { StoreUnavailableError } from "./errors.ts";
import { GRANT_FOLD } from "./grants/loading.ts";
import type { LoadedGrants } from "./grants/loading.ts";
import { GrantTable } from "./grants/table.ts";
import { silentLog } from "./log.ts";
import { Fleet } from "./mrouters/fleet.ts";
import { FakeMusersd } from "./mrouters/testing/fake-musersd.ts";
import { Board } from "./push/board.ts";
import { SteadyClock } from "./steady-clock.ts";
import { MemoryStore } from "./store/memory.ts";
import { until } from "./testing/until.ts";

const source = 0xc000020a;
const group = 0xe9fc0001;
const key = "192.0.2.10>233.252.0.1";
const request = (command: number, maxTtl = 16) => ({ sequence: 0, command, source, group, maxTtl });

describe("decisions at two mrouters", () => {
  let store: MemoryStore;
  let musersds: FakeMusersd[];
  let fleet: Fleet;
  let authority: Authority;

  async function start(): Promise<void> {
    const fence = await store.lease("leader", "test");
    const grants = new GrantTable();
    fleet = new Fleet({
      clock: systemClock,
      log: silentLog,
      board: new Board(),
      steady: new SteadyClock(systemClock),
      term: fence.epoch,
      onHeard() {},
      onSender() {},
      onAll() {},
      grants,
      onRemoved: (mrouter, removed) => void authority.removed(mrouter, removed),
    });
    for (const [index, { address }] of musersds.entries())
      fleet.add({ name: `edge-${index}`, address, protocol: index === 0 ? "v1" : "v2", networks: ["192.0.2.0/24"] });
    const steady = new SteadyClock(systemClock);
    const sessions = { sessionOf: () => undefined, policy: () => "grace" as const };
    authority = new Authority({ store, grants, fleet, clock: systemClock, steady, log: silentLog, fence, ...sessions });
    grants.restore(await store.fold<LoadedGrants>(["grant"], GRANT_FOLD));
    authority.restore((await store.snapshot(["removal"])).rows);
    fleet.start();
  }
  beforeEach(async () => {
    store = new MemoryStore();
    musersds = [await new FakeMusersd().start(), await new FakeMusersd().start()];
    await start();
  });
  afterEach(async () => {
    await fleet.stop();
    await Promise.all(musersds.map((musersd) => musersd.stop()));
  });

  const ttls = () => musersds.map(({ table }) => table.get(key));
  const kept = async () => (await store.snapshot(["grant", "removal"])).rows.map((row) => `${row.kind} ${row.key}`);

  it("are acknowledged when both hold them", async () => {
    expect(await authority.decide(request(COMMAND.add))).toBe("ack");
    expect(ttls()).toEqual([16, 16]);
    expect(await authority.decide(request(COMMAND.remove))).toBe("ack");
    expect(ttls()).toEqual([undefined, undefined]);
  });

  it("are not acknowledged while one of them is silent", async () => {
    musersds[1]!.isCutOff = true;
    let outcome = "";
    const decision = authority.decide(request(COMMAND.add)).then((ended) => (outcome = ended));
    await until(() => ttls()[0] === 16, "one holds it");
    expect(outcome).toBe("");
    musersds[1]!.isCutOff = false;
    expect(await decision).toBe("ack");
    expect(ttls()).toEqual([16, 16]);
  });

  it("are taken back everywhere when one of them refuses", async () => {
    musersds[1]!.refuse = (change) => (change.command === "add" ? "full" : undefined);
    expect(await authority.decide(request(COMMAND.add))).toBe("error");
    await until(() => ttls()[0] === undefined, "taken back");
    await until(() => musersds[1]!.asked.includes(`remove ${key}`), "asked to remove");
    expect(authority.size).toBe(0);
  });

  it("are taken back as soon as one refuses, also while the other one is silent", async () => {
    musersds[0]!.isCutOff = true;
    musersds[1]!.refuse = (change) => (change.command === "add" ? "full" : undefined);
    expect(await authority.decide(request(COMMAND.add))).toBe("error");
    expect(await kept()).toEqual([`removal edge-0|${key}`]);
    musersds[0]!.isCutOff = false;
    await until(() => musersds[0]!.asked.includes(`remove ${key}`), "asked to remove");
    expect(musersds[0]!.asked).not.toContain(`add ${key} 16`);
  });

  it("leave a removal in the store for an mrouter that cannot be looked at until it has acknowledged", async () => {
    await authority.decide(request(COMMAND.add));
    musersds[0]!.isCutOff = true;
    void authority.decide(request(COMMAND.remove));
    await until(() => ttls()[1] === undefined, "one has removed it");
    let rows: string[] = [];
    await until(() => {
      void kept().then((now) => (rows = now));
      return rows.length === 1;
    }, "one removal is left");
    expect(rows).toEqual([`removal edge-0|${key}`]);
    await fleet.stop();
    musersds[0]!.isCutOff = false;
    await start();
    await until(() => ttls()[0] === undefined, "removed after the restart");
    await until(() => {
      void kept().then((now) => (rows = now));
      return rows.length === 0;
    }, "nothing is left to do");
  });

  it("of before do not come back after a later one: permit, revoke, permit ends permitted", async () => {
    musersds[0]!.isCutOff = true;
    const all = [COMMAND.add, COMMAND.remove, COMMAND.add].map((command, index) =>
      authority.decide(request(command, command === COMMAND.add ? 10 + index : 0)),
    );
    await until(() => ttls()[1] === 12, "the last decision stands at the other one");
    musersds[0]!.isCutOff = false;
    expect(await Promise.all(all)).toEqual(["unknown", "unknown", "ack"]);
    expect(ttls()).toEqual([12, 12]);
    expect(await kept()).toEqual([`grant ${key}`]);
  });

  it("are all doubted when musersd restarted without being missed, and made once more", async () => {
    const musersd = musersds[0]!;
    const count = 500;
    const all = Array.from({ length: count }, (_, index) =>
      authority.decide({ ...request(COMMAND.add), group: group + index }),
    );
    expect(new Set(await Promise.all(all))).toEqual(new Set(["ack"]));
    // A cut cable, because a refused port would tell over v1 that musersd was away.
    musersd.isCutOff = true;
    await musersd.reboot();
    musersd.isCutOff = false;
    const [mrouter] = fleet.mrouters;
    await until(() => mrouter!.pending > 100, "doubted at once, not asserted one after the other");
    await until(() => musersd.table.size === count, "all are back");
  });

  it("are refused when they cannot be stored, and no kernel hears of them", async () => {
    store.commit = async () => {
      throw new StoreUnavailableError("cannot commit: the disk is full");
    };
    expect(await authority.decide(request(COMMAND.add))).toBe("error");
    expect(musersds.flatMap(({ asked }) => asked)).toEqual([]);
    expect(authority.size).toBe(0);
  });

  it("of a deposed server are refused", async () => {
    await store.lease("leader", "another");
    expect(await authority.decide(request(COMMAND.add))).toBe("error");
    expect(await kept()).toEqual([]);
  });
});
