// SPDX-License-Identifier: MIT
import type { RowBatch, RowTableName } from "@mauth/protocol/rpc";
import type { BpfMap, MapBatch } from "./bpf-map.ts";
import type { RefusedTable, SenderTable } from "./filter.ts";
import type { DeniedRow, SenderRow } from "./filter.ts";
import type { FamilyKeys } from "./keys.ts";
import {
  decodeDeniedValue,
  decodeSenderValue,
  DENIED_VALUE_LENGTH_BYTES,
  expiresMsOf,
  firstMsOf,
  hasLimits,
  SENDER_VALUE_LENGTH_BYTES,
} from "./layout.ts";
import type { NameOf } from "./layout.ts";

/** The senders of one family that are no wildcards, as the kernel has them. */
export function senderRows(map: BpfMap, keys: FamilyKeys, nameOf: NameOf): SenderTable {
  return {
    names: [keys.bits === 32 ? "senders" : "sendersIpv6", "limited"],
    keyWords: keys.senderLengthBytes / 4,
    valueWords: SENDER_VALUE_LENGTH_BYTES / 4,
    read: () => words(map.batches()),
    isIn: (name, _key, value, nowMs) => isAlive(value, nowMs) && (name !== "limited" || hasLimits(value)),
    decode: (key, value): SenderRow => decodeSenderValue(keys.decodeSender(key), value, nameOf),
  };
}

/** The wildcards of one family. */
export function wildcardRows(map: BpfMap, keys: FamilyKeys, nameOf: NameOf): SenderTable {
  return {
    names: ["limited"],
    keyWords: keys.wildcardLengthBytes / 4,
    valueWords: SENDER_VALUE_LENGTH_BYTES / 4,
    read: () => words(map.batches()),
    isIn: (_name, _key, value, nowMs) => isAlive(value, nowMs),
    decode: (key, value): SenderRow => decodeSenderValue(keys.decodeWildcard(key), value, nameOf),
  };
}

/** What was refused of one family. */
export function deniedRows(batches: () => Generator<MapBatch>, keys: FamilyKeys): RefusedTable<DeniedRow> {
  const name: RowTableName = keys.bits === 32 ? "denied" : "deniedIpv6";
  return {
    names: [name],
    keyWords: keys.deniedLengthBytes / 4,
    valueWords: DENIED_VALUE_LENGTH_BYTES / 4,
    read: () => words(batches()),
    isIn: () => true,
    decode: (key, value): DeniedRow => ({ ...keys.decodeDenied(key), ...decodeDeniedValue(value) }),
    firstMs: ({ values }, index) => firstMsOf(values, index),
  };
}

function* words(batches: Generator<MapBatch>): Generator<RowBatch> {
  for (const { count, keys, values } of batches)
    yield { count, keys: new Uint32Array(keys.buffer), values: new Uint32Array(values.buffer) };
}

function isAlive(value: DataView, nowMs: number): boolean {
  const expiresMs = expiresMsOf(value);
  return expiresMs === 0 || expiresMs > nowMs;
}
