// SPDX-License-Identifier: MIT
import type { Session } from "@mauth/protocol/api";
import type { Clock } from "./clock.ts";
import type { Log } from "./log.ts";
import type { Board } from "./push/board.ts";
import type { DirectoryOptions, Heard, Now, SessionChange } from "./sessions.ts";
import { SessionDirectory } from "./sessions.ts";
import type { Fence, Op, Row, Store } from "./store/store.ts";

/** Changes within this time are one commit. */
const COMMIT_AFTER_MS = 20;
/** How long to wait after the store could not write. */
const COMMIT_RETRY_MS = 1000;
/** How often the directory looks for sessions that went silent or ended. */
const EXPIRE_PERIOD_MS = 1000;
/** Sessions of before the start are read so many at a time, some milliseconds of work. */
const SESSIONS_A_WAKE = 200;
const WAKE_PERIOD_MS = 20;
/** How often the times at which sessions were heard are written down. */
const REFRESH_PERIOD_MS = 60_000;
/** Changes that may wait for the store; beyond, announcements are dropped until it writes again. */
const PENDING_MAX = 262_144;

export interface AnnouncementsOptions {
  readonly store: Store;
  readonly board: Board;
  readonly clock: Clock;
  readonly log: Log;
  readonly fence: Fence;
  readonly directory: DirectoryOptions;
}

/** What makes a session another one for the log; the rest changes each time it is heard. */
interface Logged {
  readonly sdp: string;
  readonly messageIdHash: number;
  readonly hearings: number;
}

/** Keeps the sessions that are heard: in the directory, in the store, and on the board. */
export class Announcements {
  readonly directory: SessionDirectory;
  readonly counters = { droppedStore: 0 };
  readonly #options: AnnouncementsOptions;
  readonly #logged = new Map<string, Logged>();
  #waker: NodeJS.Timeout | undefined;
  #pending = new Map<string, Op>();
  #refreshed = new Map<string, Session>();
  readonly #timers: NodeJS.Timeout[] = [];
  #commitTimer: NodeJS.Timeout | undefined;
  #committing: Promise<void> = Promise.resolve();
  #isStopping = false;

  constructor(options: AnnouncementsOptions) {
    this.#options = options;
    this.directory = new SessionDirectory(options.directory);
  }

  /** Takes over the sessions of the store. Their bodies are looked at only when they are needed, or after the start. */
  restore(rows: readonly Row[]): void {
    const read = (row: Row) => {
      const session = row.body as unknown as Session;
      this.#logged.set(session.id, loggedOf(session));
      return session;
    };
    this.directory.restore(
      rows.map((row) => ({ id: row.key, read: () => read(row) })),
      this.#now(),
    );
  }

  start(): void {
    this.#waker = setInterval(() => this.#wake(), WAKE_PERIOD_MS);
    this.#timers.push(
      setInterval(() => this.#apply(this.directory.expire(this.#now())), EXPIRE_PERIOD_MS),
      setInterval(() => void this.#writeRefreshed(), REFRESH_PERIOD_MS),
    );
  }

  /** Takes a datagram. */
  hear(heard: Heard): void {
    if (this.#pending.size >= PENDING_MAX) this.counters.droppedStore++;
    else this.#apply(this.directory.hear(heard, this.#now()));
  }

  /** Writes down what is not yet written. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    clearInterval(this.#waker);
    for (const timer of this.#timers) clearInterval(timer);
    clearTimeout(this.#commitTimer);
    await this.#committing;
    await this.#commit();
    await this.#writeRefreshed();
  }

  #wake(): void {
    if (this.directory.wake(SESSIONS_A_WAKE).length === 0) clearInterval(this.#waker);
  }

  #apply(changes: readonly SessionChange[]): void {
    for (const change of changes) {
      if (change.type === "add") this.#add(change.session);
      else this.#remove(change.id);
    }
    if (this.#pending.size > 0) this.#commitAfter(COMMIT_AFTER_MS);
  }

  #add(session: Session): void {
    const { id } = session;
    const logged = this.#logged.get(id);
    const isRefresh = logged !== undefined && isSame(logged, loggedOf(session));
    this.#refreshed.delete(id);
    if (isRefresh && !this.#pending.has(id)) {
      this.#refreshed.set(id, session);
      this.#options.board.add("session", session);
      return;
    }
    this.#logged.set(id, loggedOf(session));
    this.#pending.set(id, { op: "put", kind: "session", key: id, body: { ...session } });
  }

  #remove(id: string): void {
    this.#logged.delete(id);
    this.#refreshed.delete(id);
    this.#pending.set(id, { op: "delete", kind: "session", key: id });
  }

  #commitAfter(delayMs: number): void {
    if (this.#isStopping) return;
    this.#commitTimer ??= setTimeout(() => {
      this.#commitTimer = undefined;
      this.#committing = this.#commit();
    }, delayMs);
  }

  async #commit(): Promise<void> {
    const pending = this.#pending;
    if (pending.size === 0) return;
    this.#pending = new Map();
    const { store, clock, fence, log } = this.#options;
    try {
      await store.commit([...pending.values()], { actor: "sap", at: clock.wallMs(), fence });
    } catch (error) {
      // Later changes win over those that could not be written.
      this.#pending = new Map([...pending, ...this.#pending]);
      log.error({ err: error, changes: pending.size }, "sessions could not be stored, trying again");
      this.#commitAfter(COMMIT_RETRY_MS);
    }
  }

  async #writeRefreshed(): Promise<void> {
    const rows = Array.from(
      this.#refreshed,
      ([key, session]) => ({ kind: "session", key, body: { ...session } }) as const,
    );
    this.#refreshed = new Map();
    try {
      if (rows.length > 0) await this.#options.store.refresh(rows);
    } catch (error) {
      // Only the times of the last hearing are lost, and those of the next round are newer.
      this.#options.log.warn({ err: error }, "the times at which sessions were heard could not be stored");
    }
  }

  #now(): Now {
    const { clock } = this.#options;
    return { monotonicMs: clock.monotonicMs(), wallMs: clock.wallMs() };
  }
}

function loggedOf({ sdp, messageIdHash, hearings }: Session): Logged {
  return { sdp, messageIdHash, hearings: hearings.length };
}

function isSame(a: Logged, b: Logged): boolean {
  return a.sdp === b.sdp && a.messageIdHash === b.messageIdHash && a.hearings === b.hearings;
}
