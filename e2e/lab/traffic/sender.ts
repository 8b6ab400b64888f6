// SPDX-License-Identifier: MIT
import { Tool } from "./tool.ts";

export const DEFAULT_PORT = 5004;
const DEFAULT_TTL_HOPS = 16;
const DEFAULT_RATE = 100;
/** RTP-like. */
const DEFAULT_LENGTH_BYTES = 200;

export interface SendOptions {
  readonly source: string;
  readonly group: string;
  readonly port?: number;
  readonly ttl?: number;
  readonly packetsPerSecond?: number;
  /** Without it the sender goes on until it is stopped. */
  readonly count?: number;
  readonly lengthBytes?: number;
}

/** A host that sends numbered datagrams to a group from a real UDP socket. */
export class Sender {
  readonly #tool: Tool;
  #sent = 0;
  #waiting: Array<(sent: number) => void> = [];

  constructor(namespace: string, options: SendOptions) {
    const { source, group, port = DEFAULT_PORT, ttl = DEFAULT_TTL_HOPS } = options;
    const { packetsPerSecond = DEFAULT_RATE, count = 0, lengthBytes = DEFAULT_LENGTH_BYTES } = options;
    const args = [source, group, port, ttl, packetsPerSecond, count, lengthBytes].map(String);
    this.#tool = new Tool({ namespace, program: "send", args, onLine: (line) => this.#read(line) });
  }

  /** How many datagrams the kernel has accepted so far. */
  async sent(): Promise<number> {
    const answer = new Promise<number>((resolve) => this.#waiting.push(resolve));
    this.#tool.write("");
    return Promise.race([answer, this.finished()]);
  }

  /** Waits until `count` datagrams are sent or the sender is stopped; returns how many were. */
  async finished(): Promise<number> {
    await this.#tool.ended;
    if (this.#tool.failure) throw this.#tool.failure;
    return this.#sent;
  }

  /** Stops it and returns how many datagrams were sent in all. */
  async stop(): Promise<number> {
    await this.#tool.stop();
    return this.finished();
  }

  #read(line: string): void {
    this.#sent = (JSON.parse(line) as { sent: number }).sent;
    this.#waiting.shift()?.(this.#sent);
  }
}
