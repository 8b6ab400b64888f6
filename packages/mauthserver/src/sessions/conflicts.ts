// SPDX-License-Identifier: MIT
import type { Session } from "@mauth/protocol/api";

/** Something about a session that an operator should look at. */
export type Conflict =
  /** Another session uses the group and port with other sources, so that receivers of one get both. */
  | {
      readonly kind: "shared";
      readonly session: string;
      readonly other: string;
      readonly group: string;
      readonly port: number;
    }
  /** The announced TTL is above what the permit of that flow allows, so that its packets are refused. */
  | {
      readonly kind: "ttl";
      readonly session: string;
      readonly source: string;
      readonly group: string;
      readonly ttl: number;
      readonly maxTtl: number;
    }
  /** No mrouter sees a packet of the flow, although the session is announced. */
  | { readonly kind: "silent"; readonly session: string; readonly source: string; readonly group: string };

/** What others know about flows. */
export interface FlowKnowledge {
  /** The maximum TTL of the permit, undefined when the flow is not permitted. */
  readonly maxTtlOf: (source: string, group: string) => number | undefined;
  /** Whether packets were seen lately, undefined where nobody looks. */
  readonly isSending: (source: string, group: string) => boolean | undefined;
}

/** Conflicts that are returned at most. */
export const CONFLICTS_MAX = 1000;

/** Finds every conflict of the sessions. */
export function findConflicts(sessions: readonly Session[], knowledge: FlowKnowledge): Conflict[] {
  return [...sharedGroups(sessions), ...sessions.flatMap((session) => flowConflicts(session, knowledge))].slice(
    0,
    CONFLICTS_MAX,
  );
}

function flowConflicts(session: Session, { maxTtlOf, isSending }: FlowKnowledge): Conflict[] {
  return session.flows.flatMap(({ source, group, ttl }): Conflict[] => {
    const maxTtl = maxTtlOf(source, group);
    const conflicts: Conflict[] = [];
    if (ttl !== null && maxTtl !== undefined && ttl > maxTtl)
      conflicts.push({ kind: "ttl", session: session.id, source, group, ttl, maxTtl });
    if (isSending(source, group) === false) conflicts.push({ kind: "silent", session: session.id, source, group });
    return conflicts;
  });
}

interface Use {
  readonly session: Session;
  readonly group: string;
  readonly port: number;
}

/** Each session is compared with the first of its group and port that has other sources. */
function sharedGroups(sessions: readonly Session[]): Conflict[] {
  const uses = Map.groupBy(sessions.flatMap(usesOf), ({ group, port }) => `${group} ${port}`);
  return [...uses.values()].flatMap(([first, ...others]) => {
    if (first === undefined) return [];
    const { group, port } = first;
    return others
      .filter((one) => one.session.id !== first.session.id && !isSameStream(one, first))
      .map((one) => ({ kind: "shared" as const, session: one.session.id, other: first.session.id, group, port }));
  });
}

function usesOf(session: Session): Use[] {
  return session.media.flatMap(({ groups, port }) => groups.map((group) => ({ session, group, port })));
}

/** One stream announced twice is no conflict, and in 232.0.0.0/8 receivers choose the source (RFC 4607 §1). */
function isSameStream(left: Use, right: Use): boolean {
  return left.group.startsWith("232.") || sourcesOf(left) === sourcesOf(right);
}

function sourcesOf({ session, group }: Use): string {
  const sources = session.flows.filter((flow) => flow.group === group).map((flow) => flow.source);
  return sources.sort().join(" ");
}
