// SPDX-License-Identifier: MIT
import { isGroupAddress, isSourceAddress, parseAddress } from "@mauth/protocol/address";
import type { Filter, Sender } from "./filter/filter.ts";

/** Bytes of a file of static senders; 262,144 long lines fit. */
export const MAUTH_CONF_BYTES_MAX = 16 * 1024 * 1024;

/** The senders of a file, or the sentence that says what is wrong with it and in which line. */
export type MauthConf =
  | { readonly ok: true; readonly senders: Sender[] }
  | { readonly ok: false; readonly reason: string };

/**
 * Parses the paper's mauth.conf: a line is "SOURCE GROUP MAX-TTL", `#` starts a comment, empty lines are allowed.
 * One bad line makes the whole file bad, so that nothing of it is applied.
 */
export function parseMauthConf(text: string): MauthConf {
  const senders = new Map<string, Sender>();
  for (const [index, line] of text.split("\n").entries()) {
    const fields = (line.split("#")[0] ?? "").trim().split(/\s+/);
    if (fields[0] === "") continue;
    const sender = parseSender(fields);
    if (typeof sender === "string") return { ok: false, reason: `line ${index + 1}: ${sender}` };
    const key = `${sender.source}>${sender.group}`;
    if (senders.has(key)) return { ok: false, reason: `line ${index + 1}: this source and group stand above already` };
    senders.set(key, sender);
  }
  return { ok: true, senders: [...senders.values()] };
}

function parseSender(fields: readonly string[]): Sender | string {
  const [sourceText = "", groupText = "", ttlText = "", ...rest] = fields;
  if (fields.length < 3 || rest.length > 0) return `expected "SOURCE GROUP MAX-TTL", found ${fields.length} fields`;
  const source = parseAddress(sourceText);
  if (source === undefined || !isSourceAddress(source)) return `${quote(sourceText)} is not a unicast address`;
  const group = parseAddress(groupText);
  if (group === undefined || !isGroupAddress(group))
    return `${quote(groupText)} is not a multicast address that routers forward`;
  if (typeof source !== typeof group)
    return `${quote(sourceText)} and ${quote(groupText)} are of different families: one is IPv4, the other IPv6`;
  if (!/^[1-9]\d{0,2}$/.test(ttlText) || Number(ttlText) > 255) return `${quote(ttlText)} is not a TTL of 1 to 255`;
  return { source, group, maxTtl: Number(ttlText), isStatic: true };
}

/**
 * Makes the static senders of the filter those of the file, by difference: what stays is not touched. Senders that were
 * added by command are left alone, unless the file names them.
 * @returns How many were added or changed and removed, and how many the filter refused.
 */
export function applyMauthConf(
  filter: Filter,
  senders: readonly Sender[],
): { added: number; removed: number; failed: number } {
  const wanted = new Set(senders.map(({ source, group }) => `${source}>${group}`));
  const result = { added: 0, removed: 0, failed: 0 };
  for (const row of filter.senders()) {
    if (!row.isStatic || wanted.has(`${row.source}>${row.group}`)) continue;
    if (filter.remove(row.source, row.group) === undefined) result.removed++;
    else result.failed++;
  }
  for (const sender of senders) {
    const present = filter.find(sender.source, sender.group);
    if (present !== undefined && present.isStatic && present.maxTtl === sender.maxTtl) continue;
    if (filter.add(sender) === undefined) result.added++;
    else result.failed++;
  }
  return result;
}

function quote(text: string): string {
  return JSON.stringify(text.slice(0, 40));
}
