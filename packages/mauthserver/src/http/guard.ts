// SPDX-License-Identifier: MIT
import type { Request } from "express";
import type { Gate } from "../accounts/gate.ts";
import { isSame } from "../accounts/gate.ts";
import { isAtLeast } from "../accounts/principal.ts";
import type { Principal } from "../accounts/principal.ts";
import { addressOf } from "./address-of.ts";
import type { LoginCookie } from "./cookie.ts";
import { refused } from "./problem.ts";
import type { Result } from "./problem.ts";
import type { Call, Route } from "./route.ts";

/** Who asks, as far as a handler is told. */
export type Asker = Pick<Call, "principal" | "by" | "cookie" | "device">;

export interface GuardOptions {
  readonly gate: Pick<Gate, "identify">;
  readonly cookie: LoginCookie;
}

/** Tells who asks, and whether that one may ask for this; nothing of the body has been read yet. */
export function guard(
  line: Route,
  request: Request,
  { gate, cookie }: GuardOptions,
): Result<Asker> & { by: Call["by"] } {
  const { secret, device } = cookie.readAll(request.headers.cookie);
  const from = addressOf(request);
  if (line.role === "anyone") {
    const by = { name: "nobody", from };
    return { ok: true, value: { principal: undefined, by, cookie: secret, device }, by };
  }
  const identified = gate.identify({ cookie: secret, authorization: request.headers.authorization });
  if (!identified.ok) return { ...identified, by: { name: "nobody", from } };
  const principal = identified.value;
  const by = { name: principal.name, from, role: principal.role };
  const refusal = refusalOf(line, principal, request);
  return refusal ? { ...refusal, by } : { ok: true, value: { principal, by, cookie: secret, device }, by };
}

/** What admins decide, and the mode of an interface, concern every sender: a scope would be of no use beside them. */
function reachesBeyondScopes({ role, path }: Route): boolean {
  return role === "admin" || path === "/mrouters/{name}/interfaces/{interface}";
}

/** Why somebody who is known may not do this. */
function refusalOf(line: Route, principal: Principal, request: Request): (Result<never> & { ok: false }) | undefined {
  if (line.role !== "anyone" && !isAtLeast(principal.role, line.role))
    return refused(403, `this needs the role ${line.role}; ${principal.name} has the role ${principal.role}`);
  if (line.method === "get") return undefined;
  if (principal.scope && reachesBeyondScopes(line))
    return refused(403, `${principal.name} may decide within a scope, and this has none`);
  if (principal.kind !== "login") return undefined;
  if (!isSame(request.get("X-CSRF-Token") ?? "", principal.csrfToken))
    return refused(403, "X-CSRF-Token is missing or wrong: it is csrfToken of GET /api/v1/me");
  return undefined;
}
