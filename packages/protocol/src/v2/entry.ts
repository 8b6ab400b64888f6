// SPDX-License-Identifier: MIT
import { bitsOfAddress, isAnySource, isGroupAddress, isSourceAddress } from "../address.ts";
import type { Address } from "../address.ts";
import { ERROR_CODES, errorCodeOfWire } from "../error-code.ts";
import type { ErrorCode } from "../error-code.ts";
import { COMMAND, isMaxTtl } from "../v1/index.ts";
import type { ByteReader, ByteWriter } from "./bytes.ts";
import { decodeExtensions, encodeExtensions, groupLengthOf, hasExtensions, isSenderGroupPrefix } from "./limits.ts";
import type { SenderLimits } from "./limits.ts";

/** A sender as the filter holds it. */
export interface SenderEntry extends SenderLimits {
  /** 0.0.0.0 or :: stands for any source of the group's family. */
  readonly source: Address;
  /** Of the same family. */
  readonly group: Address;
  /** 1 to 255 hops: TTL of IPv4, hop limit of IPv6. */
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

/** Length of an IPv6 entry without extensions. */
export const ENTRY_IPV6_LENGTH_BYTES = 38;

const FLAG_IPV6 = 1;
const FLAG_EXTENSIONS = 2;

/** The longest lease, 194 days. */
export const LEASE_SECONDS_MAX = 0xff_ff_ff;

/** The length of an entry when it is written. */
export function entryLength(entry: SenderEntry): number {
  const length = typeof entry.group === "number" ? ENTRY_LENGTH_BYTES : ENTRY_IPV6_LENGTH_BYTES;
  return hasExtensions(entry) ? length + 1 + encodeExtensions(entry).length : length;
}

/** Writes an entry; throws when source and group are of different families. */
export function writeEntry(writer: ByteWriter, entry: SenderEntry, command: keyof typeof COMMAND = "add"): void {
  const { source, group } = entry;
  if (typeof source !== typeof group) throw new TypeError("source and group of different families");
  const isExtended = hasExtensions(entry);
  writer.u8(COMMAND[command]).u8((typeof group === "number" ? 0 : FLAG_IPV6) | (isExtended ? FLAG_EXTENSIONS : 0));
  writer.address(source).address(group);
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
  const source = isIpv6 ? reader.ipv6() : reader.u32();
  const group = isIpv6 ? reader.ipv6() : reader.u32();
  const maxTtl = reader.u8();
  const leaseSeconds = reader.u24();
  const extensions = (flags & FLAG_EXTENSIONS) === 0 ? undefined : reader.bytes(reader.u8());
  if ((flags & ~(FLAG_IPV6 | FLAG_EXTENSIONS)) !== 0) return "unsupported";
  const entry = leaseSeconds > 0 ? { source, group, maxTtl, leaseSeconds } : { source, group, maxTtl };
  return extensions === undefined ? asChange(command, entry) : readExtended(command, entry, extensions);
}

function readExtended(command: number, entry: SenderEntry, extensions: Uint8Array): Change | ErrorCode {
  const read = decodeExtensions(extensions, bitsOfAddress(entry.group));
  if (typeof read === "string") return read;
  return asChange(command, { ...entry, ...read.limits }, read.isWildcard);
}

/** Says why an entry can never be carried out, in the order of V1-4; the source of a wildcard may be any, its group a prefix. */
function asChange(command: number, entry: SenderEntry, isWildcard = false): Change | ErrorCode {
  const { source, group, maxTtl } = entry;
  if (command !== COMMAND.add && command !== COMMAND.remove) return "bad-command";
  if (!isSourceAddress(source) && !(isWildcard && isAnySource(source))) return "bad-source";
  if (!(isWildcard ? isSenderGroupPrefix(group, groupLengthOf(entry)) : isGroupAddress(group))) return "bad-group";
  if (command === COMMAND.remove) return { command: "remove", ...entry };
  return isMaxTtl(maxTtl) ? { command: "add", ...entry } : "bad-ttl";
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
