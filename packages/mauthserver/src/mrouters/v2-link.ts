// SPDX-License-Identifier: MIT
import { nodeCrypto, nodeRandom } from "@mauth/protocol/node-crypto";
import { V2Caller } from "@mauth/protocol/rpc";
import type { SessionInfo, V2Call } from "@mauth/protocol/rpc";
import type { V2Event } from "@mauth/protocol/v2";
import { COMMAND, encodeRequest, RESPONSE_LENGTH_BYTES } from "@mauth/protocol/v1";
import type { Clock } from "../clock.ts";
import type { SharedKey } from "./key-file.ts";
import { UdpSocket } from "./udp-socket.ts";
import type { Endpoint } from "./udp-socket.ts";

/** Time to wait after a host name could not be resolved. */
const RESOLVE_RETRY_MS = 1000;

/** A request of the paper that is never valid: whoever answers it is there, and nothing changes. */
const PROBE = encodeRequest({ sequence: 0, command: COMMAND.add, source: 0, group: 0, maxTtl: 0 });

export interface V2LinkOptions {
  readonly endpoint: Endpoint;
  readonly key: SharedKey;
  /** The fencing term; 0 for one who only looks. */
  readonly term: number;
  readonly clock: Clock;
  onSession(session: SessionInfo): void;
  /** `nowMs`: the boot clock of the mrouter. */
  onEvent(event: V2Event, nowMs: number): void;
}

/** Speaks v2 to one mrouter over one socket. */
export class V2Link {
  readonly #options: V2LinkOptions;
  readonly #caller: V2Caller;
  #socket: UdpSocket | undefined;
  #timer: NodeJS.Timeout | undefined;
  #isTickQueued = false;
  #isStopped = false;
  #answersV1Only = false;

  constructor(options: V2LinkOptions) {
    this.#options = options;
    const { keyId, key } = options.key;
    this.#caller = new V2Caller(
      { keyId, key, crypto: nodeCrypto, random: nodeRandom, term: options.term },
      {
        send: (bytes) => this.#socket?.send(bytes),
        onSession: (session) => {
          this.#answersV1Only = false;
          options.onSession(session);
        },
        onSilent: () => this.#socket?.send(PROBE),
        onEvent: (event, nowMs) => options.onEvent(event, nowMs),
        onDeadline: () => this.#arm(),
      },
    );
  }

  /** Makes a request; rejects with V2CallError. */
  get call(): V2Call {
    return this.#caller.call;
  }

  /** Tells whether it answered a request of the paper when it was silent to ours. */
  get answersV1Only(): boolean {
    return this.#answersV1Only;
  }

  get counters(): Readonly<Record<string, number>> {
    return this.#caller.client.counters;
  }

  start(): void {
    void this.#connect();
  }

  /** Ends everything; what is under way is unknown. */
  stop(): void {
    this.#isStopped = true;
    this.#caller.close();
    clearTimeout(this.#timer);
    this.#socket?.close();
    this.#socket = undefined;
  }

  async #connect(): Promise<void> {
    const { endpoint, clock } = this.#options;
    try {
      const onDatagram = (bytes: Uint8Array) => {
        if (bytes.length === RESPONSE_LENGTH_BYTES) this.#answersV1Only = this.#caller.client.state !== "open";
        else if (!this.#isStopped) this.#caller.receive(bytes, clock.monotonicMs());
      };
      const socket = await UdpSocket.connect(endpoint, { onDatagram });
      if (this.#isStopped) return socket.close();
      this.#socket = socket;
      this.#caller.connect(clock.monotonicMs());
    } catch {
      // A name that does not resolve is silence like any other, and may resolve later.
      if (!this.#isStopped) this.#timer = setTimeout(() => this.start(), RESOLVE_RETRY_MS);
    }
  }

  #arm(): void {
    const deadlineMs = this.#caller.client.nextDeadlineMs;
    if (this.#isStopped || !this.#socket || deadlineMs === undefined) return;
    const inMs = deadlineMs - this.#options.clock.monotonicMs();
    if (inMs <= 0) return this.#tickSoon();
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#tick(), inMs);
  }

  /** A timer would add a millisecond to every call. */
  #tickSoon(): void {
    if (this.#isTickQueued) return;
    this.#isTickQueued = true;
    queueMicrotask(() => {
      this.#isTickQueued = false;
      this.#tick();
    });
  }

  #tick(): void {
    if (!this.#isStopped) this.#caller.tick(this.#options.clock.monotonicMs());
  }
}
