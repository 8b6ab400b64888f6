// SPDX-License-Identifier: MIT
import { AnyCommand, type Progress } from "@mauth/protocol/api";
import { reconnectDelayMs } from "./backoff.ts";
import type { Clock } from "./clock.ts";
import { type Outcome, RpcQueue, type SenderCommand } from "./rpc.ts";
import type { Known, OpenSocket, Socket } from "./socket.ts";
import { applyCommands, type Arrival, EMPTY_STATE, type Feed, openFeed, type State } from "./store.ts";
import { Traffic } from "./traffic.ts";

/** Where the console stands with mauthserver. What is shown is current only while `live`. */
export type Connection =
  | { readonly state: "connecting" }
  | { readonly state: "live" }
  | { readonly state: "waiting"; readonly retryAtMs: number; readonly lostAtMs: number };

/** Part of a snapshot. What is not there yet is not known to be missing. */
export interface Loading {
  readonly data: State;
  /** By entity; one that has not begun is absent. */
  readonly progress: ReadonlyMap<string, Progress>;
}

/** All that the pages render from; a new object for each change. */
export interface View {
  readonly connection: Connection;
  readonly data: State;
  /** What the first snapshot has brought so far; null once it is complete and in `data`. */
  readonly loading: Loading | null;
  /** Frames that were no command; more than zero means that server and console do not match. */
  readonly rejectedFrames: number;
}

const NO_PROGRESS: ReadonlyMap<string, Progress> = new Map();

/** Changes are gathered for this long, so that a busy feed renders five times a second and not a hundred. */
export const FLUSH_INTERVAL_MS = 200;
/** A connection that brings no part of its snapshot for so long is given up. */
export const SNAPSHOT_TIMEOUT_MS = 20_000;

/** Keeps one connection to mauthserver, the state that it pushes, and the commands to it. */
export class Live {
  readonly #clock: Clock;
  readonly #open: OpenSocket;
  readonly #rpc: RpcQueue;
  readonly #listeners = new Set<() => void>();
  /** The last 15 minutes. */
  readonly traffic = new Traffic();
  #feed: Feed = { shown: EMPTY_STATE, incoming: null };
  #view: View = {
    connection: { state: "connecting" },
    data: EMPTY_STATE,
    loading: { data: EMPTY_STATE, progress: NO_PROGRESS },
    rejectedFrames: 0,
  };
  #pending: Arrival[] = [];
  /** Of the snapshot that is being received. */
  #progress: ReadonlyMap<string, Progress> = NO_PROGRESS;
  #rejectedFrames = 0;
  /** Whether a frame was not understood that a change may have been in. */
  #hasGap = false;
  /** Before the connection of the moment. */
  #rejectedBefore = 0;
  #socket: Socket | null = null;
  #attempt = 0;
  #lostAtMs: number | null = null;
  #lastFlushAtMs = 0;
  #cancelFlush: (() => void) | null = null;
  #cancelTimer: (() => void) | null = null;

  constructor(clock: Clock, open: OpenSocket) {
    this.#clock = clock;
    this.#open = open;
    this.#rpc = new RpcQueue(clock);
  }

  /** Connects, unless connected or connecting. Also the "Reconnect now" of the banner. */
  readonly start = (): void => {
    if (this.#socket !== null) return;
    this.#cancelTimer?.();
    this.#show({ state: "connecting" });
    const events = {
      onOpen: () => {
        this.#feed = openFeed(this.#feed);
        this.#progress = NO_PROGRESS;
        this.#rejectedBefore = this.#rejectedFrames;
        this.#rpc.open((bytes) => socket.send(bytes));
      },
      onText: (text: string) => this.#receive(text),
      onBytes: (bytes: Uint8Array) => this.#rpc.receive(bytes),
      onClose: () => this.#lost(),
    };
    const socket: Socket = this.#open(events, this.#known());
    this.#socket = socket;
    this.#waitForSnapshot();
  };

  /** Closes and does not come back; `start` begins again. */
  readonly stop = (): void => {
    this.#socket?.close();
    this.#cancelTimer?.();
    this.#cancelFlush?.();
    this.#cancelFlush = null;
  };

  readonly view = (): View => this.#view;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /** Sends one command; the outcome is final, and the push feed tells the rest. */
  readonly call = (command: SenderCommand): Promise<Outcome> => this.#rpc.call(command);

  /** Up to where everything was understood; null when only a new snapshot tells everything. */
  #known(): Known | null {
    const { server, revision } = this.#feed.shown;
    return server === null || this.#hasGap ? null : { log: server.log, revision };
  }

  #receive(text: string): void {
    const frame = parseJson(text);
    // A batch is one frame of many commands.
    for (const one of Array.isArray(frame) ? frame : [frame]) this.#take(AnyCommand.safeParse(one));
  }

  #take(parsed: ReturnType<typeof AnyCommand.safeParse>): void {
    if (!parsed.success) {
      this.#rejectedFrames++;
      this.#hasGap = true;
      this.#flushSoon();
      return;
    }
    const command = parsed.data;
    if (command.entity === "progress") return this.#advance(command.value);
    this.#pending.push({ command, atMs: this.#clock.now() });
    if (command.entity === "snapshot") this.#complete();
    else this.#flushSoon();
  }

  #complete(): void {
    this.#cancelTimer?.();
    this.#attempt = 0;
    this.#lostAtMs = null;
    this.#hasGap &&= this.#rejectedFrames > this.#rejectedBefore;
    this.#flush({ state: "live" });
  }

  /** Shows the first rows of a list without delay. */
  #advance(progress: Progress): void {
    const isFirst = !this.#progress.has(progress.entity);
    this.#progress = new Map([...this.#progress, [progress.entity, progress]]);
    this.#waitForSnapshot();
    if (isFirst && this.#feed.shown.server === null) this.#flush(this.#view.connection);
    else this.#flushSoon();
  }

  #waitForSnapshot(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = this.#clock.after(SNAPSHOT_TIMEOUT_MS, () => this.#socket?.close());
  }

  #flushSoon(): void {
    if (this.#cancelFlush !== null) return;
    const wait = Math.max(0, this.#lastFlushAtMs + FLUSH_INTERVAL_MS - this.#clock.now());
    this.#cancelFlush = this.#clock.after(wait, () => this.#flush(this.#view.connection));
  }

  #flush(connection: Connection): void {
    this.#cancelFlush?.();
    this.#cancelFlush = null;
    this.#lastFlushAtMs = this.#clock.now();
    this.#remember();
    this.#feed = applyCommands(this.#feed, this.#pending);
    this.#pending = [];
    this.#show(connection);
  }

  #remember(): void {
    let isSnapshot = this.#feed.incoming !== null;
    for (const { command, atMs } of this.#pending) {
      if (command.entity === "snapshot") isSnapshot = false;
      else this.traffic.take(command, atMs, isSnapshot);
    }
  }

  #lost(): void {
    this.#socket = null;
    this.#cancelTimer?.();
    this.#rpc.close();
    const nowMs = this.#clock.now();
    this.#lostAtMs ??= nowMs;
    const delayMs = reconnectDelayMs(this.#attempt++, this.#clock.random());
    this.#cancelTimer = this.#clock.after(delayMs, this.start);
    this.#flush({ state: "waiting", retryAtMs: nowMs + delayMs, lostAtMs: this.#lostAtMs });
  }

  #show(connection: Connection): void {
    const { shown, incoming } = this.#feed;
    const loading = shown.server === null ? { data: incoming ?? EMPTY_STATE, progress: this.#progress } : null;
    this.#view = { connection, data: shown, loading, rejectedFrames: this.#rejectedFrames };
    for (const listener of this.#listeners) listener();
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Not JSON is not a command; the caller counts it.
    return undefined;
  }
}
