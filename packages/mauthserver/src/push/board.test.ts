// SPDX-License-Identifier: MIT
import type { SenderStats } from "@mauth/protocol/api";
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

  it("ends with the listener that left", () => {
    const board = new Board();
    const frames: Uint8Array[] = [];
    board.listen((frame) => frames.push(frame))();
    board.add("sender", sender("a"));
    expect(frames).toEqual([]);
  });
});
