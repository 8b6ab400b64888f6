// SPDX-License-Identifier: MIT
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Announcements } from "./announcements.ts";
import type { Clock } from "./clock.ts";
import { StoreUnavailableError } from "./errors.ts";
import { silentLog } from "./log.ts";
import { Board } from "./push/board.ts";
import { MemoryStore } from "./store/memory.ts";
import type { Op } from "./store/store.ts";
import { until } from "./testing/until.ts";

/** An announcement of a session from 192.0.2.10 (RFC 2974 §6: version 1, IPv4, no authentication, hash 0x1234). */
function announcement(title: string, { sessId = 7, sessVersion = 1 } = {}) {
  const sdp = `v=0\r\no=- ${sessId} ${sessVersion} IN IP4 192.0.2.10\r\ns=${title}\r\nt=0 0\r\nc=IN IP4 233.252.0.9/16\r\nm=audio 5004 RTP/AVP 0\r\n`;
  const bytes = Buffer.concat([Buffer.from("20001234c000020a", "hex"), Buffer.from(sdp)]);
  bytes.writeUInt16BE(sessId, 2);
  return { bytes, source: "192.0.2.10", sapGroup: "239.255.255.255", interface: "lan0", mrouter: null };
}

describe("announcements", () => {
  let nowMs: number;
  let store: MemoryStore;
  let board: Board;
  let announcements: Announcements;
  const clock: Clock = { monotonicMs: () => nowMs, wallMs: () => 1_700_000_000_000 + nowMs };

  async function start(): Promise<void> {
    const fence = await store.lease("leader", "test");
    announcements = new Announcements({ store, board, clock, log: silentLog, fence, directory: {} });
    announcements.restore((await store.snapshot(["session"])).rows);
  }
  beforeEach(async () => {
    nowMs = 0;
    store = new MemoryStore();
    board = new Board();
    await start();
  });
  afterEach(() => announcements.stop());

  const titles = async () => (await store.snapshot(["session"])).rows.map(({ body }) => body["title"]);
  const rev = async () => (await store.snapshot([])).rev;

  it("are stored when they are new or have changed", async () => {
    announcements.hear(announcement("One"));
    await announcements.stop();
    expect(await titles()).toEqual(["One"]);
    await start();
    announcements.hear(announcement("Two", { sessVersion: 2 }));
    await announcements.stop();
    expect(await titles()).toEqual(["Two"]);
    expect(await rev()).toBe(2);
  });

  it("that are only repeated are shown now and then, and make no change", async () => {
    announcements.hear(announcement("One"));
    await announcements.stop();
    await start();
    for (; nowMs < 60_000; nowMs += 1000) announcements.hear(announcement("One"));
    await announcements.stop();
    expect(await rev()).toBe(1);
    const [session] = board.values("session");
    expect(session?.lastHeardAt).toBeGreaterThanOrEqual(1_700_000_000_000 + 49_000);
    const { rows } = await store.snapshot(["session"]);
    expect(rows[0]?.body["lastHeardAt"]).toBe(session?.lastHeardAt);
  });

  it("outlive a restart with the times at which they were heard", async () => {
    announcements.hear(announcement("One"));
    await announcements.stop();
    nowMs = 5000;
    await start();
    expect(announcements.directory.sessions()).toMatchObject([{ title: "One", firstHeardAt: 1_700_000_000_000 }]);
  });

  it("that are deleted or silent leave the store", async () => {
    announcements.hear(announcement("One"));
    await announcements.stop();
    await start();
    const deletion = announcement("One");
    deletion.bytes[0] = 0x24;
    announcements.hear(deletion);
    await announcements.stop();
    expect(await titles()).toEqual([]);
  });

  it("many at once are one commit", async () => {
    const commits: number[] = [];
    const commit = store.commit.bind(store);
    store.commit = async (ops: readonly Op[], options) => {
      commits.push(ops.length);
      return commit(ops, options);
    };
    for (let index = 0; index < 200; index++) announcements.hear(announcement(`Session ${index}`, { sessId: index }));
    await until(() => commits.length > 0, "committed");
    expect(commits).toEqual([200]);
  });

  it("wait while the store cannot write, and none is lost", async () => {
    const commit = store.commit.bind(store);
    let refusals = 0;
    store.commit = async () => {
      refusals++;
      throw new StoreUnavailableError("cannot commit: the disk is full");
    };
    announcements.hear(announcement("One"));
    await until(() => refusals > 0, "refused");
    announcements.hear(announcement("Two", { sessVersion: 2 }));
    announcements.hear(announcement("Three", { sessId: 8 }));
    await until(() => refusals > 1, "refused again");
    announcements.hear(announcement("Four", { sessId: 9 }));
    store.commit = commit;
    await announcements.stop();
    expect(new Set(await titles())).toEqual(new Set(["Two", "Three", "Four"]));
  });
});
