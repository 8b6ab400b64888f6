// SPDX-License-Identifier: MIT
import { bitsOfAddress, formatAddress, isAnySource, parseAddress } from "@mauth/protocol/address";
import type { Address } from "@mauth/protocol/address";
import { ERROR_CODES } from "@mauth/protocol/error-code";
import { ByteReader, ByteWriter, hasExtensions, LEASE_SECONDS_MAX, readEntry, writeEntry } from "@mauth/protocol/v2";
import type { Change, SenderEntry } from "@mauth/protocol/v2";
import { ConfigError } from "../errors.ts";

/** The options of `add` as they were typed. */
export interface LimitOptions {
  readonly rate?: string | undefined;
  readonly burst?: string | undefined;
  readonly expires?: string | undefined;
  readonly interface?: string | undefined;
  readonly mac?: string | undefined;
}

const UINT32_MAX = 0xff_ff_ff_ff;
const ENTRY_LENGTH_BYTES_MAX = 128;
/** Without --burst: a tenth of a second at the rate, and at least ten Ethernet frames. */
const BURST_SECONDS = 0.1;
const BURST_BYTES_MIN = 15_000;
const MULTIPLES = { "": 1, k: 1e3, M: 1e6, G: 1e9 } as const;
const SECONDS = { s: 1, m: 60, h: 3600, d: 86_400 } as const;

/**
 * Reads the operands and options of add and remove.
 * @throws ConfigError with one sentence.
 */
export function readChange(command: "add" | "remove", operands: readonly string[], options: LimitOptions): Change {
  const usage = command === "add" ? "add SOURCE GROUP TTL" : "remove SOURCE GROUP";
  if (operands.length !== (command === "add" ? 3 : 2)) throw new ConfigError(`usage: ${usage}`);
  const [source = "", group = "", ttl = "1"] = operands;
  const [address = "", length] = group.split("/", 2);
  const limits = readLimits(options);
  if (command === "remove" && Object.keys(limits).length > 0)
    throw new ConfigError("remove takes no limits: it removes the sender whatever they are");
  const groupAddress = readAddress(address);
  const sourceAddress = source === "any" ? anySource(groupAddress) : readAddress(source);
  if (typeof sourceAddress !== typeof groupAddress)
    throw new ConfigError(`${source} and ${group} are of different families: one is IPv4, the other IPv6`);
  const change = {
    command,
    source: sourceAddress,
    group: groupAddress,
    ...readGroupLength(length, groupAddress),
    maxTtl: readNumber(ttl, 255, "a TTL of 1 to 255"),
    ...limits,
  };
  return assertValid(change, source);
}

/** What survives the wire is valid. */
function assertValid(change: Change, source: string): Change {
  if (isAnySource(change.source) && source !== "any") throw new ConfigError(ERROR_CODES["bad-source"].sentence);
  const writer = new ByteWriter(ENTRY_LENGTH_BYTES_MAX);
  writeEntry(writer, change, change.command);
  const read = readEntry(new ByteReader(writer.written()));
  if (typeof read === "string") throw new ConfigError(ERROR_CODES[read].sentence);
  return change;
}

function readLimits({ rate, burst, expires, interface: name, mac }: LimitOptions): Partial<SenderEntry> {
  if (burst !== undefined && rate === undefined) throw new ConfigError("--burst needs --rate");
  if (mac !== undefined && !/^[\da-f]{2}([:-][\da-f]{2}){5}$/i.test(mac))
    throw new ConfigError(`--mac: ${JSON.stringify(mac)} is not a link-layer address such as 00:00:5e:00:53:01`);
  if (name !== undefined && !/^[^\s/:]{1,15}$/.test(name))
    throw new ConfigError(`--interface: ${JSON.stringify(name)} is not an interface name`);
  return {
    ...(rate !== undefined && readRate(rate, burst)),
    ...(expires !== undefined && { leaseSeconds: readDuration(expires) }),
    ...(name !== undefined && { interface: name }),
    ...(mac !== undefined && { mac: mac.toLowerCase().replaceAll("-", ":") }),
  };
}

function readRate(rate: string, burst: string | undefined): Partial<SenderEntry> {
  const rateBytesPerSecond = readAmount("--rate", rate);
  const usual = Math.max(BURST_BYTES_MIN, Math.round(rateBytesPerSecond * BURST_SECONDS));
  return { rateBytesPerSecond, burstBytes: burst === undefined ? usual : readAmount("--burst", burst) };
}

/** Bytes such as 1250000, 1250k, 1.25M or, in bits, 10Mbit. */
function readAmount(option: string, text: string): number {
  const match = /^(\d+(?:\.\d+)?)([kMG]?)(bit)?$/.exec(text);
  const multiple = MULTIPLES[(match?.[2] ?? "") as keyof typeof MULTIPLES];
  const bytes = Math.round((Number(match?.[1]) * multiple) / (match?.[3] === undefined ? 1 : 8));
  if (!(bytes >= 1 && bytes <= UINT32_MAX))
    throw new ConfigError(`${option}: ${JSON.stringify(text)} is not an amount of bytes such as 1250k or 10Mbit`);
  return bytes;
}

function readDuration(text: string): number {
  const match = /^(\d+)([smhd])$/.exec(text);
  const seconds = Number(match?.[1]) * SECONDS[(match?.[2] ?? "s") as keyof typeof SECONDS];
  if (!(seconds >= 1 && seconds <= LEASE_SECONDS_MAX))
    throw new ConfigError(
      `--expires: ${JSON.stringify(text)} is not a time from now such as 90s, 30m, 8h or 7d, at most 194d`,
    );
  return seconds;
}

/** Parses an address of either family; throws ConfigError. */
export function readAddress(text: string): Address {
  const address = parseAddress(text);
  if (address === undefined) throw new ConfigError(`${JSON.stringify(text)} is not an IP address`);
  return address;
}

function anySource(group: Address): Address {
  return typeof group === "number" ? 0 : 0n;
}

/** The bits of a prefix, none for a single group. */
function readGroupLength(text: string | undefined, group: Address): { groupLength?: number } {
  if (text === undefined) return {};
  const bits = bitsOfAddress(group);
  const groupLength = readNumber(text, bits, `a prefix length of ${bits === 32 ? 4 : 8} to ${bits}`);
  return groupLength === bits ? {} : { groupLength };
}

function readNumber(text: string, max: number, what: string): number {
  if (!/^\d{1,3}$/.test(text) || Number(text) > max) throw new ConfigError(`${JSON.stringify(text)} is not ${what}`);
  return Number(text);
}

/** Whether nothing but the TTL limits it. */
export function isPlain(entry: SenderEntry): boolean {
  return entry.leaseSeconds === undefined && !hasExtensions(entry);
}

/** Source and group as they are typed. */
export function formatName({
  source,
  group,
  groupLength,
}: Pick<SenderEntry, "source" | "group" | "groupLength">): string[] {
  const length = groupLength === undefined ? "" : `/${groupLength}`;
  return [isAnySource(source) ? "any" : formatAddress(source), `${formatAddress(group)}${length}`];
}

/** The limits beyond the TTL, for a person. */
export function formatLimits(entry: SenderEntry): string {
  const { rateBytesPerSecond, burstBytes, interface: name, mac, leaseSeconds } = entry;
  return [
    leaseSeconds === undefined ? [] : `for ${leaseSeconds} s`,
    rateBytesPerSecond === undefined ? [] : `${rateBytesPerSecond} B/s, burst ${burstBytes} B`,
    name === undefined ? [] : `on ${name}`,
    mac === undefined ? [] : `from ${mac}`,
  ]
    .flat()
    .join(", ");
}
