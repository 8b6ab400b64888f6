// SPDX-License-Identifier: MIT
import type { Denied, Grant, Session } from "@mauth/protocol/api";
import { pairId, type SessionIndex } from "./pairs.ts";
import type { DeniedRow } from "./rows.ts";
import type { TtlFacts } from "./ttl.ts";

/** A sender that may be permitted, with what is known about its TTL. */
export interface Candidate extends TtlFacts {
  readonly source: string;
  readonly group: string;
}

/** The flows of a session as candidates, each pair once, with the TTL of refused packets where there are any. */
export function candidatesOf(
  session: Session,
  grants: ReadonlyMap<string, Grant>,
  denied: ReadonlyMap<string, Denied>,
): Candidate[] {
  const seen = new Map<string, number>();
  for (const one of denied.values()) {
    const id = pairId(one);
    seen.set(id, Math.max(seen.get(id) ?? 0, one.ttl));
  }
  const candidates = new Map<string, Candidate>();
  for (const { source, group, ttl } of session.flows) {
    const id = pairId({ source, group });
    const stated = candidates.get(id)?.statedTtl ?? null;
    const statedTtl = ttl === null ? stated : Math.max(ttl, stated ?? 0);
    candidates.set(id, { source, group, statedTtl, seenTtl: seen.get(id), grantedTtl: grants.get(id)?.maxTtl });
  }
  return [...candidates.values()];
}

/** A refused pair as a candidate. */
export function candidateOf({ denied, belonging, grant }: DeniedRow): Candidate {
  const { source, group } = denied;
  const session = belonging.kind === "session" ? belonging.session : undefined;
  const flow = session?.flows.find((one) => one.source === source && one.group === group);
  return { source, group, statedTtl: flow?.ttl ?? undefined, seenTtl: denied.ttl, grantedTtl: grant?.maxTtl };
}

/** Groups of a session that another session announces with another source: receivers would hear both. */
export function conflictsOf(session: Session, index: SessionIndex): { group: string; title: string }[] {
  const conflicts = new Map<string, string>();
  for (const flow of session.flows) {
    const other = index.byGroup
      .get(flow.group)
      ?.find(
        (one) =>
          one.id !== session.id && one.flows.some((its) => its.group === flow.group && its.source !== flow.source),
      );
    if (other !== undefined) conflicts.set(flow.group, other.title);
  }
  return Array.from(conflicts, ([group, title]) => ({ group, title }));
}
