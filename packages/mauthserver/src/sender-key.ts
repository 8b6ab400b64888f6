// SPDX-License-Identifier: MIT
import { formatIpv4, parseIpv4 } from "@mauth/protocol/ipv4";
import type { Ipv4 } from "@mauth/protocol/ipv4";

/** Formats (S,G) as "SOURCE>GROUP", the id of a grant. */
export function formatSenderKey(source: Ipv4, group: Ipv4): string {
  return `${formatIpv4(source)}>${formatIpv4(group)}`;
}

/** Parses "SOURCE>GROUP"; undefined for anything else. */
export function parseSenderKey(text: string): { source: Ipv4; group: Ipv4 } | undefined {
  const [left = "", right = "", ...rest] = text.split(">");
  const source = parseIpv4(left);
  const group = parseIpv4(right);
  return source === undefined || group === undefined || rest.length > 0 ? undefined : { source, group };
}
