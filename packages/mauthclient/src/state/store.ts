// SPDX-License-Identifier: MIT
import type {
  Announcement,
  AnyCommand,
  Denied,
  Grant,
  Ignored,
  Mrouter,
  SenderStats,
  Session,
} from "@mauth/protocol/api";
import { type Meter, readMeter } from "./meter.ts";

/** What the console knows; immutable, and a map that did not change keeps its identity. */
export interface State {
  readonly session: ReadonlyMap<string, Session>;
  readonly announcement: ReadonlyMap<string, Announcement>;
  readonly grant: ReadonlyMap<string, Grant>;
  readonly mrouter: ReadonlyMap<string, Mrouter>;
  readonly denied: ReadonlyMap<string, Denied>;
  readonly sender: ReadonlyMap<string, SenderStats>;
  /** Refused pairs that somebody has looked at and left refused, by "SOURCE>GROUP". */
  readonly ignored: ReadonlyMap<string, Ignored>;
  /** Rates of senders and denied pairs by their ids. */
  readonly meters: ReadonlyMap<string, Meter>;
  readonly revision: number;
  /** Of the newest line of the log that was pushed. */
  readonly auditRevision: number;
  /** Null before the first snapshot. */
  readonly server: ServerInfo | null;
}

/** What the snapshot said about mauthserver. */
export interface ServerInfo {
  readonly version: string;
  /** The log that its revisions are counted in. */
  readonly log: string;
  /** Add it to the browser's clock to get the server's. */
  readonly clockOffsetMs: number;
}

/** The push feed with the snapshot that is being received. */
export interface Feed {
  readonly shown: State;
  /** The snapshot of a new connection until it is complete, so that a reconnect never empties the screen; null when live. */
  readonly incoming: State | null;
}

export const EMPTY_STATE: State = {
  session: new Map(),
  announcement: new Map(),
  grant: new Map(),
  mrouter: new Map(),
  denied: new Map(),
  sender: new Map(),
  ignored: new Map(),
  meters: new Map(),
  revision: 0,
  auditRevision: 0,
  server: null,
};

/** Starts collecting a snapshot, or what a resumed feed has missed; what is shown stays until it is complete. */
export function openFeed(feed: Feed): Feed {
  return { shown: feed.shown, incoming: { ...EMPTY_STATE, meters: feed.shown.meters } };
}

/** What a resumed feed builds on: all that is logged. Of the rest everything comes again, and what does not come is gone. */
function resume(shown: State): State {
  const { mrouter, grant, denied, sender } = EMPTY_STATE;
  return { ...shown, mrouter, grant, denied, sender };
}

/** A command and when it arrived, browser clock. */
export interface Arrival {
  readonly command: AnyCommand;
  readonly atMs: number;
}

/** Applies commands in the order of their arrival. */
export function applyCommands(feed: Feed, arrivals: readonly Arrival[]): Feed {
  let { shown, incoming } = feed;
  let draft = new Draft(incoming ?? shown, incoming !== null);
  for (const { command, atMs } of arrivals) {
    if (isKept(command)) draft.apply(command, atMs);
    if (command.entity === "audit") draft.log(command.value.rev);
    if (command.entity === "resumed" && incoming !== null) draft = new Draft(resume(shown), true);
    if (command.entity !== "snapshot") continue;
    const { version, log, serverTime, revision } = command.value;
    shown = { ...draft.finish(), revision, server: { version, log, clockOffsetMs: serverTime - atMs } };
    shown = { ...shown, meters: keepMeters(shown) };
    incoming = null;
    draft = new Draft(shown, false);
  }
  const state = draft.finish();
  return incoming === null ? { shown: state, incoming } : { shown, incoming: state };
}

const KEPT = ["session", "announcement", "ignored", "grant", "mrouter", "denied", "sender"] as const;
type Entity = (typeof KEPT)[number];
type Change = Extract<AnyCommand, { entity: Entity }>;

/** Whether a page shows this entity; mauthserver may push others. */
function isKept(command: AnyCommand): command is Change {
  return KEPT.some((entity) => entity === command.entity);
}

/** Copies each map at most once for a batch, however many commands touch it. */
class Draft {
  #state: State;
  readonly #isSnapshot: boolean;
  readonly #copies = new Map<Entity | "meters", Map<string, unknown>>();

  constructor(state: State, isSnapshot: boolean) {
    this.#state = state;
    this.#isSnapshot = isSnapshot;
  }

  apply(command: Change, atMs: number): void {
    const { entity, value } = command;
    if (command.rev > this.#state.revision) this.#state = { ...this.#state, revision: command.rev };
    if (command.type === "remove") {
      if (this.#state[entity].has(value.id)) this.#copy(entity).delete(value.id);
      if (this.#state.meters.has(value.id)) this.#copy("meters").delete(value.id);
      return;
    }
    this.#copy(entity).set(value.id, value);
    if (command.entity === "sender" || command.entity === "denied") this.#meter(command.value, atMs);
  }

  log(auditRevision: number): void {
    this.#state = { ...this.#state, auditRevision };
  }

  finish(): State {
    return this.#state;
  }

  #meter(counters: { id: string; packets: number; bytes: number }, atMs: number): void {
    const { packets, bytes } = counters;
    const isSnapshot = this.#isSnapshot;
    const meter = readMeter(this.#state.meters.get(counters.id), { packets, bytes, atMs, isSnapshot });
    this.#copy("meters").set(counters.id, meter);
  }

  #copy(name: Entity | "meters"): Map<string, unknown> {
    let copy = this.#copies.get(name);
    if (copy === undefined) {
      copy = new Map<string, unknown>(this.#state[name]);
      this.#copies.set(name, copy);
      this.#state = { ...this.#state, [name]: copy };
    }
    return copy;
  }
}

function keepMeters(state: State): ReadonlyMap<string, Meter> {
  return new Map([...state.meters].filter(([id]) => state.sender.has(id) || state.denied.has(id)));
}
