// SPDX-License-Identifier: MIT
import type { IncomingMessage } from "node:http";
import type { Role } from "@mauth/protocol/api";
import { isSame } from "../accounts/gate.ts";
import type { Gate } from "../accounts/gate.ts";
import { isAtLeast } from "../accounts/principal.ts";
import type { Principal } from "../accounts/principal.ts";
import { addressOf } from "../http/address-of.ts";
import type { LoginCookie } from "../http/cookie.ts";
import { refused } from "../http/problem.ts";
import type { Result } from "../http/problem.ts";

/** Who has opened a push feed. */
export interface Visitor {
  readonly principal: Principal;
  /** Address of the client, null when it is not known. */
  readonly from: string | null;
  /** The same one as it is now, which counts as use of the login; undefined when it has ended. */
  readonly renew: () => Principal | undefined;
}

/** Tells who opens a push feed; a login must prove with ?csrf= that it is our own page that opens it. */
export function admitVisitor(request: IncomingMessage, gate: Gate, cookie: LoginCookie): Result<Visitor> {
  const { authorization } = request.headers;
  const evidence = { cookie: cookie.read(request.headers.cookie), authorization };
  const identified = gate.identify(evidence);
  if (!identified.ok) return identified;
  const principal = identified.value;
  const csrf = new URL(request.url ?? "/", "http://host").searchParams.get("csrf") ?? "";
  if (principal.kind === "login" && !isSame(csrf, principal.csrfToken))
    return refused(403, "?csrf= is missing or wrong: it is csrfToken of GET /api/v1/me");
  const renew = (): Principal | undefined => {
    const again = gate.identify(evidence);
    // Somebody else, such as the console of a server without accounts, must not go on in this one's place.
    return again.ok && again.value.name === principal.name && again.value.kind === principal.kind
      ? again.value
      : undefined;
  };
  return { ok: true, value: { principal, from: addressOf(request), renew } };
}

/** Who may see what; entities that are not listed are for everybody who is let in. */
const LEAST_ROLES: Readonly<Record<string, Role>> = {
  account: "admin",
  token: "admin",
  audit: "operator",
};

/** Tells whether somebody with this role is shown entities of this name. */
export function maySee(role: Role, entity: string): boolean {
  const least = LEAST_ROLES[entity];
  return least === undefined || isAtLeast(role, least);
}
