// SPDX-License-Identifier: MIT
import { decodeResponse, encodeRequest } from "../v1/index.ts";
import type { Request } from "../v1/index.ts";
import { V1_CALLS_PER_PORT_LIMIT, V1_CALLS_PER_PORT_MAX, V1_RTO_MS, V1_SENDS_MAX } from "./v1-timing.ts";

/** What a call asks; the client chooses the sequence number. */
export type V1Call = Omit<Request, "sequence">;

/**
 * How a call ended. `unknown` after 6.2 s without a response: it may have been executed or not; read the state again, or
 * issue a new call.
 */
export interface V1Outcome {
  readonly state: "ack" | "error" | "unknown";
}

interface Outstanding {
  readonly sequence: number;
  readonly bytes: Uint8Array;
  sends: number;
  deadlineMs: number;
}

/** What `tick` asks of the caller: send these bytes again, or accept the outcome. */
export type V1Tick =
  | { readonly type: "send"; readonly bytes: Uint8Array }
  | { readonly type: "outcome"; readonly outcome: V1Outcome };

/**
 * One call at a time over one connected UDP socket. Make a new client with a new socket for every process and when
 * `isPortWorn`, never because a call is unknown; a port must then rest for `V1_SLOT_LIFETIME_MS`.
 */
export class V1Client {
  #sequence: number;
  #calls = 0;
  #outstanding: Outstanding | undefined;
  #isLastUnknown = false;

  /** `firstSequence`: 0 to 255, drawn at random. */
  constructor(options: { readonly firstSequence: number }) {
    this.#sequence = options.firstSequence;
  }

  get isBusy(): boolean {
    return this.#outstanding !== undefined;
  }

  /**
   * Tells whether it is time for another port. One whose last call is unknown is kept, because only a later call on the same
   * port makes a late copy stale, unless that copy is long out of the network.
   */
  get isPortWorn(): boolean {
    return this.#calls >= (this.#isLastUnknown ? V1_CALLS_PER_PORT_LIMIT : V1_CALLS_PER_PORT_MAX);
  }

  /** When `tick` has something to do; undefined while no call is outstanding. */
  get nextDeadlineMs(): number | undefined {
    return this.#outstanding?.deadlineMs;
  }

  /** Begins a call and returns the datagram to send; throws when one is outstanding or the port is worn. */
  start(call: V1Call, nowMs: number): Uint8Array {
    if (this.isBusy) throw new Error("a v1 client makes one call at a time");
    if (this.isPortWorn) throw new Error("this v1 port is worn: open another one");
    this.#calls++;
    const sequence = this.#sequence;
    this.#sequence = (sequence + 1) & 0xff;
    const bytes = encodeRequest({ ...call, sequence });
    this.#outstanding = { sequence, bytes, sends: 1, deadlineMs: nowMs + V1_RTO_MS };
    return bytes;
  }

  /** Takes a datagram from the server; returns the outcome when it is the response to the outstanding call. */
  receive(bytes: Uint8Array): V1Outcome | undefined {
    const decoded = decodeResponse(bytes);
    if (!decoded.ok || decoded.value.sequence !== this.#outstanding?.sequence) return undefined;
    this.#outstanding = undefined;
    this.#isLastUnknown = false;
    return { state: decoded.value.type };
  }

  /** To be called at `nextDeadlineMs`; however late the call comes, nothing is sent after the horizon. */
  tick(nowMs: number): V1Tick | undefined {
    const call = this.#outstanding;
    if (call === undefined || nowMs < call.deadlineMs) return undefined;
    while (call.deadlineMs <= nowMs && call.sends < V1_SENDS_MAX) {
      call.deadlineMs += V1_RTO_MS * 2 ** call.sends;
      call.sends++;
    }
    if (nowMs < call.deadlineMs) return { type: "send", bytes: call.bytes };
    this.#outstanding = undefined;
    this.#isLastUnknown = true;
    return { type: "outcome", outcome: { state: "unknown" } };
  }
}
