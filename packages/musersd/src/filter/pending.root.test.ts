// SPDX-License-Identifier: MIT
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, it } from "vitest";
import { loadNative } from "../native.ts";
import { BpfMap } from "./bpf-map.ts";
import { decodeDeniedValue, DENIED_VALUE_LENGTH_BYTES, encodeNumberKey, PENDING_LENGTH_BYTES } from "./layout.ts";
import { MAP_LAYOUTS } from "./maps.ts";
import { Pending } from "./pending.ts";

const native = loadNative();
const OBJECT = fileURLToPath(import.meta.resolve("@mauth/kernel-module/msender.bpf.o"));
const KEY = Uint8Array.of(1, 0, 0, 0, 192, 0, 2, 1, 233, 252, 0, 1);
const SLOT = { index: 3, key: KEY };
const TICK_NS = 4_000_000n;

let loaded: ReturnType<typeof native.objectLoad>;
let pending: Pending;
beforeEach(() => {
  loaded = native.objectLoad(OBJECT, 1, {});
  pending = new Pending(native, loaded.maps["pending"] ?? -1, { first: 0, keyLength: KEY.length });
});
afterEach(() => {
  for (const fd of [loaded.program, ...Object.values(loaded.maps)]) native.close(fd);
});

/** Writes struct msender_pending as the last CPU would have it. */
function count(packets: number, tickNs: bigint): void {
  const cpus = new Uint8Array(PENDING_LENGTH_BYTES * native.possibleCpus());
  const last = new DataView(cpus.buffer, cpus.length - PENDING_LENGTH_BYTES);
  last.setBigUint64(0, tickNs, true);
  last.setBigUint64(8, BigInt(packets), true);
  last.setBigUint64(16, BigInt(packets * 60), true);
  cpus.set(KEY, cpus.length - PENDING_LENGTH_BYTES + 24);
  native.mapUpdate(loaded.maps["pending"] ?? -1, encodeNumberKey(SLOT.index), cpus);
}

it("finds what a CPU has counted apart, and nothing where that was added to its row", () => {
  count(5, TICK_NS);
  expect(pending.slots()).toEqual([SLOT]);
  expect(pending.readBeside(SLOT, () => "row")).toEqual({ row: "row", pending: { packets: 5, bytes: 300 } });
  count(0, TICK_NS);
  expect(pending.slots()).toEqual([]);
});

it("counts nothing twice and misses nothing when a CPU adds its share to the row meanwhile", () => {
  let row = 10;
  count(5, TICK_NS);
  const settleOnce = (): number => {
    const read = row;
    if (row === 10) {
      row = 15;
      count(1, 2n * TICK_NS);
    }
    return read;
  };
  expect(pending.readBeside(SLOT, settleOnce)).toEqual({ row: 15, pending: { packets: 1, bytes: 60 } });
});

it("adds nothing that was counted apart for another row", () => {
  count(5, TICK_NS);
  const other = { ...SLOT, key: KEY.with(7, 2) };
  expect(pending.readBeside(other, () => "row").pending).toEqual({ packets: 0, bytes: 0 });
});

it("adds it to the row of the table, and leaves other rows alone", () => {
  const table = new BpfMap(native, loaded.maps["denied"] ?? -1, MAP_LAYOUTS.denied);
  const row = new Uint8Array(DENIED_VALUE_LENGTH_BYTES);
  new DataView(row.buffer).setBigUint64(0, 10n, true);
  new DataView(row.buffer).setBigUint64(8, 600n, true);
  row[32] = 16;
  table.write(KEY, row);
  table.write(KEY.with(7, 2), row);
  count(5, TICK_NS);
  const rows = table.entries(
    (key, value) => ({ host: key.getUint8(7), ...decodeDeniedValue(value) }),
    pending.completed(table),
  );
  expect(rows.sort((a, b) => a.host - b.host)).toMatchObject([
    { host: 1, packets: 15, bytes: 900 },
    { host: 2, packets: 10, bytes: 600 },
  ]);
});
