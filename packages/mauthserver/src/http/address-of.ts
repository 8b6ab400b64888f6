// SPDX-License-Identifier: MIT
import type { IncomingMessage } from "node:http";
import { isIP } from "node:net";

/**
 * The address that a request comes from. On a Unix socket there is none, and what is behind it (a forwarder) is trusted to have
 * appended the client's to X-Forwarded-For; null where it did not.
 */
export function addressOf(request: IncomingMessage): string | null {
  const address = request.socket.remoteAddress;
  if (address !== undefined) return address.replace(/^::ffff:(?=\d+\.)/, "");
  const forwarded = request.headers["x-forwarded-for"];
  const last = [forwarded ?? ""].flat().join(",").split(",").at(-1)?.trim() ?? "";
  return isIP(last) > 0 ? last : null;
}
