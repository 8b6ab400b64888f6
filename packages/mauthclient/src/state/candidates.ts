// SPDX-License-Identifier: MIT
import type { Denied, Grant, Session } from "@mauth/protocol/api";
import { coveringGrant } from "./coverage.ts";
import { pairId } from "./pair-id.ts";
import type { DeniedRow } from "./rows.ts";
import type { TtlFacts } from "./ttl.ts";

/** A sender that may be permitted, with what is known about its TTL. */
export interface Candidate extends TtlFacts {
  readonly source: string;
  readonly group: string;
  /** Id of the announced session that it belongs to. */
  readonly session?: string | undefined;
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
    const grantedTtl = coveringGrant(grants, { source, group })?.maxTtl;
    candidates.set(id, { source, group, session: session.id, statedTtl, seenTtl: seen.get(id), grantedTtl });
  }
  return [...candidates.values()];
}

/** A refused pair as a candidate. */
export function candidateOf({ denied, belonging, grant }: DeniedRow): Candidate {
  const { source, group } = denied;
  const session = belonging.kind === "session" ? belonging.session : undefined;
  const flow = session?.flows.find((one) => one.source === source && one.group === group);
  const ttls = { statedTtl: flow?.ttl ?? undefined, seenTtl: denied.ttl, grantedTtl: grant?.maxTtl };
  return { source, group, session: session?.id, ...ttls };
}
