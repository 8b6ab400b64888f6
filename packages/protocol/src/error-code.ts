// SPDX-License-Identifier: MIT

/**
 * Why a filter could not do what it was asked: one table from errno to the sentence a person reads (STYLE, Errors 4).
 * On the v1 wire every row is ERROR; v2 carries `wire`. Zero is reserved for success and is no row.
 */
export const ERROR_CODES = {
  "bad-source": { wire: 1, errno: "EINVAL", sentence: "the source is not a unicast address" },
  "bad-group": { wire: 2, errno: "EINVAL", sentence: "the group is not a multicast address that routers forward" },
  "bad-ttl": { wire: 3, errno: "EINVAL", sentence: "the maximum TTL must be 1 to 255" },
  "bad-command": { wire: 4, errno: "EINVAL", sentence: "the command is neither add nor remove" },
  full: { wire: 5, errno: "E2BIG", sentence: "the filter holds as many senders as it may (senders_max)" },
  "no-memory": { wire: 6, errno: "ENOMEM", sentence: "the kernel has no memory for another sender" },
  "not-permitted": { wire: 7, errno: "EPERM", sentence: "the kernel does not let musersd change the filter" },
  unsupported: { wire: 8, errno: "EOPNOTSUPP", sentence: "this filter does not support that" },
  "bad-limit": { wire: 9, errno: "EINVAL", sentence: "a rate, interface or link-layer address makes no sense" },
  "no-interface": { wire: 10, errno: "ENODEV", sentence: "the mrouter has no such internal interface" },
  "kernel-failure": { wire: 255, errno: "", sentence: "the kernel refused for a reason musersd does not know" },
} as const;

export type ErrorCode = keyof typeof ERROR_CODES;

/** Maps an errno name to a code; an unknown one is `kernel-failure`, never success. */
export function errorCodeOfErrno(errno: string): ErrorCode {
  if (errno === "E2BIG" || errno === "ENOSPC") return "full";
  if (errno === "ENOMEM") return "no-memory";
  if (errno === "EPERM" || errno === "EACCES") return "not-permitted";
  if (errno === "EOPNOTSUPP") return "unsupported";
  if (errno === "ENODEV") return "no-interface";
  return "kernel-failure";
}

/** Maps a v2 wire byte to a code; an unknown one is `kernel-failure`. */
export function errorCodeOfWire(wire: number): ErrorCode {
  for (const [code, row] of Object.entries(ERROR_CODES)) if (row.wire === wire) return code as ErrorCode;
  return "kernel-failure";
}
