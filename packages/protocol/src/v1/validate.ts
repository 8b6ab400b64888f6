// SPDX-License-Identifier: MIT
import type { ErrorCode } from "../error-code.ts";
import { isSenderGroup, isUnicastSource } from "../ipv4.ts";
import { COMMAND } from "./codec.ts";
import type { Request } from "./codec.ts";

/** Says why a request can never be carried out, or undefined when the filter may be asked. */
export function validateRequest(request: Omit<Request, "sequence">): ErrorCode | undefined {
  if (request.command !== COMMAND.add && request.command !== COMMAND.remove) return "bad-command";
  if (!isUnicastSource(request.source)) return "bad-source";
  if (!isSenderGroup(request.group)) return "bad-group";
  if (request.command === COMMAND.add && !isMaxTtl(request.maxTtl)) return "bad-ttl";
  return undefined;
}

/** Tells whether the number can be a maximum TTL, 1 to 255 hops. */
export function isMaxTtl(maxTtl: number): boolean {
  return Number.isInteger(maxTtl) && maxTtl >= 1 && maxTtl <= 255;
}
