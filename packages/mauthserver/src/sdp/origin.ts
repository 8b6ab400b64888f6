// SPDX-License-Identifier: MIT
import type { Origin } from "@mauth/protocol/api";

/** Parses the value of an o= line (RFC 8866 §5.2): the last five fields, and before them a user name even with spaces. */
export function parseOrigin(value: string): Origin | undefined {
  const fields = value.trim().split(/\s+/);
  const [sessId, sessVersion, netType, addrType, address] = fields.slice(-5);
  if (fields.length < 6 || !sessId || !sessVersion || !netType || !addrType || !address) return undefined;
  return { username: fields.slice(0, -5).join(" "), sessId, sessVersion, netType, addrType, address };
}

/** Finds the first o= line of a payload that need not be a whole description, such as that of a deletion (RFC 2974 §4). */
export function findOrigin(text: string): Origin | undefined {
  const line = /(?:^|[\r\n])o=([^\r\n]*)/.exec(text)?.[1];
  return line === undefined ? undefined : parseOrigin(line);
}

/** The o= line without its version: what stays the same for as long as the session lives (RFC 8866 §5.2). */
export function originIdentity(origin: Origin): string {
  return [origin.username, origin.sessId, origin.netType, origin.addrType, origin.address].join(" ");
}
