// SPDX-License-Identifier: MIT
import { formatIpv4 } from "@mauth/protocol/ipv4";
import { COMMAND } from "@mauth/protocol/v1";
import type { Request } from "@mauth/protocol/v1";
import { isAtLeast, outOfScope } from "./principal.ts";
import type { Principal } from "./principal.ts";

/** What somebody wants to permit, as far as it matters here. */
export interface Wish {
  readonly source: string;
  /** A group, a prefix of groups, or "session". */
  readonly group: string;
  readonly expiresAt?: number | null | undefined;
  /** The grant that it would replace. */
  readonly replaces?: Permitted | undefined;
}

/** What is revoked, as far as it matters here. */
export interface Permitted {
  readonly permittedBy?: string | undefined;
}

type Who = Pick<Principal, "name" | "role" | "scope">;

/** Why somebody may not permit this, in a sentence; undefined when that one may. */
export function objectionToPermit(who: Who, wish: Wish): string | undefined {
  if (!isAtLeast(who.role, "approver")) return `${who.name} may only look: this needs the role approver`;
  if (who.role === "approver" && typeof wish.expiresAt !== "number")
    return `${who.name} may permit for a limited time only: give expiresAt`;
  if (wish.replaces) {
    const objection = objectionToRevoke(who, wish.replaces);
    if (objection !== undefined) return objection.replace("revoke", "replace");
  }
  if (wish.group === "session" && who.scope?.groups)
    return `the groups of a session may change, and ${who.name} may permit only ${who.scope.groups.join(", ")}`;
  return outOfScope(who.scope, wish);
}

/** Why somebody may not revoke this, in a sentence; undefined when that one may. */
export function objectionToRevoke(who: Who, grant: Permitted | undefined): string | undefined {
  if (!isAtLeast(who.role, "approver")) return `${who.name} may only look: this needs the role approver`;
  if (isAtLeast(who.role, "operator")) return undefined;
  return grant?.permittedBy === who.name ? undefined : `${who.name} may revoke only what ${who.name} permitted`;
}

/** Why somebody may not make this request of the paper's protocol; it has no room for an expiry, which approvers must give. */
export function objectionToRequest(
  who: Who,
  request: Request,
  grantOf: (id: string) => Permitted | undefined,
): string | undefined {
  const [source, group] = [formatIpv4(request.source), formatIpv4(request.group)];
  const grant = grantOf(`${source}>${group}`);
  return request.command === COMMAND.add
    ? objectionToPermit(who, { source, group, replaces: grant })
    : objectionToRevoke(who, grant);
}
