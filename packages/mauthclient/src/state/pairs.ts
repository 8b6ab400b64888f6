// SPDX-License-Identifier: MIT
import type { Denied, Grant, Ignored, SenderStats, Session } from "@mauth/protocol/api";
import { coveringGrant } from "./coverage.ts";
import { Grouping } from "./grouping.ts";
import { pairId } from "./pair-id.ts";

/** Whether the flows of a session are permitted; `none` when it announces nothing that could be. */
export type Permission = "permitted" | "partly" | "not-permitted" | "none";

/** Compares the flows of a session with the grants. */
export function permissionOf(session: Session, grants: ReadonlyMap<string, Grant>): Permission {
  let permitted = 0;
  for (const flow of session.flows) if (coveringGrant(grants, flow) !== undefined) permitted++;
  if (session.flows.length === 0) return "none";
  if (permitted === 0) return "not-permitted";
  return permitted === session.flows.length ? "permitted" : "partly";
}

/** Finds the sessions of a pair or a group. */
export interface SessionIndex {
  readonly byId: ReadonlyMap<string, Session>;
  readonly byPair: ReadonlyMap<string, readonly Session[]>;
  readonly byGroup: ReadonlyMap<string, readonly Session[]>;
}

export function indexSessions(sessions: ReadonlyMap<string, Session>): SessionIndex {
  return new SessionIndexer().index(sessions);
}

/** Keeps an index of sessions; each new state of them costs no more than what changed. */
export class SessionIndexer {
  readonly #byPair = new Grouping<Session>((session) => session.flows.map((flow) => pairId(flow)));
  readonly #byGroup = new Grouping<Session>((session) => session.flows.map((flow) => flow.group));

  /** An index with an identity of its own; those given before are no longer good. */
  index(sessions: ReadonlyMap<string, Session>): SessionIndex {
    return { byId: sessions, byPair: this.#byPair.follow(sessions), byGroup: this.#byGroup.follow(sessions) };
  }
}

/** What a refused or permitted pair has to do with the announced sessions. */
export type Belonging =
  | { readonly kind: "session"; readonly session: Session; readonly others: number }
  /** Somebody else's group: two senders in one group, or a session announced with another source. */
  | { readonly kind: "foreign-source"; readonly session: Session; readonly others: number }
  | { readonly kind: "unannounced" };

const UNANNOUNCED: Belonging = { kind: "unannounced" };

export function belongingOf(
  pair: { source: string; group: string; session?: string | undefined },
  index: SessionIndex,
): Belonging {
  const followed = index.byId.get(pair.session ?? "");
  if (followed !== undefined) return { kind: "session", session: followed, others: 0 };
  const own = index.byPair.get(pairId(pair));
  if (own?.[0] !== undefined) return { kind: "session", session: own[0], others: distinct(own) - 1 };
  const same = index.byGroup.get(pair.group);
  if (same?.[0] !== undefined) return { kind: "foreign-source", session: same[0], others: distinct(same) - 1 };
  return UNANNOUNCED;
}

/** The senders of each pair, one for each mrouter that holds it. */
export function indexSenders(senders: ReadonlyMap<string, SenderStats>): ReadonlyMap<string, readonly SenderStats[]> {
  return senderIndexer().follow(senders);
}

/** Keeps that index; each new state of the senders costs no more than what changed. Those given before are no longer good. */
export function senderIndexer(): Grouping<SenderStats> {
  return new Grouping<SenderStats>((sender) => [pairId(sender)]);
}

/** Whether a refused pair still waits for a decision: one that nobody has ignored, without a grant or with one whose grant does not let it through. */
export function needsDecision(
  denied: Denied,
  grants: ReadonlyMap<string, Grant>,
  ignored: ReadonlyMap<string, Ignored>,
): boolean {
  if (ignored.has(pairId(denied))) return false;
  const grant = coveringGrant(grants, denied);
  if (grant === undefined) return denied.reason !== "REGISTER" && denied.reason !== "MALFORMED";
  return denied.reason === "TTL" && denied.ttl > grant.maxTtl;
}

/** How far a grant is from the kernels of its mrouters, the worst first. */
export type Standing = "failed" | "pending" | "enforced" | "nowhere";

export function standingOf(grant: Grant): Standing {
  const states = new Set(grant.enforcement.map((one) => one.state));
  if (states.has("failed")) return "failed";
  if (states.has("pending")) return "pending";
  return states.has("enforced") ? "enforced" : "nowhere";
}

function distinct(sessions: readonly Session[]): number {
  // Nearly every pair is in one session, and lists ask for thousands of pairs with every change.
  return sessions.length === 1 ? 1 : new Set(sessions).size;
}
