// SPDX-License-Identifier: MIT
import type {
  Account,
  Announcement,
  AuditEntry,
  Denied,
  Grant,
  Ignored,
  Mrouter,
  Section,
  SenderStats,
  Session,
  SettingsValue,
  Token,
} from "@mauth/protocol/api";
import { LEADING_OF_SESSIONS_MAX, leadingSessions } from "@mauth/protocol/api";

/** What consoles see, by the name of the entity in a command. */
export interface Entities {
  session: Session;
  announcement: Announcement;
  grant: Grant;
  mrouter: Mrouter;
  sender: SenderStats;
  denied: Denied;
  ignored: Ignored;
  setting: SettingsValue;
  account: Account;
  token: Token;
}
export type EntityName = keyof Entities;

/** In the order in which a console gets them, so that what refers comes after what is referred to. */
export const ENTITY_NAMES = [
  "mrouter",
  "session",
  "announcement",
  "grant",
  "sender",
  "denied",
  "ignored",
  "setting",
  "account",
  "token",
] as const satisfies EntityName[];

/** In the order in which a batched snapshot gives them: what a row of a list says comes before the list. */
const SECTION_NAMES = [
  "mrouter",
  "grant",
  "session",
  "announcement",
  "ignored",
  "denied",
  "sender",
  "setting",
  "account",
  "token",
] as const satisfies EntityName[];

/** Is told of every change of the board, and may complete an entity before it is shown. */
export interface Companion {
  show<Name extends EntityName>(entity: Name, value: Entities[Name]): Entities[Name];
  hide(entity: EntityName, id: string): void;
}

/** Entities that are kept elsewhere, because there may be a million of them: the board only looks. */
export interface Collection<Name extends EntityName> {
  readonly size: number;
  get(id: string): Kept<Name> | undefined;
  values(): Iterable<Kept<Name>>;
}

/** An entity and the revision that wrote it. */
export interface Kept<Name extends EntityName> {
  readonly value: Entities[Name];
  readonly rev: number;
}

interface Entry {
  readonly value: { readonly id: string };
  readonly rev: number;
  frame: Uint8Array | undefined;
}

/** An entity as a store held it; its body may be parsed only when it is looked at. */
export interface StoredEntity {
  readonly key: string;
  readonly body: unknown;
}

/** Shows what a store held, when somebody looks. */
class StoredEntry implements Entry {
  readonly rev: number;
  readonly #stored: StoredEntity;
  frame: Uint8Array | undefined = undefined;

  constructor(stored: StoredEntity, rev: number) {
    this.#stored = stored;
    this.rev = rev;
  }

  get value(): Entry["value"] {
    return this.#stored.body as Entry["value"];
  }
}

/** Removals that are remembered for consoles that come back. */
export const REMOVALS_MAX = 10_000;

/** Entities that change without the log: a console that comes back is told of all of them. */
const PASSING = new Set<EntityName>(["mrouter", "grant", "sender", "denied"]);

/** An entity that was taken away. */
export interface Removal {
  readonly entity: EntityName;
  readonly id: string;
  readonly rev: number;
}

const utf8 = new TextEncoder();

/** The present state of every entity, and the one text frame per change that all consoles share. */
export class Board {
  readonly #entries: Record<EntityName, Map<string, Entry>> = {
    mrouter: new Map(),
    session: new Map(),
    announcement: new Map(),
    grant: new Map(),
    sender: new Map(),
    denied: new Map(),
    ignored: new Map(),
    setting: new Map(),
    account: new Map(),
    token: new Map(),
  };
  readonly #listeners = new Set<(frame: Uint8Array, entity: EntityName | "audit") => void>();
  #grants: Collection<"grant"> | undefined;
  #companion: Companion | undefined;
  #rev = 0;
  /** The oldest first; complete for every revision after `#removalsAfter`. */
  #removals: Removal[] = [];
  #removalsAfter = 0;

  /** The greatest revision seen. */
  get rev(): number {
    return this.#rev;
  }

  /** Says that every change up to this revision is on the board. */
  advance(rev: number): void {
    this.#rev = Math.max(this.#rev, rev);
  }

  /** Has every entity completed from now on. */
  accompany(companion: Companion): void {
    this.#companion = companion;
  }

  /** Has grants looked up where they are kept; `add` and `remove` only tell of them then. */
  attachGrants(grants: Collection<"grant">): void {
    this.#grants = grants;
  }

  /** Tells whether anybody hears of changes. */
  get hasListeners(): boolean {
    return this.#listeners.size > 0;
  }

  /** Shows a new or changed entity. */
  add<Name extends EntityName>(entity: Name, value: Entities[Name], rev = this.#rev): void {
    this.advance(rev);
    const shown = this.#companion?.show(entity, value) ?? value;
    const entry: Entry = { value: shown, rev, frame: undefined };
    if (!this.#isElsewhere(entity)) this.#entries[entity].set(value.id, entry);
    if (this.#listeners.size > 0) this.#tell(frameOf(entity, entry), entity);
  }

  /**
   * Shows what a store held at a start, before anybody looks. All of it is of the revision of the start: what is not in the log,
   * such as conflicts and times, may have changed with the process, and consoles of before shall hear of it.
   */
  restore(entity: EntityName, stored: Iterable<StoredEntity>, rev: number): void {
    this.advance(rev);
    for (const one of stored) this.#entries[entity].set(one.key, new StoredEntry(one, rev));
  }

  /** Takes an entity away; nothing happens when it is not there. */
  remove(entity: EntityName, id: string, rev = this.#rev): void {
    this.advance(rev);
    if (!this.#entries[entity].delete(id) && !this.#isElsewhere(entity)) return;
    if (!PASSING.has(entity)) this.#remember({ entity, id, rev });
    this.#companion?.hide(entity, id);
    if (this.#listeners.size > 0)
      this.#tell(utf8.encode(JSON.stringify({ rev, type: "remove", entity, value: { id } })), entity);
  }

  /** Tells of a line of the audit log, which is not kept here. */
  note(entry: AuditEntry): void {
    if (this.#listeners.size === 0) return;
    this.#tell(utf8.encode(JSON.stringify({ rev: entry.rev, type: "add", entity: "audit", value: entry })), "audit");
  }

  get<Name extends EntityName>(entity: Name, id: string): Entities[Name] | undefined {
    if (this.#isElsewhere(entity)) return this.#grants?.get(id)?.value as Entities[Name] | undefined;
    return this.#entries[entity].get(id)?.value as Entities[Name] | undefined;
  }

  /** Ids of the entities that are kept here. */
  ids(entity: EntityName): Iterable<string> {
    return this.#entries[entity].keys();
  }

  *values<Name extends EntityName>(entity: Name): Generator<Entities[Name]> {
    const kept = this.#isElsewhere(entity) ? (this.#grants?.values() ?? []) : this.#entries[entity].values();
    for (const { value } of kept) yield value as Entities[Name];
  }

  size(entity: EntityName): number {
    return this.#isElsewhere(entity) ? (this.#grants?.size ?? 0) : this.#entries[entity].size;
  }

  /**
   * Each entity as an add. The board may change while a reader pauses: an entity not yet reached is then seen as it is
   * when it is reached, and everything else comes through `listen`.
   */
  *frames(isWanted: (entity: EntityName) => boolean = () => true): Generator<Uint8Array> {
    for (const entity of ENTITY_NAMES.filter(isWanted)) yield* this.#framesOf(entity);
  }

  /** The same by entity, to be sent in batches; of the sessions those come first that a list by title begins with. */
  *sections(isWanted: (entity: EntityName) => boolean = () => true): Generator<Section> {
    for (const entity of SECTION_NAMES.filter(isWanted)) {
      const frames = entity === "session" ? this.#leadingFirst() : this.#framesOf(entity);
      yield { entity, total: this.size(entity), frames };
    }
  }

  *#framesOf(entity: EntityName): Generator<Uint8Array> {
    if (this.#isElsewhere(entity))
      for (const kept of this.#grants?.values() ?? []) yield frameOf(entity, { ...kept, frame: undefined });
    else for (const entry of this.#entries[entity].values()) yield frameOf(entity, entry);
  }

  *#leadingFirst(): Generator<Uint8Array> {
    const { session } = this.#entries;
    const isMany = session.size > LEADING_OF_SESSIONS_MAX;
    const leading = new Set(isMany ? [] : leadingSessions(this.values("session")));
    for (const id of leading) {
      const entry = session.get(id);
      if (entry !== undefined) yield frameOf("session", entry);
    }
    for (const [id, entry] of session) if (!leading.has(id)) yield frameOf("session", entry);
  }

  /** Takes over what was removed before the start, the oldest first: everything after revision `after`. */
  recall(removals: readonly Removal[], after: number): void {
    this.#removals = [...removals];
    this.#removalsAfter = after;
  }

  /** Like `frames`, for a reader who has everything up to a revision; undefined when it is not known what he missed. */
  framesSince(rev: number, isWanted: (entity: EntityName) => boolean = () => true): Generator<Uint8Array> | undefined {
    return rev < this.#removalsAfter || rev > this.#rev ? undefined : this.#framesSince(rev, isWanted);
  }

  *#framesSince(rev: number, isWanted: (entity: EntityName) => boolean): Generator<Uint8Array> {
    yield utf8.encode(
      JSON.stringify({ rev: this.#rev, type: "add", entity: "resumed", value: { from: rev, revision: this.#rev } }),
    );
    for (const removal of this.#removals.filter((one) => one.rev > rev && isWanted(one.entity))) {
      const { entity, id } = removal;
      yield utf8.encode(JSON.stringify({ rev: removal.rev, type: "remove", entity, value: { id } }));
    }
    for (const entity of ENTITY_NAMES.filter(isWanted))
      if (PASSING.has(entity)) yield* this.frames((one) => one === entity);
      // What was completed since, such as the conflicts of a session, has the revision at which that was seen.
      else for (const entry of this.#entries[entity].values()) if (entry.rev >= rev) yield frameOf(entity, entry);
  }

  #remember(removal: Removal): void {
    this.#removals.push(removal);
    if (this.#removals.length <= 2 * REMOVALS_MAX) return;
    this.#removals = this.#removals.slice(-REMOVALS_MAX);
    this.#removalsAfter = this.#removals[0]?.rev ?? this.#rev;
  }

  /** Calls back with the frame of every change; returns the function that ends it. */
  listen(listener: (frame: Uint8Array, entity: EntityName | "audit") => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #isElsewhere(entity: EntityName): boolean {
    return entity === "grant" && this.#grants !== undefined;
  }

  #tell(frame: Uint8Array, entity: EntityName | "audit"): void {
    for (const listener of this.#listeners) listener(frame, entity);
  }
}

function frameOf(entity: EntityName, entry: Entry): Uint8Array {
  entry.frame ??= utf8.encode(JSON.stringify({ rev: entry.rev, type: "add", entity, value: entry.value }));
  return entry.frame;
}
