// SPDX-License-Identifier: MIT
import { LEADING_OF_SESSIONS_MAX } from "@mauth/protocol/api";
import type { SenderStats } from "@mauth/protocol/api";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Board } from "./board.ts";

const sender = (id: string, packets = 0): SenderStats => ({
  id,
  mrouter: "edge-1",
  source: "192.0.2.1",
  group: "233.252.0.1",
  maxTtl: 16,
  packets,
  bytes: 0,
  refusedPackets: 0,
  lastAt: null,
});
const textOf = (frame: Uint8Array): unknown => JSON.parse(Buffer.from(frame).toString());

describe("the board", () => {
  it("tells every listener of every change in one shared frame", () => {
    const board = new Board();
    const heard: Uint8Array[][] = [[], []];
    for (const frames of heard) board.listen((frame) => frames.push(frame));
    board.add("sender", sender("a"), 7);
    board.remove("sender", "a", 8);
    expect(heard[0]?.map(textOf)).toEqual([
      { rev: 7, type: "add", entity: "sender", value: sender("a") },
      { rev: 8, type: "remove", entity: "sender", value: { id: "a" } },
    ]);
    expect(heard[0]?.[0]).toBe(heard[1]?.[0]);
  });

  it("looks at what a store held only when somebody asks, and shows it with the revision of the start", () => {
    const board = new Board();
    const looked: string[] = [];
    const stored = ["a", "b"].map((key) => ({
      key,
      get body() {
        looked.push(key);
        return sender(key);
      },
    }));
    board.restore("sender", stored, 9);
    expect([board.size("sender"), [...board.ids("sender")], looked]).toEqual([2, ["a", "b"], []]);
    expect(board.get("sender", "b")).toEqual(sender("b"));
    expect(looked).toEqual(["b"]);
    expect([...board.frames()].map(textOf)).toMatchObject([
      { rev: 9, value: { id: "a" } },
      { rev: 9, value: { id: "b" } },
    ]);
  });

  it("tells a console of before the start of everything that was restored, and one of after it only of changes", () => {
    const board = new Board();
    board.recall([], 0);
    board.restore("ignored", [{ key: "a", body: { id: "a" } }], 9);
    const ids = (rev: number) =>
      Array.from(board.framesSince(rev) ?? [], textOf).flatMap(
        (frame) => (frame as { value: { id?: string } }).value.id ?? [],
      );
    expect([ids(8), ids(9)]).toEqual([["a"], ["a"]]);
    board.advance(10);
    expect(ids(10)).toEqual([]);
  });

  it("gives passing state the revision at which it was seen", () => {
    const board = new Board();
    board.advance(41);
    board.add("sender", sender("a"));
    expect([...board.frames()].map(textOf)).toMatchObject([{ rev: 41 }]);
    board.add("sender", sender("b"), 3);
    expect(board.rev).toBe(41);
  });

  it("says nothing of the removal of what is not there", () => {
    const board = new Board();
    const frames: Uint8Array[] = [];
    board.listen((frame) => frames.push(frame));
    board.remove("sender", "a", 1);
    expect(frames).toEqual([]);
    expect(board.rev).toBe(1);
  });

  it("shows a reader that pauses each entity as it is when it is reached", () => {
    const board = new Board();
    for (const id of ["a", "b", "c"]) board.add("sender", sender(id, 1));
    const frames = board.frames();
    frames.next();
    board.add("sender", sender("b", 2));
    board.remove("sender", "c");
    board.add("sender", sender("d", 1));
    const rest = [...frames].map((frame) => (textOf(frame) as { value: SenderStats }).value);
    expect(rest.map(({ id, packets }) => [id, packets])).toEqual([
      ["b", 2],
      ["d", 1],
    ]);
  });

  it("looks at no title of more sessions than it may, and still gives all of them", () => {
    const board = new Board();
    const count = LEADING_OF_SESSIONS_MAX + 1;
    const stored = Array.from({ length: count }, (_, at) => ({
      key: `s${at}`,
      body: { id: `s${at}`, title: `${count - at}` },
    }));
    board.restore("session", stored, 1);
    const section = [...board.sections()].find(({ entity }) => entity === "session");
    const ids = Array.from(section?.frames ?? [], (frame) => (textOf(frame) as { value: { id: string } }).value.id);
    expect(ids).toEqual(stored.map(({ key }) => key));
  });

  it("ends with the listener that left", () => {
    const board = new Board();
    const frames: Uint8Array[] = [];
    board.listen((frame) => frames.push(frame))();
    board.add("sender", sender("a"));
    expect(frames).toEqual([]);
  });

  it("leaves a reader who comes back with what a new one sees, whatever was missed", () => {
    const change = fc.record({
      entity: fc.constantFrom("account", "sender"),
      id: fc.constantFrom("a", "b", "c"),
      isGone: fc.boolean(),
      isLogged: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(change, { maxLength: 40 }), fc.nat(40), (changes, away) => {
        const board = new Board();
        let reader = new Map<string, unknown>();
        let rev = 0;
        for (const [index, { entity, id, isGone, isLogged }] of changes.entries()) {
          if (index === away) [reader, rev] = [read(board.frames()), board.rev];
          const at = board.rev + (isLogged || entity === "account" ? 1 : 0);
          if (isGone) board.remove(entity, id, at);
          else if (entity === "account") board.add(entity, { ...ACCOUNT, id, createdAt: index }, at);
          else board.add(entity, sender(id, index), at);
        }
        const missed = board.framesSince(rev);
        expect(missed).toBeDefined();
        expect(read(missed ?? [], reader)).toEqual(read(board.frames()));
      }),
      { numRuns: 2000 },
    );
  });

  it("gives everything to a reader who was away for too many removals", () => {
    const board = new Board();
    board.add("account", { ...ACCOUNT, id: "kept" }, 1);
    for (let rev = 2; rev < 50_000; rev += 2) {
      board.add("account", { ...ACCOUNT, id: `a${rev}` }, rev);
      board.remove("account", `a${rev}`, rev + 1);
    }
    expect(board.framesSince(2)).toBe(undefined);
    expect([...(board.framesSince(board.rev - 100) ?? [])]).toHaveLength(1 + 50);
  });

  it("knows from before its start what was removed, and no further", () => {
    const board = new Board();
    board.recall([{ entity: "session", id: "s", rev: 8 }], 5);
    board.advance(9);
    expect([board.framesSince(4), board.framesSince(10)]).toEqual([undefined, undefined]);
    expect([...(board.framesSince(5) ?? [])].map(textOf)).toMatchObject([
      { entity: "resumed", value: { from: 5, revision: 9 } },
      { type: "remove", entity: "session", value: { id: "s" }, rev: 8 },
    ]);
  });
});

const ACCOUNT = { role: "viewer" as const, createdAt: 0, lastLoginAt: null, lockedUntil: null };

/** What a console keeps of these frames: passing state is sent whole, so that the rest of it is gone. */
function read(frames: Iterable<Uint8Array>, before: ReadonlyMap<string, unknown> = new Map()): Map<string, unknown> {
  const kept = new Map(before);
  for (const frame of frames) {
    const { type, entity, value } = textOf(frame) as { type: string; entity: string; value: { id: string } };
    if (entity === "resumed") for (const key of before.keys()) if (key.startsWith("sender ")) kept.delete(key);
    if (entity === "resumed") continue;
    if (type === "add") kept.set(`${entity} ${value.id}`, value);
    else kept.delete(`${entity} ${value.id}`);
  }
  return kept;
}
