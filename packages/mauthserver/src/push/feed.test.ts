// SPDX-License-Identifier: MIT
import type { Enforcement } from "@mauth/protocol/api";
import { beforeEach, describe, expect, it } from "vitest";
import { GrantTable } from "../grants/table.ts";
import { MemoryStore } from "../store/memory.ts";
import { until } from "../testing/until.ts";
import { Board } from "./board.ts";
import { Feed } from "./feed.ts";

const keyOf = (index: number): string => `192.0.2.${index & 255}>233.252.0.${index >> 8}`;

describe("the enforcement of grants", () => {
  let board: Board;
  let feed: Feed;
  let grants: GrantTable;
  let state: Enforcement["state"];
  beforeEach(() => {
    board = new Board();
    grants = new GrantTable();
    state = "pending";
    const fleet = { enforcement: () => [{ mrouter: "edge-1", state }] };
    feed = new Feed({ board, fleet, grants, onSession: () => undefined });
  });

  function permit(index: number): void {
    const [source = "", group = ""] = keyOf(index).split(">");
    grants.set({ id: keyOf(index), source, group, maxTtl: 16, permittedAt: 0 }, 1);
    board.advance(1);
  }

  function listen() {
    const told: string[] = [];
    const stop = board.listen((frame) => {
      const { value } = JSON.parse(Buffer.from(frame).toString()) as {
        value: { id: string; enforcement: Enforcement[] };
      };
      told.push(`${value.id} ${value.enforcement[0]?.state}`);
    });
    return { told, stop };
  }

  function change(to: Enforcement["state"], ...indexes: number[]): void {
    state = to;
    for (const index of indexes) feed.enforcementChanged(keyOf(index));
  }

  it("is told of every one of many that change at once, and once", async () => {
    const indexes = Array.from({ length: 1200 }, (_, index) => index);
    for (const index of indexes) permit(index);
    const { told } = listen();
    change("enforced", ...indexes);
    await until(() => told.length >= indexes.length, "all are told");
    expect(told).toEqual(indexes.map((index) => `${keyOf(index)} enforced`));
  });

  it("is told to whoever listens, whatever was told to those who have gone", async () => {
    permit(1);
    permit(2);
    const first = listen();
    change("enforced", 1);
    await until(() => first.told.length === 1, "the first console is told");
    first.stop();
    change("pending", 1);
    // Timers end in the order of their times, so that the one of this change has ended before: nobody was there to be told.
    await new Promise((resolve) => setTimeout(resolve, 100));
    const second = listen();
    change("enforced", 1, 2);
    await until(() => second.told.includes(`${keyOf(2)} enforced`), "the change behind it is told");
    expect(second.told).toContain(`${keyOf(1)} enforced`);
  });
});

it("tells a console of before a restart of what was stored long ago, since what is not in the log may have changed", async () => {
  const store = new MemoryStore();
  await store.commit([{ op: "put", kind: "ignored", key: "a", body: {} }], { actor: "ann", at: 1 });
  for (let at = 2; at < 5; at++)
    await store.commit([{ op: "put", kind: "removal", key: `edge-1|${at}`, body: {} }], { actor: "ann", at });
  const board = new Board();
  const fleet = { enforcement: () => [] };
  const feed = new Feed({ board, fleet, grants: new GrantTable(), onSession: () => undefined });
  const snapshot = await store.snapshot(["ignored", "removal"]);
  await feed.recall(store, snapshot.rev);
  feed.start(store, snapshot, () => undefined);
  const frames = Array.from(
    board.framesSince(4) ?? [],
    (frame) => JSON.parse(Buffer.from(frame).toString()) as unknown,
  );
  expect(frames).toMatchObject([{ entity: "resumed" }, { rev: 4, entity: "ignored", value: { id: "a" } }]);
  await feed.stop();
  await store.close();
});
