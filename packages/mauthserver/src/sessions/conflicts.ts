// SPDX-License-Identifier: MIT
import type { Conflict, Session } from "@mauth/protocol/api";

/** What others know about flows. */
export interface FlowKnowledge {
  /** The maximum TTL of the permit, undefined when the flow is not permitted. */
  readonly maxTtlOf: (source: string, group: string) => number | undefined;
  /** Whether packets were seen lately, undefined where nobody looks. */
  readonly isSending: (source: string, group: string) => boolean | undefined;
}

/** Conflicts that are shown of one session. */
export const CONFLICTS_MAX = 32;
/** Flows of one session that are looked at. */
const FLOWS_LOOKED_AT_MAX = 64;
/** Uses of groups that are compared; sessions beyond are not, so that a flood of wide ranges takes no memory here. */
export const USES_MAX = 262_144;

/** Users of one group and port with which a session is compared. */
const USERS_COMPARED_MAX = 64;

/** A group and port that a session uses, and who sends there. */
interface Use {
  readonly id: string;
  readonly group: string;
  readonly port: number;
  readonly sources: string;
}

/** Which sessions use which group and port with which sources. */
export class UseIndex {
  readonly #uses = new Map<string, readonly Use[]>();
  /** By group and port. */
  readonly #places = new Map<string, Use[]>();
  readonly #usesMax: number;
  #count = 0;

  constructor(usesMax = USES_MAX) {
    this.#usesMax = usesMax;
  }

  /** Uses that are held. */
  get size(): number {
    return this.#count;
  }

  /** Takes in what a session uses, instead of what it used before. */
  set(session: Session): void {
    this.delete(session.id);
    const uses = usesOf(session);
    if (this.#count + uses.length > this.#usesMax) return;
    this.#count += uses.length;
    this.#uses.set(session.id, uses);
    for (const use of uses) {
      const users = this.#places.get(placeOf(use));
      if (users === undefined) this.#places.set(placeOf(use), [use]);
      else users.push(use);
    }
  }

  delete(id: string): void {
    const uses = this.#uses.get(id);
    if (uses === undefined) return;
    this.#count -= uses.length;
    this.#uses.delete(id);
    for (const use of uses) {
      const users = this.#places.get(placeOf(use)) ?? [];
      users.splice(users.indexOf(use), 1);
      if (users.length === 0) this.#places.delete(placeOf(use));
    }
  }

  /** The first user with other sources of each group and port of a session. */
  sharedBy(id: string): Conflict[] {
    return (this.#uses.get(id) ?? []).flatMap((use): Conflict[] => {
      const users = this.#places.get(placeOf(use)) ?? [];
      if (users.length < 2) return [];
      const other = users.slice(0, USERS_COMPARED_MAX).find((one) => one.id !== id && one.sources !== use.sources);
      return other === undefined ? [] : [{ kind: "shared", other: other.id, group: use.group, port: use.port }];
    });
  }
}

function placeOf({ group, port }: Use): string {
  return `${group} ${port}`;
}

/** Every conflict of one session that the index holds. */
export function conflictsOf(session: Session, index: UseIndex, { maxTtlOf, isSending }: FlowKnowledge): Conflict[] {
  const ofFlows = session.flows.slice(0, FLOWS_LOOKED_AT_MAX).flatMap(({ source, group, ttl }): Conflict[] => {
    const maxTtl = maxTtlOf(source, group);
    const conflicts: Conflict[] = [];
    if (ttl !== null && maxTtl !== undefined && ttl > maxTtl)
      conflicts.push({ kind: "ttl", source, group, ttl, maxTtl });
    if (isSending(source, group) === false) conflicts.push({ kind: "silent", source, group });
    return conflicts;
  });
  return [...index.sharedBy(session.id), ...ofFlows].slice(0, CONFLICTS_MAX);
}

/** In 232.0.0.0/8 and FF3x::/32 receivers choose the source (RFC 4607 §1). */
const SOURCE_SPECIFIC = /^(?:232\.|ff3.:(?::|0:))/;

/** What a session uses; one stream announced twice has the same sources. */
function usesOf({ id, media, announcer }: Session): Use[] {
  const uses: Use[] = [];
  for (const { groups, port, sources } of media) {
    const senders = sources.length > 0 ? [...sources].sort().join(" ") : announcer;
    for (const group of groups) if (!SOURCE_SPECIFIC.test(group)) uses.push({ id, group, port, sources: senders });
  }
  return uses.length < 2 ? uses : [...new Map(uses.map((use) => [placeOf(use), use])).values()];
}
