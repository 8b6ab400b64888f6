// SPDX-License-Identifier: MIT
import { nodeCrypto } from "../../src/node-crypto.ts";
import { MemoryTerm, V2Caller, V2Server } from "../../src/rpc/index.ts";
import type { Datagram, Peer, SessionInfo, V2ClientOptions, V2ServerOptions } from "../../src/rpc/index.ts";
import type { V2Event } from "../../src/v2/index.ts";
import { MemoryTable } from "./memory-table.ts";

/** The pre-shared key of key id 7 in tests: 00 01 02 ... 1f. */
export const KEY = Uint8Array.from({ length: 32 }, (_, index) => index);
export const KEY_ID = 7;

/** Random bytes that are the same in every run: each call gives the next byte, repeated. */
export function counting(): (lengthBytes: number) => Uint8Array {
  let calls = 0;
  return (lengthBytes) => new Uint8Array(lengthBytes).fill(++calls);
}

/** A server over a table in memory. */
export function makeServer(options: Partial<V2ServerOptions<Peer>> = {}) {
  const table = new MemoryTable();
  const server = new V2Server<Peer>({
    keys: new Map([[KEY_ID, KEY]]),
    crypto: nodeCrypto,
    random: counting(),
    bootEpoch: 1000,
    termMemory: new MemoryTerm(),
    table,
    ...options,
  });
  return { server, table };
}

const PEER = { address: "192.0.2.9", port: 40_000 };

/** A client and a server on a network without loss and delay, whose datagrams a test may look at or swallow. */
export class V2Pair {
  readonly server: V2Server<Peer>;
  readonly table: MemoryTable;
  readonly caller: V2Caller;
  readonly sessions: SessionInfo[] = [];
  readonly events: V2Event[] = [];
  readonly toServer: Uint8Array[] = [];
  readonly toClient: Uint8Array[] = [];
  silentCount = 0;
  nowMs = 0;
  /** Swallows datagrams in either direction. */
  isCut = false;
  readonly #queue: (() => void)[] = [];

  constructor(options: { server?: Partial<V2ServerOptions<Peer>>; client?: Partial<V2ClientOptions> } = {}) {
    const { server, table } = makeServer(options.server);
    this.server = server;
    this.table = table;
    const client = { keyId: KEY_ID, key: KEY, crypto: nodeCrypto, random: counting(), ...options.client };
    this.caller = new V2Caller(client, {
      send: (bytes) => this.#toServer(bytes),
      onSession: (session) => this.sessions.push(session),
      onEvent: (event) => this.events.push(event),
      onSilent: () => this.silentCount++,
    });
  }

  /** Delivers what is under way and sends what is due, until nothing is. */
  settle(): void {
    this.caller.tick(this.nowMs);
    for (let next = this.#queue.shift(); next !== undefined; next = this.#queue.shift()) next();
  }

  /** Lets the time pass, with all timers in it. */
  advance(durationMs: number): void {
    const endMs = this.nowMs + durationMs;
    for (;;) {
      this.settle();
      const dueMs = this.caller.client.nextDeadlineMs;
      if (dueMs === undefined || dueMs > endMs) break;
      this.nowMs = Math.max(this.nowMs, dueMs);
    }
    this.nowMs = endMs;
    this.settle();
  }

  /** Sends what the server published. */
  deliver(datagrams: readonly Datagram<Peer>[]): void {
    for (const { bytes } of datagrams) this.#toClient(bytes);
    this.settle();
  }

  /** Opens a session. */
  open(): this {
    this.caller.connect(this.nowMs);
    this.settle();
    return this;
  }

  /** A call that is delivered at once. */
  readonly call: V2Caller["call"] = (request) => {
    const response = this.caller.call(request);
    this.settle();
    return response;
  };

  #toServer(bytes: Uint8Array): void {
    this.toServer.push(bytes);
    if (this.isCut) return;
    this.#queue.push(() => {
      for (const answer of this.server.receive(PEER, bytes, this.nowMs)) this.#toClient(answer.bytes);
    });
  }

  #toClient(bytes: Uint8Array): void {
    this.toClient.push(bytes);
    if (!this.isCut) this.#queue.push(() => this.caller.receive(bytes, this.nowMs));
  }
}
