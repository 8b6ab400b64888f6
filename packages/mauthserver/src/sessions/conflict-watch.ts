// SPDX-License-Identifier: MIT
import type { Conflict, Mrouter, Session } from "@mauth/protocol/api";
import { parseAddress, parseAddressPrefix, prefixContainsAddress } from "@mauth/protocol/address";
import type { AddressPrefix } from "@mauth/protocol/address";
import type { Clock } from "../clock.ts";
import type { Board, Companion, Entities, EntityName } from "../push/board.ts";
import { UseIndex, conflictsOf } from "./conflicts.ts";
import type { FlowKnowledge } from "./conflicts.ts";

/**
 * How often the next sessions are looked at, and how many: 10,000 within 2.5 s. The first time that takes some 20 µs each, and
 * permits wait for no longer than one look.
 */
const LOOK_PERIOD_MS = 50;
const SESSIONS_A_LOOK = 200;
/** Few sessions are not looked at more often. */
const ROUND_PERIOD_MS = 1000;
/** So long an mrouter must have been looked at without a packet before a flow counts as silent. */
export const SILENT_AFTER_MS = 60_000;

/** What is remembered of a session, to know at a refresh that nothing has changed. */
interface Known {
  /** Empty until it was looked at. */
  sdp: string;
  readonly announcer: string;
  conflicts: readonly Conflict[];
}

/** An mrouter of which packets are counted. */
interface Looking {
  readonly networks: readonly AddressPrefix[];
  readonly sinceMs: number;
}

/** Completes sessions on the board with their conflicts: a new one at once, the others within seconds of a change. */
export class ConflictWatch implements Companion {
  readonly #board: Board;
  readonly #clock: Clock;
  readonly #maxTtlOf: FlowKnowledge["maxTtlOf"];
  readonly #index = new UseIndex();
  readonly #known = new Map<string, Known>();
  readonly #looking = new Map<string, Looking>();
  /** Flows that were refused lately, which are sent as well. */
  #refused = new Set<string>();
  #round: Iterator<string> = [].values();
  #roundMs = Number.NEGATIVE_INFINITY;
  #timer: NodeJS.Timeout | undefined;

  /** `maxTtlOf`: the maximum TTL that is permitted for a flow; every session is asked for again and again. */
  constructor(board: Board, clock: Clock, maxTtlOf?: FlowKnowledge["maxTtlOf"]) {
    this.#board = board;
    this.#clock = clock;
    this.#maxTtlOf = maxTtlOf ?? ((source, group) => board.get("grant", `${source}>${group}`)?.maxTtl);
    board.accompany(this);
  }

  start(): void {
    this.#timer = setInterval(() => this.look(), LOOK_PERIOD_MS);
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  show<Name extends EntityName>(entity: Name, value: Entities[Name]): Entities[Name] {
    return entity === "session" ? (this.#showSession(value as Session) as Entities[Name]) : value;
  }

  hide(entity: EntityName, id: string): void {
    if (entity !== "session") return;
    this.#index.delete(id);
    this.#known.delete(id);
  }

  /** Looks at the next sessions, and shows those again of which the conflicts changed. */
  look(sessionsMax = SESSIONS_A_LOOK): void {
    for (let looked = 0; looked < sessionsMax; looked++) {
      const next = this.#round.next();
      if (next.done === true) return this.#beginRound();
      this.#lookAt(next.value);
    }
  }

  #showSession(session: Session): Session {
    const known = this.#known.get(session.id);
    const { sdp, announcer } = session;
    if (known !== undefined && known.sdp === sdp && known.announcer === announcer)
      return withConflicts(session, known.conflicts);
    this.#index.set(session);
    const conflicts = conflictsOf(session, this.#index, this.#knowledgeOf(session));
    this.#known.set(session.id, { sdp, announcer, conflicts });
    return withConflicts(session, conflicts);
  }

  #lookAt(id: string): void {
    const session = this.#board.get("session", id);
    if (session === undefined) return;
    const known = this.#knownOf(session);
    if (known.sdp !== session.sdp) {
      this.#index.set(session);
      known.sdp = session.sdp;
    }
    const conflicts = conflictsOf(session, this.#index, this.#knowledgeOf(session));
    if (conflicts.length === 0 && known.conflicts.length === 0) return;
    if (JSON.stringify(conflicts) === JSON.stringify(known.conflicts)) return;
    known.conflicts = conflicts;
    this.#board.add("session", session);
  }

  /** What is restored at the start, up to 131,072 of them, is looked at later, so that it does not delay the start. */
  #knownOf({ id, announcer }: Session): Known {
    const known = this.#known.get(id);
    if (known !== undefined) return known;
    const unseen = { sdp: "", announcer, conflicts: [] };
    this.#known.set(id, unseen);
    return unseen;
  }

  #beginRound(): void {
    const nowMs = this.#clock.monotonicMs();
    if (nowMs - this.#roundMs < ROUND_PERIOD_MS) return;
    this.#roundMs = nowMs;
    this.#round = this.#board.ids("session")[Symbol.iterator]();
    const sinceAt = this.#clock.wallMs() - SILENT_AFTER_MS;
    this.#refused = new Set();
    for (const { source, group, lastAt } of this.#board.values("denied"))
      if (lastAt >= sinceAt) this.#refused.add(`${source}>${group}`);
    for (const mrouter of this.#board.values("mrouter")) this.#lookAtMrouter(mrouter);
  }

  #lookAtMrouter({ id, state, sendersInForce, networks }: Mrouter): void {
    const isLooking = sendersInForce !== null && (state === "online" || state === "drifted");
    if (!isLooking) this.#looking.delete(id);
    else if (!this.#looking.has(id)) {
      const prefixes = networks.flatMap((network) => parseAddressPrefix(network) ?? []);
      this.#looking.set(id, { networks: prefixes, sinceMs: this.#clock.monotonicMs() });
    }
  }

  #knowledgeOf({ firstHeardAt }: Session): FlowKnowledge {
    const isYoung = this.#clock.wallMs() - firstHeardAt < SILENT_AFTER_MS;
    return {
      maxTtlOf: this.#maxTtlOf,
      isSending: (source, group) => (isYoung ? undefined : this.#isSending(source, group)),
    };
  }

  #isSending(source: string, group: string): boolean | undefined {
    const address = parseAddress(source);
    if (address === undefined) return undefined;
    const flow = `${source}>${group}`;
    let isSending: boolean | undefined;
    for (const [mrouter, { networks, sinceMs }] of this.#looking) {
      if (this.#clock.monotonicMs() - sinceMs < SILENT_AFTER_MS) continue;
      if (!networks.some((network) => prefixContainsAddress(network, address))) continue;
      const lastAt = this.#board.get("sender", `${mrouter}|${flow}`)?.lastAt ?? 0;
      if (this.#clock.wallMs() - lastAt < SILENT_AFTER_MS || this.#refused.has(flow)) return true;
      isSending = false;
    }
    return isSending;
  }
}

function withConflicts(session: Session, conflicts: readonly Conflict[]): Session {
  if (conflicts.length > 0) return { ...session, conflicts: [...conflicts] };
  if (session.conflicts === undefined) return session;
  const { conflicts: _, ...rest } = session;
  return rest;
}
