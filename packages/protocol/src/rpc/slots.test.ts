// SPDX-License-Identifier: MIT
import { describe, expect, it } from "vitest";
import { atOffset, fromHex, toHex } from "../../test/hex.ts";
import vectors from "../../test/vectors/v1-slots.json" with { type: "json" };
import { parseIpv4 } from "../ipv4.ts";
import { decodeSlot, encodeSlot, MemorySlots, SLOT_LENGTH_BYTES } from "./index.ts";
import type { Slot } from "./index.ts";

function slotOf(row: (typeof vectors.slots)[number]): Slot {
  const peer = { address: parseIpv4(row.address) ?? Number.NaN, port: row.port };
  return { peer, request: fromHex(row.request), state: row.state as Slot["state"], lastSeenMs: row.lastSeenMs };
}

describe("slot records", () => {
  it.each(vectors.slots)("[V1-9] $name", (row) => {
    expect(toHex(encodeSlot(slotOf(row)))).toBe(row.hex);
    expect(decodeSlot(fromHex(row.hex))).toEqual(slotOf(row));
    expect(decodeSlot(atOffset(fromHex(row.hex)))).toEqual(slotOf(row));
  });

  it("[V1-9] a record of zeros is free", () => {
    expect(decodeSlot(new Uint8Array(SLOT_LENGTH_BYTES))).toBe("free");
  });

  it.each(vectors.notSlots)("[V1-9] $name is no slot", (row) => {
    expect(decodeSlot(fromHex(row.hex))).toBe(undefined);
  });

  it("[V1-9] slots in memory come back as they were written, until they are cleared", () => {
    const memory = new MemorySlots(4);
    const [slot] = vectors.slots.map(slotOf);
    if (slot === undefined) throw new Error("no vector");
    memory.write(3, slot);
    expect([...memory.load()]).toEqual([[3, slot]]);
    memory.clear(3);
    expect([...memory.load()]).toEqual([]);
  });
});
