// SPDX-License-Identifier: MIT
import {
  bitsOfAddress,
  isAnySource,
  parseAddress,
  parseAddressPrefix,
  prefixContainsAddress,
} from "@mauth/protocol/address";
import type { AddressPrefix } from "@mauth/protocol/address";
import { Role } from "@mauth/protocol/api";
import type { AccountScope } from "@mauth/protocol/api";

/** Who is asking, and what that one may do. */
export interface Principal {
  /** Account, "token:NAME", or "console" while there is no account. */
  readonly name: string;
  readonly role: Role;
  readonly scope?: AccountScope;
  /** Without an account; a login by cookie; a token. */
  readonly kind: "open" | "login" | "token";
  /** Whether the password was given lately; true where there is none. */
  readonly isConfirmed: boolean;
  /** Empty when none is needed. */
  readonly csrfToken: string;
  /** When it ends if nothing is done, null when it does not end. */
  readonly expiresAt: number | null;
  /** Aborts when it may no more: logged out, expired, role changed. */
  readonly ended: AbortSignal;
}

/** Tells whether a role includes what another may do. */
export function isAtLeast(role: Role, least: Role): boolean {
  return Role.options.indexOf(role) >= Role.options.indexOf(least);
}

/** The sentence that says why a source and group are out of scope, or undefined when they are within. */
export function outOfScope(
  scope: AccountScope | undefined,
  { source, group }: { readonly source: string; readonly group: string },
): string | undefined {
  if (scope?.sources && !isWithin(source, scope.sources))
    return `the source ${source} is outside the scope ${scope.sources.join(", ")}`;
  if (scope?.groups && !isWithin(group, scope.groups))
    return `the group ${group} is outside the scope ${scope.groups.join(", ")}`;
  return undefined;
}

/** Whether the whole of an address or prefix is in one of the prefixes; "session" is in none, "any source" in /0 alone. */
function isWithin(text: string, prefixes: readonly string[]): boolean {
  const inner = prefixOf(text);
  if (inner === undefined) return false;
  return prefixes.some((prefix) => {
    const outer = parseAddressPrefix(prefix);
    return outer !== undefined && outer.length <= inner.length && prefixContainsAddress(outer, inner.network);
  });
}

function prefixOf(text: string): AddressPrefix | undefined {
  if (text.includes("/")) return parseAddressPrefix(text);
  const network = parseAddress(text);
  if (network === undefined) return undefined;
  return { network, length: isAnySource(network) ? 0 : bitsOfAddress(network) };
}
