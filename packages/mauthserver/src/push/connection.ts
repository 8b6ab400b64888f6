// SPDX-License-Identifier: MIT
import type { Duplex } from "node:stream";
import { batchesOf } from "@mauth/protocol/api";
import type { Section } from "@mauth/protocol/api";
import type { RawData, WebSocket } from "ws";
import { TokenBucket } from "../token-bucket.ts";
import type { EntityName } from "./board.ts";
import { ConnectionSlot } from "./connection-slot.ts";
import type { Hub, HubOptions } from "./hub.ts";
import { maySee } from "./visitor.ts";
import type { Visitor } from "./visitor.ts";

/** Bytes that may wait for a console; one that does not keep up is closed and takes a new snapshot. */
export const BUFFERED_BYTES_MAX = 1024 * 1024;
/** Bytes at which a snapshot pauses until the socket has taken them. */
const SNAPSHOT_BUFFERED_BYTES = 256 * 1024;
/** Bytes that may wait for the end of a turn of the event loop. */
const CORKED_BYTES_MAX = 64 * 1024;
/** Frames that are no requests: so many at once, so many a second. */
const JUNK_FRAMES_BURST = 20_000;
const JUNK_FRAMES_PER_SECOND = 200;
/** A console that answers no ping within this time is gone. */
const PING_PERIOD_MS = 20_000;

const CLOSE_GOING_AWAY = 1001;
const CLOSE_POLICY = 1008;
const CLOSE_SLOW = 4008;
/** The login has ended: log in again. */
const CLOSE_LOGIN = 4401;

/** What a connection consists of. */
export interface ConnectionParts {
  readonly socket: WebSocket;
  /** The connection below the WebSocket. */
  readonly stream: Duplex;
  readonly visitor: Visitor;
  /** The revision up to which the console has everything. */
  readonly since: number | undefined;
  /** Whether it wants the snapshot in batches. */
  readonly isBatched: boolean;
}

/** One console. */
export class Connection {
  readonly #socket: WebSocket;
  readonly #stream: Duplex;
  /** Bytes that wait for the end of this turn of the event loop. */
  #corkedBytes = 0;
  #uncorking: NodeJS.Immediate | undefined;
  readonly #visitor: Visitor;
  /** The revision up to which it has everything. */
  readonly #since: number | undefined;
  readonly #isBatched: boolean;
  readonly #options: HubOptions;
  readonly #counters: Hub["counters"];
  readonly #slot = new ConnectionSlot();
  readonly #junk: TokenBucket;
  #stopListening: (() => void) | undefined;
  #pinger: NodeJS.Timeout | undefined;
  #isAlive = true;

  constructor(parts: ConnectionParts, options: HubOptions, counters: Hub["counters"]) {
    this.#socket = parts.socket;
    this.#stream = parts.stream;
    this.#since = parts.since;
    this.#isBatched = parts.isBatched;
    this.#visitor = parts.visitor;
    this.#options = options;
    this.#counters = counters;
    const nowMs = options.clock.monotonicMs();
    this.#junk = new TokenBucket({ burst: JUNK_FRAMES_BURST, perSecond: JUNK_FRAMES_PER_SECOND, nowMs });
  }

  /** Sends the snapshot, then every change. */
  start(): void {
    const socket = this.#socket;
    socket.on("error", () => this.#counters.protocolErrors++);
    socket.on("message", (data, isBinary) => this.#receive(data, isBinary));
    socket.on("pong", () => (this.#isAlive = true));
    socket.once("close", () => this.#stop());
    this.#pinger = setInterval(() => this.#ping(), PING_PERIOD_MS);
    const { role, ended } = this.#visitor.principal;
    ended.addEventListener("abort", this.#endLogin, { once: true });
    if (ended.aborted) return this.#endLogin();
    this.#stopListening = this.#options.board.listen((frame, entity) => {
      if (maySee(role, entity)) this.#send(frame);
    });
    this.#sendSnapshot(this.#snapshotFrames((entity) => maySee(role, entity)));
  }

  #snapshotFrames(isWanted: (entity: EntityName) => boolean): Iterator<Uint8Array> {
    const { board } = this.#options;
    const resumed = this.#since === undefined ? undefined : board.framesSince(this.#since, isWanted);
    if (!this.#isBatched) return resumed ?? board.frames(isWanted);
    if (resumed !== undefined) return batchesOf({ entity: "resumed", total: 0, frames: resumed }, board.rev);
    return inBatches(board.sections(isWanted), board.rev);
  }

  close(): void {
    this.#socket.close(CLOSE_GOING_AWAY, "mauthserver stops");
  }

  terminate(): void {
    this.#socket.terminate();
  }

  #stop(): void {
    clearInterval(this.#pinger);
    this.#stopListening?.();
    this.#visitor.principal.ended.removeEventListener("abort", this.#endLogin);
  }

  readonly #endLogin = (): void => {
    this.#counters.closedLogin++;
    this.#stop();
    this.#socket.close(CLOSE_LOGIN, "the login has ended");
  };

  #ping(): void {
    if (!this.#isAlive) return this.#socket.terminate();
    // A token that has expired is not known any more; a login that nobody uses ends by itself, and is not used by this.
    if (this.#visitor.principal.kind === "token" && this.#visitor.renew() === undefined) return this.#endLogin();
    this.#isAlive = false;
    this.#socket.ping();
  }

  #sendSnapshot(frames: Iterator<Uint8Array>): void {
    while (this.#socket.readyState === this.#socket.OPEN) {
      const next = frames.next();
      if (next.done) return this.#endSnapshot();
      if (this.#socket.bufferedAmount + next.value.length < SNAPSHOT_BUFFERED_BYTES) this.#send(next.value);
      else return this.#socket.send(next.value, { binary: false }, () => this.#sendSnapshot(frames));
    }
  }

  #endSnapshot(): void {
    const { board, version, logId, clock } = this.#options;
    const value = { revision: board.rev, log: logId, version, serverTime: clock.wallMs() };
    this.#socket.send(JSON.stringify({ rev: board.rev, type: "add", entity: "snapshot", value }));
  }

  #send(frame: Uint8Array): void {
    if (this.#socket.readyState !== this.#socket.OPEN) return;
    if (this.#socket.bufferedAmount + frame.length > BUFFERED_BYTES_MAX) {
      this.#counters.closedSlow++;
      this.#stop();
      // The close frame waits behind what the console does not read; ws destroys the socket after 30 s.
      this.#socket.close(CLOSE_SLOW, "too slow");
      return;
    }
    this.#cork(frame.length);
    this.#socket.send(frame, { binary: false });
  }

  /** Has what is sent within one turn of the event loop go to the kernel at once: that costs more than all else of a frame. */
  #cork(lengthBytes: number): void {
    if (this.#corkedBytes > CORKED_BYTES_MAX) this.#uncork();
    if (this.#corkedBytes === 0) {
      this.#stream.cork();
      this.#uncorking = setImmediate(() => this.#uncork());
    }
    this.#corkedBytes += lengthBytes;
  }

  #uncork(): void {
    clearImmediate(this.#uncorking);
    this.#corkedBytes = 0;
    this.#stream.uncork();
  }

  #receive(data: RawData, isBinary: boolean): void {
    if (!isBinary) return this.#ignore("ignoredText");
    const verdict = this.#slot.receive(bytesOf(data));
    switch (verdict.type) {
      case "execute":
        this.#counters.requests++;
        void this.#execute(verdict.request);
        return;
      case "respond":
        this.#counters.repeats++;
        this.#socket.send(verdict.response);
        return;
      case "ignore":
        if (verdict.reason === "executing") this.#counters.repeats++;
        else this.#ignore(verdict.reason === "length" ? "ignoredLength" : "ignoredBusy");
    }
  }

  async #execute(request: Parameters<HubOptions["decide"]>[0]): Promise<void> {
    const principal = this.#visitor.renew();
    if (principal === undefined) return this.#endLogin();
    const outcome = await this.#options.decide(request, { principal, from: this.#visitor.from });
    this.#counters[`${outcome}s`]++;
    const response = this.#slot.settle(request.sequence, outcome);
    if (response) this.#respond(response);
  }

  #respond(response: Uint8Array): void {
    if (this.#socket.readyState !== this.#socket.OPEN) return;
    this.#cork(response.length);
    this.#socket.send(response);
  }

  #ignore(counter: "ignoredText" | "ignoredLength" | "ignoredBusy"): void {
    this.#counters[counter]++;
    if (this.#junk.take(this.#options.clock.monotonicMs())) return;
    if (this.#socket.readyState !== this.#socket.OPEN) return;
    this.#counters.closedAbusive++;
    this.#socket.close(CLOSE_POLICY, "too many frames that are no requests");
  }
}

function* inBatches(sections: Iterable<Section>, rev: number): Generator<Uint8Array> {
  for (const section of sections) yield* batchesOf(section, rev);
}

function bytesOf(data: RawData): Uint8Array {
  if (Array.isArray(data)) return Buffer.concat(data);
  return data instanceof ArrayBuffer ? new Uint8Array(data) : data;
}
