// SPDX-License-Identifier: MIT
import { bitsOfAddress, formatAddress, isSameFamily, parseAddress } from "@mauth/protocol/address";
import type { Address } from "@mauth/protocol/address";

/** What names an entry of the filter. */
export interface SenderName {
  /** 0.0.0.0 and :: stand for any source. */
  readonly source: Address;
  readonly group: Address;
  /** Bits of the group that must match; absent when all must. */
  readonly groupLength?: number;
}

/** Formats (S,G) as "SOURCE>GROUP", or as "SOURCE>GROUP/LENGTH" where the group is a prefix. */
export function formatSenderKey(source: Address, group: Address, groupLength?: number): string {
  const key = `${formatAddress(source)}>${formatAddress(group)}`;
  return groupLength === undefined ? key : `${key}/${groupLength}`;
}

/** Parses "SOURCE>GROUP" or "SOURCE>GROUP/LENGTH" of one family; undefined for anything else. */
export function parseSenderKey(text: string): SenderName | undefined {
  const between = text.indexOf(">");
  const slash = text.indexOf("/", between);
  const source = parseAddress(text.slice(0, Math.max(0, between)));
  const group = parseAddress(text.slice(between + 1, slash < 0 ? undefined : slash));
  if (between < 0 || source === undefined || group === undefined || !isSameFamily(source, group)) return undefined;
  if (slash < 0) return { source, group };
  const length = text.slice(slash + 1);
  const isLength = /^[1-9]\d{0,2}$/.test(length) && Number(length) < bitsOfAddress(group);
  return isLength ? { source, group, groupLength: Number(length) } : undefined;
}
