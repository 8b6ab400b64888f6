// SPDX-License-Identifier: MIT
import { ERROR_CODES, errorCodeOfWire } from "../error-code.ts";
import type { ErrorCode } from "../error-code.ts";
import type { Ipv4 } from "../ipv4.ts";
import { COMMAND, validateRequest } from "../v1/index.ts";
import type { ByteReader, ByteWriter } from "./bytes.ts";

/** A sender as the filter holds it. */
export interface SenderEntry {
  readonly source: Ipv4;
  readonly group: Ipv4;
  /** 1 to 255 hops. */
  readonly maxTtl: number;
}

/** One line of an APPLY. An add replaces the entry; a remove ignores the TTL and whether the entry exists. */
export interface Change extends SenderEntry {
  readonly command: keyof typeof COMMAND;
}

/*
 * An entry, 14 bytes for IPv4, 38 for IPv6, and its extensions:
 *
 *  0         1       2            6/18         10/34     11/35         14/38
 * +---------+-------+------------+------------+---------+-------------+--------------------------+
 * | command | flags | source     | group      | max TTL | lease, s    | length u8, (type u8,     |
 * |         |       |            |            |         | 0 for ever  |  length u8, value)...    |
 * +---------+-------+------------+------------+---------+-------------+--------------------------+
 *
 * flags: bit 0 the addresses are IPv6, bit 1 extensions follow. No other bit changes the length, so that a server can step
 * over an entry that it does not support and answer "unsupported" for it alone.
 */

/** Length of an IPv4 entry without extensions. */
export const ENTRY_LENGTH_BYTES = 14;

const FLAG_IPV6 = 1;
const FLAG_EXTENSIONS = 2;

/** Writes an entry. */
export function writeEntry(writer: ByteWriter, entry: SenderEntry, command: keyof typeof COMMAND = "add"): void {
  writer.u8(COMMAND[command]).u8(0).u32(entry.source).u32(entry.group).u8(entry.maxTtl).u24(0);
}

/** Reads an entry: a valid change, or the code why it cannot be carried out. */
export function readEntry(reader: ByteReader): Change | ErrorCode {
  const command = reader.u8();
  const flags = reader.u8();
  const isIpv6 = (flags & FLAG_IPV6) !== 0;
  if (isIpv6) reader.bytes(24);
  const source = reader.u32();
  const group = reader.u32();
  const maxTtl = reader.u8();
  const leaseSeconds = reader.u24();
  if ((flags & FLAG_EXTENSIONS) !== 0) reader.bytes(reader.u8());
  if (flags !== 0 || leaseSeconds !== 0) return "unsupported";
  const invalid = validateRequest({ command, source, group, maxTtl });
  return invalid ?? { command: command === COMMAND.add ? "add" : "remove", source, group, maxTtl };
}

/** Writes the result of one entry: 0, or the byte of its error. */
export function writeResult(writer: ByteWriter, result: ErrorCode | undefined): void {
  writer.u8(result === undefined ? 0 : ERROR_CODES[result].wire);
}

/** Reads the result of one entry. */
export function readResult(reader: ByteReader): ErrorCode | undefined {
  const wire = reader.u8();
  return wire === 0 ? undefined : errorCodeOfWire(wire);
}
