// SPDX-License-Identifier: MIT
import type { V2Event, V2Request, V2Response } from "../v2/index.ts";
import { V2Client } from "./v2-client.ts";
import type { SessionInfo, V2ClientOptions, V2Outcome, V2Output } from "./v2-client.ts";

/** A request of one operation. */
export type RequestOf<Op extends V2Request["op"]> = Extract<V2Request, { op: Op }>;

/** The response to a request of one operation. */
export type ResponseOf<Op extends V2Request["op"]> = Extract<V2Response, { op: Op }>;

/** Makes one request and waits for its response; rejects with a `V2CallError`. */
export type V2Call = <Op extends V2Request["op"]>(request: RequestOf<Op>) => Promise<ResponseOf<Op>>;

/** Thrown when a request had no response that says it was carried out. */
export class V2CallError extends Error {
  override readonly name = "V2CallError";
  readonly outcome: Exclude<V2Outcome, { state: "answered" }>;

  constructor(op: string, outcome: Exclude<V2Outcome, { state: "answered" }>) {
    super(`${op}: ${outcome.state === "refused" ? outcome.status : outcome.state}`);
    this.outcome = outcome;
  }
}

/** What a caller tells the program around it. */
export interface V2CallerHandlers {
  readonly send: (bytes: Uint8Array) => void;
  /** The clock of the caller; with it, a call is sent at once and not by the next `tick`. */
  readonly nowMs?: () => number;
  readonly onSession?: (session: SessionInfo) => void;
  /** Nothing was heard for `V2_HORIZON_MS`. */
  readonly onSilent?: () => void;
  /** `nowMs`: the boot clock of the mrouter. */
  readonly onEvent?: (event: V2Event, nowMs: number) => void;
  /** `nextDeadlineMs` may have changed: set the timer again. */
  readonly onDeadline?: () => void;
}

interface Waiting {
  readonly op: string;
  readonly resolve: (response: never) => void;
  readonly reject: (error: V2CallError) => void;
}

/** A `V2Client` whose requests are promises; its owner brings socket and timer. */
export class V2Caller {
  readonly client: V2Client;
  readonly #handlers: V2CallerHandlers;
  readonly #waiting = new Map<number, Waiting>();

  constructor(options: V2ClientOptions, handlers: V2CallerHandlers) {
    this.client = new V2Client(options);
    this.#handlers = handlers;
  }

  readonly call: V2Call = (request) => {
    const handle = this.client.request(request);
    const response = new Promise<ResponseOf<typeof request.op>>((resolve, reject) => {
      this.#waiting.set(handle, { op: request.op, resolve, reject });
    });
    // While it has to wait its turn, nothing is due earlier than before.
    if (this.client.canSend) this.#sendNow();
    return response;
  };

  connect(nowMs: number): void {
    this.#take(this.client.connect(nowMs));
  }

  receive(bytes: Uint8Array, nowMs: number): void {
    this.#take(this.client.receive(bytes, nowMs));
  }

  /** To be called when `client.nextDeadlineMs` has come. */
  tick(nowMs: number): void {
    this.#take(this.client.tick(nowMs));
  }

  close(): void {
    this.#take(this.client.close());
  }

  #sendNow(): void {
    if (this.#handlers.nowMs === undefined) this.#handlers.onDeadline?.();
    else this.tick(this.#handlers.nowMs());
  }

  #take(outputs: readonly V2Output[]): void {
    for (const output of outputs) this.#takeOne(output);
    this.#handlers.onDeadline?.();
  }

  #takeOne(output: V2Output): void {
    switch (output.type) {
      case "send":
        this.#handlers.send(output.bytes);
        break;
      case "session":
        this.#handlers.onSession?.(output.session);
        break;
      case "silent":
        this.#handlers.onSilent?.();
        break;
      case "event":
        this.#handlers.onEvent?.(output.event, output.nowMs);
        break;
      case "outcome":
        this.#settle(output.handle, output.outcome);
        break;
    }
  }

  #settle(handle: number, outcome: V2Outcome): void {
    const waiting = this.#waiting.get(handle);
    if (waiting === undefined) return;
    this.#waiting.delete(handle);
    // The client decodes a response by the operation of its request, so the two belong together.
    if (outcome.state === "answered") waiting.resolve(outcome.response as never);
    else waiting.reject(new V2CallError(waiting.op, outcome));
  }
}
