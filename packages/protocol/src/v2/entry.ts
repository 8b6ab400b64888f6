// SPDX-License-Identifier: MIT
import { ERROR_CODES, errorCodeOfWire } from "../error-code.ts";
import type { ErrorCode } from "../error-code.ts";
import { isUnicastSource } from "../ipv4.ts";
import type { Ipv4 } from "../ipv4.ts";
import { COMMAND, isMaxTtl, validateRequest } from "../v1/index.ts";
import type { ByteReader, ByteWriter } from "./bytes.ts";
import { decodeExtensions, encodeExtensions, GROUP_LENGTH_BITS, hasExtensions, isSenderGroupPrefix } from "./limits.ts";
import type { SenderLimits } from "./limits.ts";

/** A sender as the filter holds it. */
export interface SenderEntry extends SenderLimits {
  /** 0 stands for any source. */
  readonly source: Ipv4;
  readonly group: Ipv4;
  /** 1 to 255 hops. */
  readonly maxTtl: number;
  /** How long it may go on to send, 1 to 2^24 - 1; for ever when absent. */
  readonly leaseSeconds?: number;
}

/** A sender as the server knows it: it ends at a moment of its boot clock. */
export interface HeldSender extends Omit<SenderEntry, "leaseSeconds"> {
  /** For ever when absent. */
  readonly expiresMs?: number;
}

/** One line of an APPLY. An add replaces the entry with all its limits; a remove needs only what names the entry. */
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

/** The longest lease, 194 days. */
export const LEASE_SECONDS_MAX = 0xff_ff_ff;

/** The length of an entry when it is written. */
export function entryLength(entry: SenderEntry): number {
  return hasExtensions(entry) ? ENTRY_LENGTH_BYTES + 1 + encodeExtensions(entry).length : ENTRY_LENGTH_BYTES;
}

/** Writes an entry. */
export function writeEntry(writer: ByteWriter, entry: SenderEntry, command: keyof typeof COMMAND = "add"): void {
  const isExtended = hasExtensions(entry);
  writer
    .u8(COMMAND[command])
    .u8(isExtended ? FLAG_EXTENSIONS : 0)
    .u32(entry.source)
    .u32(entry.group);
  writer.u8(entry.maxTtl).u24(entry.leaseSeconds ?? 0);
  if (!isExtended) return;
  const extensions = encodeExtensions(entry);
  writer.u8(extensions.length).bytes(extensions);
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
  const extensions = (flags & FLAG_EXTENSIONS) === 0 ? undefined : reader.bytes(reader.u8());
  if ((flags & ~FLAG_EXTENSIONS) !== 0) return "unsupported";
  const entry = { source, group, maxTtl, ...(leaseSeconds > 0 && { leaseSeconds }) };
  if (extensions !== undefined) return readExtended(command, entry, extensions);
  const invalid = validateRequest({ command, source, group, maxTtl });
  return invalid ?? { command: command === COMMAND.add ? "add" : "remove", ...entry };
}

function readExtended(command: number, entry: SenderEntry, extensions: Uint8Array): Change | ErrorCode {
  const read = decodeExtensions(extensions);
  if (typeof read === "string") return read;
  const change = { ...entry, ...read.limits };
  const invalid = read.isWildcard ? validateWildcard(command, change) : validateRequest({ command, ...entry });
  return invalid ?? { command: command === COMMAND.add ? "add" : "remove", ...change };
}

/** Says why a wildcard can never be carried out; its source may be 0, and its group a prefix. */
function validateWildcard(command: number, entry: SenderEntry): ErrorCode | undefined {
  const { source, group, maxTtl, groupLength = GROUP_LENGTH_BITS } = entry;
  if (command !== COMMAND.add && command !== COMMAND.remove) return "bad-command";
  if (source !== 0 && !isUnicastSource(source)) return "bad-source";
  if (!isSenderGroupPrefix(group, groupLength)) return "bad-group";
  if (command === COMMAND.add && !isMaxTtl(maxTtl)) return "bad-ttl";
  return undefined;
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
