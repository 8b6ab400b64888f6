// SPDX-License-Identifier: MIT
import { scopeOfTtl } from "@mauth/protocol/api";

const integer = new Intl.NumberFormat("en-GB", { maximumFractionDigits: 0 });
const oneDigit = new Intl.NumberFormat("en-GB", { maximumFractionDigits: 1 });
const compact = new Intl.NumberFormat("en-GB", { notation: "compact", maximumFractionDigits: 1 });
const absolute = new Intl.DateTimeFormat("en-GB", { dateStyle: "medium", timeStyle: "medium" });

/** 12,345. */
export function formatCount(count: number): string {
  return integer.format(count);
}

/** 12.3k for tables, where the exact figure is on hover. */
export function formatCompact(count: number): string {
  return compact.format(count);
}

/** Packets per second: one digit below ten, none above. */
export function formatPacketRate(packetsPerSecond: number): string {
  const text = packetsPerSecond < 10 ? oneDigit.format(packetsPerSecond) : integer.format(packetsPerSecond);
  return `${text} pkt/s`;
}

/** Bits per second with a decimal prefix. */
export function formatBitRate(bitsPerSecond: number): string {
  if (bitsPerSecond >= 1e9) return `${oneDigit.format(bitsPerSecond / 1e9)} Gbit/s`;
  if (bitsPerSecond >= 1e6) return `${oneDigit.format(bitsPerSecond / 1e6)} Mbit/s`;
  return `${oneDigit.format(bitsPerSecond / 1e3)} kbit/s`;
}

/** "now", "12 s", "3 min", "5 h", "2 d": how long something has lasted. */
export function formatAge(ageMs: number): string {
  const seconds = Math.max(0, Math.floor(ageMs / 1000));
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min`;
  if (seconds < 48 * 3600) return `${Math.floor(seconds / 3600)} h`;
  return `${Math.floor(seconds / 86_400)} d`;
}

/** "45 s", "14 min", "1 h 59 min", "3 d": how long something still lasts; hours would hide most of the last one. */
export function formatLeft(leftMs: number): string {
  const minutes = Math.floor(leftMs / 60_000);
  if (minutes < 60 || minutes >= 48 * 60) return formatAge(leftMs);
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** Date and time in the browser's zone. */
export function formatInstant(atMs: number): string {
  return absolute.format(atMs);
}

/** "16 · site". */
export function formatTtl(ttl: number | null): string {
  return ttl === null ? "not stated" : `${ttl} · ${scopeOfTtl(ttl).name}`;
}
