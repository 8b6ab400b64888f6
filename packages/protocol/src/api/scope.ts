// SPDX-License-Identifier: MIT
import { parseIpv4 } from "../ipv4.ts";
import { GroupScope } from "./session.ts";

/** The customary TTL scopes of the MBone, and the words the console shows for them. */
export const TTL_SCOPES = [
  { name: "host", ttl: 0 },
  { name: "subnet", ttl: 1 },
  { name: "site", ttl: 31 },
  { name: "region", ttl: 63 },
  { name: "continent", ttl: 127 },
  { name: "unrestricted", ttl: 255 },
] as const;

/** The narrowest scope that a TTL stays within: 16 hops is "site". */
export function scopeOfTtl(ttl: number): (typeof TTL_SCOPES)[number] {
  return TTL_SCOPES.find((scope) => ttl <= scope.ttl) ?? TTL_SCOPES[5];
}

/** From the narrowest to the widest. */
const GROUP_SCOPES = GroupScope.options;

/** The widest scope of these groups (RFC 2365 §6 in IPv4, RFC 4291 §2.7 in IPv6); undefined without a group. */
export function scopeOfGroups(groups: readonly string[]): GroupScope | undefined {
  const widest = Math.max(...groups.map((group) => GROUP_SCOPES.indexOf(scopeOfGroup(group))));
  return GROUP_SCOPES[widest];
}

function scopeOfGroup(group: string): GroupScope {
  const address = parseIpv4(group);
  if (address === undefined) return scopeOfIpv6(group);
  const first = address >>> 24;
  if (address >>> 8 === 0xe00000) return "link-local";
  if (first !== 239) return "global";
  const second = (address >>> 16) & 0xff;
  if (second === 255) return "site-local";
  return second >>> 2 === 192 >>> 2 ? "organization-local" : "admin-scoped";
}

/** The fourth digit of FFxS::. */
function scopeOfIpv6(group: string): GroupScope {
  const digit = Number.parseInt(group.charAt(3), 16);
  if (digit <= 2) return "link-local";
  if (digit <= 5) return "site-local";
  if (digit <= 8) return "organization-local";
  return digit < 14 ? "admin-scoped" : "global";
}
