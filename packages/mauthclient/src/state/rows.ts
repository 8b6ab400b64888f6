// SPDX-License-Identifier: MIT
import { parseAddress } from "@mauth/protocol/address";
import { type Denied, type Grant, type Ignored, type SenderStats, type Session, scopeOfTtl } from "@mauth/protocol/api";
import { Covered, coveringGrant, sendersOf } from "./coverage.ts";
import { pairId } from "./pair-id.ts";
import {
  type Belonging,
  belongingOf,
  needsDecision,
  type Permission,
  permissionOf,
  type SessionIndex,
  type Standing,
  standingOf,
} from "./pairs.ts";
import type { State } from "./store.ts";

/** A session as the list shows it. */
export interface SessionRow {
  readonly id: string;
  readonly session: Session;
  readonly permission: Permission;
  readonly groups: readonly string[];
  /** The greatest TTL of its flows, null when none is stated. */
  readonly ttl: number | null;
  readonly text: string;
}

/** A refused pair with what it has to do with the sessions and the grants. */
export interface DeniedRow {
  readonly id: string;
  readonly denied: Denied;
  readonly belonging: Belonging;
  readonly grant: Grant | undefined;
  /** Who has looked at it and left it refused. */
  readonly ignored: Ignored | undefined;
  readonly waits: boolean;
  readonly text: string;
}

/** A grant with its session and its senders. */
export interface GrantRow {
  readonly id: string;
  readonly grant: Grant;
  readonly belonging: Belonging;
  readonly standing: Standing;
  /** Ids of its senders, one for each mrouter. */
  readonly senderIds: readonly string[];
  readonly text: string;
}

/** Keeps the row of an entity until something that it shows changes, so that only changed rows are drawn again. */
export class RowCache<Entity extends { readonly id: string }, Row> {
  readonly #rows = new Map<string, { entity: Entity; parts: readonly unknown[]; row: Row }>();

  /** `parts` are everything besides the entity that the row depends on; of a list, its length comes first. */
  get(entity: Entity, parts: readonly unknown[], make: () => Row): Row {
    const known = this.#rows.get(entity.id);
    if (known?.entity === entity && known.parts.every((part, at) => part === parts[at])) return known.row;
    const row = make();
    this.#rows.set(entity.id, { entity, parts, row });
    return row;
  }

  /** Forgets the rows of entities that are gone. */
  prune(live: ReadonlyMap<string, Entity>): void {
    if (this.#rows.size <= live.size) return;
    for (const id of this.#rows.keys()) if (!live.has(id)) this.#rows.delete(id);
  }
}

/** Keeps the rows of sessions; each new state costs little more than what changed. */
export class SessionRows {
  readonly #covered = new Covered();
  readonly #rows = new Map<string, { row: SessionRow; coverage: number }>();

  /** In the order of the sessions; a row keeps its identity until the session or its permission changes. */
  follow(sessions: ReadonlyMap<string, Session>, grants: ReadonlyMap<string, Grant>): SessionRow[] {
    const coverage = this.#covered.follow(grants);
    if (this.#rows.size > sessions.size) this.#prune(sessions);
    return Array.from(sessions.values(), (session) => {
      const known = this.#rows.get(session.id);
      if (known?.row.session === session && known.coverage === coverage) return known.row;
      const permission = permissionOf(session, grants);
      const isSame = known?.row.session === session && known.row.permission === permission;
      const row = isSame ? known.row : toSessionRow(session, permission);
      this.#rows.set(session.id, { row, coverage });
      return row;
    });
  }

  #prune(sessions: ReadonlyMap<string, Session>): void {
    for (const id of this.#rows.keys()) if (!sessions.has(id)) this.#rows.delete(id);
  }
}

function toSessionRow(session: Session, permission: Permission): SessionRow {
  const groups = [...new Set(session.flows.map((flow) => flow.group))];
  const ttls = session.flows.flatMap((flow) => flow.ttl ?? []);
  const media = session.media
    .flatMap((one) => [one.type, one.codec, one.title, one.proto, ...one.groups])
    .concat(groups);
  const sources = session.flows.map((flow) => flow.source);
  const words = [session.title, session.info, session.announcer, session.origin.address, ...sources, ...media];
  const ttl = ttls.length === 0 ? null : Math.max(...ttls);
  return { id: session.id, session, permission, groups, ttl, text: searchText(words) };
}

export function deniedRows(
  { denied, grant: grants, ignored }: Pick<State, "denied" | "grant" | "ignored">,
  index: SessionIndex,
  cache: RowCache<Denied, DeniedRow>,
): DeniedRow[] {
  cache.prune(denied);
  return Array.from(denied.values(), (one) => {
    const grant = coveringGrant(grants, one);
    const seen = ignored.get(pairId(one));
    const belonging = belongingOf(one, index);
    return cache.get(one, [...partsOf(belonging), grant?.id, grant?.maxTtl, seen?.at], () => {
      const title = belonging.kind === "unannounced" ? "" : belonging.session.title;
      const text = searchText([one.source, one.group, pairArrow(one), title, one.mrouter, one.interface, one.reason]);
      return {
        id: one.id,
        denied: one,
        belonging,
        grant,
        ignored: seen,
        waits: needsDecision(one, grants, ignored),
        text,
      };
    });
  });
}

/** Keeps the rows of grants; a state in which nothing of a grant changed makes nothing for it. */
export class GrantRows {
  readonly #rows = new Map<string, GrantRow>();

  /** In the order of the grants; a row keeps its identity until something that it shows changes. */
  follow(
    grants: ReadonlyMap<string, Grant>,
    senders: ReadonlyMap<string, readonly SenderStats[]>,
    index: SessionIndex,
  ): GrantRow[] {
    if (this.#rows.size > grants.size) this.#prune(grants);
    return Array.from(grants.values(), (grant) => {
      const belonging = belongingOf(grant, index);
      const own = sendersOf(grant, senders);
      const known = this.#rows.get(grant.id);
      if (known?.grant === grant && isSameBelonging(known.belonging, belonging) && haveIds(own, known.senderIds))
        return known;
      const row = toGrantRow(grant, belonging, own);
      this.#rows.set(grant.id, row);
      return row;
    });
  }

  #prune(grants: ReadonlyMap<string, Grant>): void {
    for (const id of this.#rows.keys()) if (!grants.has(id)) this.#rows.delete(id);
  }
}

function toGrantRow(grant: Grant, belonging: Belonging, senders: readonly SenderStats[]): GrantRow {
  const title = belonging.kind === "unannounced" ? "" : belonging.session.title;
  const mrouters = grant.enforcement.map((one) => one.mrouter);
  const words = [grant.source, grant.group, pairArrow(grant), title, grant.reason, grant.permittedBy, ...mrouters];
  const senderIds = senders.map((sender) => sender.id);
  return { id: grant.id, grant, belonging, standing: standingOf(grant), senderIds, text: searchText(words) };
}

function haveIds(senders: readonly SenderStats[], ids: readonly string[]): boolean {
  return senders.length === ids.length && ids.every((id, at) => senders[at]?.id === id);
}

/** "audio", "video", or "other", whichever a session carries. */
export function hasMedia(session: Session, kind: "audio" | "video" | "other"): boolean {
  return session.media.some((one) => (one.type === "audio" || one.type === "video" ? one.type : "other") === kind);
}

export function scopeName(ttl: number | null): string | undefined {
  return ttl === null ? undefined : scopeOfTtl(ttl).name;
}

/** Orders addresses as numbers, IPv4 before IPv6, as text of one width. */
export function addressOrder(text: string): string {
  const address = parseAddress(text.split("/", 1)[0] ?? "") ?? 0;
  return `${typeof address === "bigint" ? 6 : 4}${address.toString(16).padStart(32, "0")}`;
}

/** Orders pairs by source, then group; exact, because two addresses do not fit one number. */
export function pairOrder(pair: { source: string; group: string }): string {
  return `${addressOrder(pair.source)}${addressOrder(pair.group)}`;
}

function pairArrow(pair: { source: string; group: string }): string {
  return `${pair.source} → ${pair.group}`;
}

/** Whether two would be drawn alike. */
function isSameBelonging(one: Belonging, other: Belonging): boolean {
  if (one.kind === "unannounced" || other.kind === "unannounced") return one.kind === other.kind;
  const { session, others, kind } = one;
  const isSameSession =
    session === other.session || (session.id === other.session.id && session.title === other.session.title);
  return isSameSession && kind === other.kind && others === other.others;
}

function partsOf(belonging: Belonging): readonly [string, string, string, number] {
  if (belonging.kind === "unannounced") return [belonging.kind, "", "", 0];
  return [belonging.kind, belonging.session.id, belonging.session.title, belonging.others];
}

function searchText(words: readonly (string | undefined)[]): string {
  return words
    .filter((word) => word !== undefined)
    .join("\n")
    .toLowerCase();
}
