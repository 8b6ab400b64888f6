// SPDX-License-Identifier: MIT
import { StartError } from "../errors.ts";
import { IPV4_KEYS } from "../filter/keys.ts";
import { encodeNumberKey, SENDER_VALUE_LENGTH_BYTES } from "../filter/layout.ts";
import { BATCH_ENTRIES, readBatches } from "../filter/bpf-map.ts";
import type { Native } from "../native.ts";

/** struct msender_ctl of MSENDER_ABI 1: what it has lies at the beginning of today's, and the rest of that is 0. */
const EARLIER_VALUE_LENGTHS_BYTES: readonly number[] = [40];
const SENDER_KEY_LENGTH_BYTES = IPV4_KEYS.senderLengthBytes;

/** Senders of an earlier version of the filter, as today's entries. */
export interface CarriedSenders {
  readonly count: number;
  readonly keys: Uint8Array;
  readonly values: Uint8Array;
}

/**
 * Reads the senders of a table whose layout is an earlier version's.
 * @throws StartError when it is no version's that this one knows.
 */
export function readEarlierSenders(native: Native, fd: number): CarriedSenders {
  const { keyLength, valueLength, entriesMax } = native.mapInfo(fd);
  if (keyLength !== SENDER_KEY_LENGTH_BYTES || !EARLIER_VALUE_LENGTHS_BYTES.includes(valueLength))
    throw new StartError(
      `the filter in force has entries of ${keyLength} and ${valueLength} bytes, which this version cannot take over; it stays in force`,
    );
  const keys = new Uint8Array(entriesMax * keyLength);
  const values = new Uint8Array(entriesMax * SENDER_VALUE_LENGTH_BYTES);
  const room = { keys: new Uint8Array(BATCH_ENTRIES * keyLength), values: new Uint8Array(BATCH_ENTRIES * valueLength) };
  let count = 0;
  for (const batch of readBatches(native, fd, { room, keyLength, valueLength })) {
    keys.set(batch.keys.subarray(0, batch.count * keyLength), count * keyLength);
    for (let index = 0; index < batch.count; index++, count++)
      values.set(
        batch.values.subarray(index * valueLength, (index + 1) * valueLength),
        count * SENDER_VALUE_LENGTH_BYTES,
      );
  }
  return { count, keys, values };
}

/** Writes them into a new table, which nothing looks at yet. */
export function writeSenders(native: Native, fd: number, { count, keys, values }: CarriedSenders): void {
  for (let first = 0; first < count; first += BATCH_ENTRIES) {
    const length = Math.min(BATCH_ENTRIES, count - first);
    const batchKeys = keys.subarray(first * SENDER_KEY_LENGTH_BYTES);
    const written = native.mapUpdateMany(fd, batchKeys, values.subarray(first * SENDER_VALUE_LENGTH_BYTES), length);
    if (written < length) throw new StartError(`cannot take over sender ${first + written} of ${count}`);
  }
}

/** Copies a table that had fewer numbers in an earlier version; the others stay 0. */
export function writeNumbers(native: Native, { from, to }: { from: number; to: number }): void {
  const { entriesMax, valueLength } = native.mapInfo(from);
  const value = new Uint8Array(valueLength);
  for (let index = 0; index < entriesMax; index++)
    if (native.mapLookup(from, encodeNumberKey(index), value)) native.mapUpdate(to, encodeNumberKey(index), value);
}
