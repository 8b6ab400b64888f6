// SPDX-License-Identifier: MIT
import { randomInt } from "node:crypto";
import { V1Client } from "@mauth/protocol/rpc";
import type { V1Call, V1Outcome } from "@mauth/protocol/rpc";
import type { Clock } from "../clock.ts";
import { UdpSocket } from "./udp-socket.ts";
import type { Endpoint } from "./udp-socket.ts";

/** A call without an answer is given up after this time; its outcome is settled by the next one on the same port. */
export const GIVE_UP_MS = 1000;
/** Time to wait after a host name could not be resolved. */
const RESOLVE_RETRY_MS = 1000;

interface Port {
  readonly client: V1Client;
  readonly socket: UdpSocket;
}

/** Makes v1 calls to one mrouter, one at a time, from a new port for every process and after each 100 calls. */
export class V1Port {
  readonly #endpoint: Endpoint;
  readonly #clock: Clock;
  #port: Port | undefined;
  #isClosed = false;
  #settle: ((outcome: V1Outcome["state"]) => void) | undefined;
  readonly counters = { calls: 0, acks: 0, errors: 0, unknowns: 0, retransmissions: 0, ports: 0, unresolved: 0 };

  constructor(endpoint: Endpoint, clock: Clock) {
    this.#endpoint = endpoint;
    this.#clock = clock;
  }

  /** Makes a call; never rejects. */
  async call(call: V1Call): Promise<V1Outcome["state"]> {
    const port = await this.#open();
    if (!port || this.#isClosed) return "unknown";
    this.counters.calls++;
    const settled = new Promise<V1Outcome["state"]>((resolve) => (this.#settle = resolve));
    const startedAtMs = this.#clock.monotonicMs();
    port.socket.send(port.client.start(call, startedAtMs));
    const timer = this.#retransmit(port, startedAtMs + GIVE_UP_MS);
    const outcome = await settled;
    timer.stop();
    this.#settle = undefined;
    this.counters[`${outcome}s`]++;
    return outcome;
  }

  close(): void {
    this.#isClosed = true;
    this.#settle?.("unknown");
    this.#port?.socket.close();
    this.#port = undefined;
  }

  async #open(): Promise<Port | undefined> {
    if (this.#port && !this.#port.client.isPortWorn) return this.#port;
    this.#port?.socket.close();
    this.#port = undefined;
    const client = new V1Client({ firstSequence: randomInt(256) });
    try {
      const socket = await UdpSocket.connect(this.#endpoint, {
        onDatagram: (bytes) => this.#receive(client, bytes),
        onError: () => this.#giveUp(client),
      });
      this.counters.ports++;
      if (this.#isClosed) socket.close();
      this.#port = { client, socket };
      return this.#port;
    } catch {
      // A name that does not resolve is silence like any other, and may resolve later.
      this.counters.unresolved++;
      await new Promise((resolve) => setTimeout(resolve, RESOLVE_RETRY_MS));
      return undefined;
    }
  }

  #receive(client: V1Client, bytes: Uint8Array): void {
    const outcome = client.receive(bytes);
    if (outcome) this.#settle?.(outcome.state);
  }

  /** Ends the call now; the client numbers the next one after it, so that this one cannot act after that one. */
  #giveUp(client: V1Client): void {
    const step = client.tick(Number.POSITIVE_INFINITY);
    if (step?.type === "outcome") this.#settle?.(step.outcome.state);
  }

  #retransmit({ client, socket }: Port, giveUpAtMs: number): { stop(): void } {
    let timer: NodeJS.Timeout;
    const tick = () => {
      const nowMs = this.#clock.monotonicMs();
      if (nowMs >= giveUpAtMs) return this.#giveUp(client);
      const step = client.tick(nowMs);
      if (step?.type === "send") {
        this.counters.retransmissions++;
        socket.send(step.bytes);
      }
      arm();
    };
    const arm = () => {
      const atMs = Math.min(client.nextDeadlineMs ?? giveUpAtMs, giveUpAtMs);
      timer = setTimeout(tick, Math.max(0, atMs - this.#clock.monotonicMs()));
    };
    arm();
    return { stop: () => clearTimeout(timer) };
  }
}
