// SPDX-License-Identifier: MIT
import { parseIpv4 } from "@mauth/protocol/ipv4";
import { V1_CALLS_PER_PORT_MAX, V1Client } from "@mauth/protocol/rpc";
import { COMMAND } from "@mauth/protocol/v1";
import type { Clock } from "./clock.ts";

/** A command to the filter as the console speaks it: the paper's request in a binary frame. */
export interface SenderCommand {
  readonly command: keyof typeof COMMAND;
  readonly source: string;
  readonly group: string;
  /** Hops; ignored by a remove. */
  readonly maxTtl: number;
}

/**
 * How a command ended. `ack`: in force in the kernel of every mrouter concerned; `error`: refused, nothing changed;
 * `unknown`: no answer, it may or may not have happened; `not-sent`: it never left the browser.
 */
export type Outcome = "ack" | "error" | "unknown" | "not-sent";

/** Commands that may wait behind the outstanding one. */
export const QUEUE_MAX = 4096;

interface Call {
  readonly command: SenderCommand;
  readonly settle: (outcome: Outcome) => void;
}

/** One connection: a v1 client of its own, because sequence numbers belong to a peer. */
interface Line {
  readonly send: (bytes: Uint8Array) => void;
  firstSequence: number;
  client: V1Client;
}

/** Sends commands one at a time and in order over the connection of the moment. */
export class RpcQueue {
  readonly #clock: Clock;
  readonly #waiting: Call[] = [];
  #line: Line | null = null;
  #outstanding: Call | null = null;
  #cancelTimer: (() => void) | null = null;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** The connection is there. */
  open(send: (bytes: Uint8Array) => void): void {
    const firstSequence = Math.floor(this.#clock.random() * 256);
    this.#line = { send, firstSequence, client: new V1Client({ firstSequence }) };
  }

  /** The connection is gone: what was sent has an unknown outcome, what was not sent did not happen. */
  close(): void {
    this.#line = null;
    this.#settle("unknown");
    for (const call of this.#waiting.splice(0)) call.settle("not-sent");
  }

  /** Queues a command; the promise never rejects. */
  call(command: SenderCommand): Promise<Outcome> {
    if (this.#line === null || this.#waiting.length >= QUEUE_MAX) return Promise.resolve("not-sent");
    return new Promise((settle) => {
      this.#waiting.push({ command, settle });
      this.#next();
    });
  }

  /** Takes a binary frame; one that answers nothing is ignored. */
  receive(bytes: Uint8Array): void {
    const outcome = this.#line?.client.receive(bytes);
    if (outcome === undefined) return;
    this.#settle(outcome.state);
    this.#next();
  }

  #next(): void {
    while (this.#outstanding === null && this.#line !== null) {
      const call = this.#waiting.shift();
      if (call === undefined) return;
      const { command, source, group, maxTtl } = call.command;
      const [from, to] = [parseIpv4(source), parseIpv4(group)];
      if (from === undefined || to === undefined) {
        call.settle("not-sent");
        continue;
      }
      this.#outstanding = call;
      const line = this.#line;
      renewIfWorn(line);
      const request = { command: COMMAND[command], source: from, group: to, maxTtl };
      line.send(line.client.start(request, this.#clock.now()));
      this.#arm(line);
    }
  }

  #arm(line: Line): void {
    const deadlineMs = line.client.nextDeadlineMs;
    if (deadlineMs === undefined) return;
    this.#cancelTimer = this.#clock.after(Math.max(0, deadlineMs - this.#clock.now()), () => {
      const tick = line.client.tick(this.#clock.now());
      if (tick?.type === "outcome") {
        this.#settle(tick.outcome.state);
        this.#next();
        return;
      }
      if (tick?.type === "send") line.send(tick.bytes);
      this.#arm(line);
    });
  }

  #settle(outcome: Outcome): void {
    this.#cancelTimer?.();
    this.#cancelTimer = null;
    const call = this.#outstanding;
    this.#outstanding = null;
    call?.settle(outcome);
  }
}

/** A WebSocket neither reorders nor delays beyond its own life, so the numbers may simply go on where UDP needs a new port. */
function renewIfWorn(line: Line): void {
  if (!line.client.isPortWorn) return;
  line.firstSequence = (line.firstSequence + V1_CALLS_PER_PORT_MAX) & 0xff;
  line.client = new V1Client({ firstSequence: line.firstSequence });
}
