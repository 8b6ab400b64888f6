// SPDX-License-Identifier: MIT

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
