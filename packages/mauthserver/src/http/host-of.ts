// SPDX-License-Identifier: MIT
import type { IncomingMessage } from "node:http";

/** The Host field; undefined when there is not exactly one, of which Node would keep the first (RFC 9112 §3.2). */
export function hostOf({ rawHeaders }: IncomingMessage): string | undefined {
  const hosts = rawHeaders.filter((_, index) => index % 2 === 1 && rawHeaders[index - 1]?.toLowerCase() === "host");
  return hosts.length === 1 ? hosts[0] : undefined;
}
