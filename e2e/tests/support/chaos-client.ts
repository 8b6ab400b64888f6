// SPDX-License-Identifier: MIT
import { WebSocket } from "ws";
import { ADD, REMOVE, v1Bytes } from "../../lab/v1.ts";

/** How a call ended as far as its caller knows. */
export type CallEnd = "ack" | "error" | "unknown";

/** Calls of one connection at a time; the server takes 64. */
export const CALLS_MAX = 60;
/** The server gives up after 10 s and then says nothing. */
const UNKNOWN_AFTER_MS = 15_000;
const RECONNECT_MS = 100;

interface Waiting {
  readonly resolve: (end: CallEnd) => void;
  readonly timer: NodeJS.Timeout;
}

/** Makes v1 calls over a WebSocket, many at a time, and connects again when the server is killed. */
export class ChaosClient {
  readonly #url: string;
  #socket: WebSocket | undefined;
  #sequence = 0;
  readonly #waiting = new Map<number, Waiting>();
  #isClosed = false;

  /** `url`: of a Unix socket as ws+unix:PATH:/ws. */
  constructor(url: string) {
    this.#url = url;
  }

  /** Permits with a TTL, or revokes with 0. Resolves to unknown when there is no connection to be had an answer from. */
  async call(source: string, group: string, maxTtl: number): Promise<CallEnd> {
    const socket = await this.#connected();
    if (socket === undefined) return "unknown";
    const sequence = this.#nextSequence();
    const command = maxTtl === 0 ? REMOVE : ADD;
    return new Promise((resolve) => {
      const timer = setTimeout(() => this.#settle(sequence, "unknown"), UNKNOWN_AFTER_MS);
      this.#waiting.set(sequence, { resolve, timer });
      socket.send(v1Bytes({ sequence, command, source, group, maxTtl }));
    });
  }

  close(): void {
    this.#isClosed = true;
    this.#socket?.terminate();
  }

  #connecting: Promise<WebSocket | undefined> | undefined;

  async #connected(): Promise<WebSocket | undefined> {
    if (this.#socket?.readyState === WebSocket.OPEN) return this.#socket;
    this.#connecting ??= this.#connect().finally(() => (this.#connecting = undefined));
    return this.#connecting;
  }

  async #connect(): Promise<WebSocket | undefined> {
    while (!this.#isClosed) {
      const headers = this.#url.startsWith("ws+unix:") ? { host: "localhost" } : {};
      const socket = new WebSocket(this.#url, { perMessageDeflate: false, headers });
      socket.on("error", () => undefined);
      const isOpen = await new Promise<boolean>((resolve) => {
        socket.once("open", () => resolve(true));
        socket.once("close", () => resolve(false));
      });
      if (isOpen) {
        this.#socket = socket;
        socket.on("message", (data: Buffer, isBinary: boolean) => {
          if (isBinary) this.#settle(data[1] ?? 0, data[0] === 0 ? "ack" : "error");
        });
        socket.once("close", () => this.#loseAll());
        return socket;
      }
      await new Promise((resolve) => setTimeout(resolve, RECONNECT_MS));
    }
    return undefined;
  }

  /** A call that nobody answers keeps its number for 15 s, in which the others go round. */
  #nextSequence(): number {
    for (let step = 1; step < 128; step++) {
      const sequence = (this.#sequence + step) & 0xff;
      if (this.#waiting.has(sequence)) continue;
      this.#sequence = sequence;
      return sequence;
    }
    throw new Error("more calls at a time than there are numbers");
  }

  #settle(sequence: number, end: CallEnd): void {
    const waiting = this.#waiting.get(sequence);
    if (waiting === undefined) return;
    this.#waiting.delete(sequence);
    clearTimeout(waiting.timer);
    waiting.resolve(end);
  }

  #loseAll(): void {
    for (const sequence of this.#waiting.keys()) this.#settle(sequence, "unknown");
  }
}
