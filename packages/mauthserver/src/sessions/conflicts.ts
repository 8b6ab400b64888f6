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

/** A group and port that a session uses, and who sends there. */
interface Use {
  readonly place: string;
  readonly group: string;
  readonly port: number;
  readonly sources: string;
}

/** Which sessions use which group and port with which sources. */
export class UseIndex {
  readonly #uses = new Map<string, readonly Use[]>();
  /** Ids by group and port, then by sources. */
  readonly #places = new Map<string, Map<string, Set<string>>>();
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
    for (const { place, sources } of uses) {
      const bySources = getOrAdd(this.#places, place, () => new Map<string, Set<string>>());
      getOrAdd(bySources, sources, () => new Set<string>()).add(session.id);
    }
  }

  delete(id: string): void {
    const uses = this.#uses.get(id) ?? [];
    this.#count -= uses.length;
    this.#uses.delete(id);
    for (const { place, sources } of uses) {
      const bySources = this.#places.get(place);
      const ids = bySources?.get(sources);
      ids?.delete(id);
      if (ids?.size === 0) bySources?.delete(sources);
      if (bySources?.size === 0) this.#places.delete(place);
    }
  }

  /** The first other user of each group and port of a session. */
  sharedBy(id: string): Conflict[] {
    return (this.#uses.get(id) ?? []).flatMap(({ place, group, port, sources }): Conflict[] => {
      for (const [others, ids] of this.#places.get(place) ?? []) {
        const [other] = ids;
        if (others !== sources && other !== undefined && other !== id) return [{ kind: "shared", other, group, port }];
      }
      return [];
    });
  }
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

/** In 232.0.0.0/8 receivers choose the source (RFC 4607 §1); one stream announced twice has the same sources. */
function usesOf(session: Session): Use[] {
  const uses = session.media.flatMap(({ groups, port, sources }) => {
    const senders = sources.length > 0 ? [...sources].sort().join(" ") : session.announcer;
    return groups
      .filter((group) => !group.startsWith("232."))
      .map((group) => ({ place: `${group} ${port}`, group, port, sources: senders }));
  });
  return [...new Map(uses.map((use) => [use.place, use])).values()];
}

function getOrAdd<Key, Value>(map: Map<Key, Value>, key: Key, make: () => Value): Value {
  const known = map.get(key);
  if (known !== undefined) return known;
  const made = make();
  map.set(key, made);
  return made;
}
