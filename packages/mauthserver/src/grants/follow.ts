// SPDX-License-Identifier: MIT
import { isAnySource, parseAddress } from "@mauth/protocol/address";
import type { Session } from "@mauth/protocol/api";
import type { GrantRow } from "./grant.ts";

/** What becomes of the grants of a session that is no longer announced: they stay, end after a while, or end at once. */
export const DELETION_POLICIES = ["keep", "grace", "revoke"] as const;
export type DeletionPolicy = (typeof DELETION_POLICIES)[number];

/** How long a grant outlives its session under the policy "grace". */
export const GRACE_MS = 600_000;

/** What a session means for a grant that follows it: the grant as it is from now on, or that it ends. */
export type Followed = GrantRow | "ended";

/** Groups of one session that one grant stands for. */
export const GROUPS_MAX = 1024;

/**
 * Brings a grant up to its session as it is announced now, undefined when it is not. An unchanged grant is returned as
 * it is.
 */
export function follow(
  grant: GrantRow,
  session: Session | undefined,
  at: { wallMs: number },
  policy: DeletionPolicy,
): Followed {
  if (session === undefined) return lose(grant, at.wallMs, policy);
  const groups = groupsOf(grant, session);
  const sessionEndsAt = session.endsAt ?? undefined;
  const isSame =
    grant.goneAt === undefined &&
    grant.sessionEndsAt === sessionEndsAt &&
    grant.groups?.length === groups.length &&
    groups.every((group, index) => group === grant.groups?.[index]);
  if (isSame) return grant;
  const { goneAt: _gone, sessionEndsAt: _ends, ...rest } = grant;
  return { ...rest, groups, ...(sessionEndsAt !== undefined && { sessionEndsAt }) };
}

function lose(grant: GrantRow, wallMs: number, policy: DeletionPolicy): Followed {
  if (grant.sessionEndsAt !== undefined && grant.sessionEndsAt <= wallMs) return "ended";
  if (policy === "revoke") return "ended";
  const goneAt = grant.goneAt ?? wallMs;
  if (policy === "grace" && wallMs - goneAt >= GRACE_MS) return "ended";
  return grant.goneAt === undefined ? { ...grant, goneAt } : grant;
}

/** When a grant must be looked at again although nothing is heard: null for never. */
export function graceEndOf({ goneAt }: GrantRow, policy: DeletionPolicy): number | null {
  return goneAt === undefined || policy !== "grace" ? null : goneAt + GRACE_MS;
}

/** The groups that the session announces for the source of a grant, in order; all of them for any source. */
function groupsOf({ source }: GrantRow, { flows }: Session): string[] {
  const address = parseAddress(source);
  const isAny = address !== undefined && isAnySource(address);
  const groups = new Set<string>();
  for (const flow of flows) if (isAny || flow.source === source) groups.add(flow.group);
  return [...groups].sort().slice(0, GROUPS_MAX);
}
