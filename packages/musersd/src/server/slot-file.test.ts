// SPDX-License-Identifier: MIT
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Slot } from "@mauth/protocol/rpc";
import { afterEach, beforeEach, expect, it } from "vitest";
import { loadNative } from "../native.ts";
import { SlotFile } from "./slot-file.ts";

const native = loadNative();
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
  const first = new SlotFile(native, path);
  expect(first.found).toBe("absent");
  first.write(0, slot);
  first.write(4095, { ...slot, state: "executing" });
  first.write(7, slot);
  first.clear(7);
  const second = new SlotFile(native, path);
  expect(second.found).toBe("intact");
  expect([...second.load()]).toEqual([
    [0, slot],
    [4095, { ...slot, state: "executing" }],
  ]);
});

it("a slot survives the kill of the process that wrote it", () => {
  const program = `
    import { loadNative } from ${JSON.stringify(new URL("../native.ts", import.meta.url).href)};
    import { SlotFile } from ${JSON.stringify(new URL("slot-file.ts", import.meta.url).href)};
    const peer = { address: ${slot.peer.address}, port: ${slot.peer.port} };
    new SlotFile(loadNative(), ${JSON.stringify(path)}).write(3, {
      peer, request: Uint8Array.from([${slot.request.join()}]), state: "ack", lastSeenMs: ${slot.lastSeenMs},
    });
    process.kill(process.pid, "SIGKILL");
  `;
  const { signal, stderr } = spawnSync(process.execPath, ["--input-type=module", "-e", program], { encoding: "utf8" });
  expect({ signal, stderr }).toEqual({ signal: "SIGKILL", stderr: "" });
  expect([...new SlotFile(native, path).load()]).toEqual([[3, slot]]);
});

it.each([
  ["a short file", new Uint8Array(100)],
  ["other bytes", new Uint8Array(131_072).fill(0xff)],
])("%s is damaged and made anew", (_name, bytes) => {
  writeFileSync(path, bytes);
  const damaged = new SlotFile(native, path);
  expect(damaged.found).toBe("damaged");
  expect([...damaged.load()]).toEqual([]);
  const again = new SlotFile(native, path);
  expect(again.found).toBe("intact");
});
