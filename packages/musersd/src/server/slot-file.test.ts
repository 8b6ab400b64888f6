// SPDX-License-Identifier: MIT
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Slot } from "@mauth/protocol/rpc";
import { afterEach, beforeEach, expect, it } from "vitest";
import { SlotFile } from "./slot-file.ts";

let directory: string;
let path: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "musersd-slots-"));
  path = join(directory, "slots");
});
afterEach(() => rmSync(directory, { recursive: true }));

const slot: Slot = {
  peer: { address: 0xc0000205, port: 40_000 },
  request: Uint8Array.from([1, 0, 192, 0, 2, 11, 233, 252, 0, 1, 16]),
  state: "ack",
  lastSeenMs: 123_456,
};

it("slots come back as they were written after the file is opened again", () => {
  const first = new SlotFile(path);
  expect(first.found).toBe("absent");
  first.write(0, slot);
  first.write(4095, { ...slot, state: "executing" });
  first.write(7, slot);
  first.clear(7);
  first.close();
  const second = new SlotFile(path);
  expect(second.found).toBe("intact");
  expect([...second.load()]).toEqual([
    [0, slot],
    [4095, { ...slot, state: "executing" }],
  ]);
  second.close();
});

it.each([
  ["a short file", new Uint8Array(100)],
  ["other bytes", new Uint8Array(131_072).fill(0xff)],
])("%s is damaged and made anew", (_name, bytes) => {
  writeFileSync(path, bytes);
  const damaged = new SlotFile(path);
  expect(damaged.found).toBe("damaged");
  expect([...damaged.load()]).toEqual([]);
  damaged.close();
  const again = new SlotFile(path);
  expect(again.found).toBe("intact");
  again.close();
});
