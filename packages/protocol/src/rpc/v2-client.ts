// SPDX-License-Identifier: MIT
import {
  decodeAnswer,
  decodeEvent,
  decodeFrame,
  decodeHelloAnswer,
  decodeNoSession,
  deriveHelloKey,
  deriveSessionKeys,
  encodeFrame,
  encodeHello,
  encodeRequestBody,
  isGenuine,
  MAC_LENGTH_BYTES,
  NONCE_LENGTH_BYTES,
  OP,
  PROTOCOL_VERSION,
  splitChanges,
  REPLACES_MAX,
  sign,
} from "../v2/index.ts";
import type { Frame, SessionKeys, Status, Summary, V2Crypto, V2Event, V2Request, V2Response } from "../v2/index.ts";
import { V2_OUTSTANDING_MAX } from "./key-counts.ts";
import { RequestQueue } from "./request-queue.ts";
import type { Queued } from "./request-queue.ts";
import { RoundTrip, V2_RTO_MS_INITIAL, V2_RTO_MS_MAX } from "./round-trip.ts";
import { SapReassembly } from "./sap-reassembly.ts";
import { WINDOW_MAX } from "./v2-session.ts";

/** How long a client sends a request again before its outcome is unknown. */
export const V2_HORIZON_MS = 6000;

/** Least time between two hints "no such session" that are followed. */
export const V2_HINT_MS_MIN = 1000;

/** Responses to later requests after which a request is sent again without waiting. */
const OVERTAKEN_MAX = 3;

/** What a v2 client needs from the program around it. */
export interface V2ClientOptions {
  readonly keyId: number;
  /** The pre-shared key; `NULL_KEY` with `NULL_KEY_ID`. */
  readonly key: Uint8Array;
  readonly crypto: V2Crypto;
  readonly random: (lengthBytes: number) => Uint8Array;
  /** The term of a mauthserver, from 1; 0 claims nothing and is never fenced off. Default 0. */
  readonly term?: number;
}

/**
 * How a request ended. `refused`: not executed. `unknown`: executed once, or not at all. `unsent`: certainly not executed.
 */
export type V2Outcome =
  | { readonly state: "answered"; readonly response: V2Response }
  | { readonly state: "refused"; readonly status: Exclude<Status, "ok">; readonly term: number }
  | { readonly state: "unknown" }
  | { readonly state: "unsent" };

/** What the server said of itself when a session began. */
export interface SessionInfo extends Summary {
  readonly bootEpoch: number;
  /** The highest term that the server has seen. */
  readonly term: number;
  readonly sendersMax: number;
  readonly version: number;
  /** Bits of `CAPABILITIES`. */
  readonly capabilities: number;
}

/** What a client asks of the program around it. */
export type V2Output =
  | { readonly type: "send"; readonly bytes: Uint8Array }
  | { readonly type: "outcome"; readonly handle: number; readonly outcome: V2Outcome }
  | { readonly type: "session"; readonly session: SessionInfo }
  /** Nothing was heard for `V2_HORIZON_MS`; the client goes on saying HELLO. */
  | { readonly type: "silent" }
  /** `nowMs`: the boot clock of the mrouter, in which the event's times are. */
  | { readonly type: "event"; readonly event: V2Event; readonly nowMs: number };

interface Outstanding extends Queued {
  readonly bytes: Uint8Array;
  readonly firstSentMs: number;
  sends: number;
  rtoMs: number;
  deadlineMs: number;
  /** Responses to later requests since it was sent. */
  overtaken: number;
}

interface Greeting {
  readonly nonce: Uint8Array;
  readonly bytes: Uint8Array;
  readonly sinceMs: number;
  rtoMs: number;
  deadlineMs: number;
}

interface OpenSession {
  readonly keys: SessionKeys;
  readonly bootEpoch: number;
  readonly reassembly: SapReassembly;
  /** Numbers of the last events, to drop copies. */
  readonly eventsSeen: Set<number>;
  lastSequence: number;
  lastEvent: number;
}

/** Speaks v2 to one mrouter. All times are on one clock of the caller that does not jump. */
export class V2Client {
  readonly counters = { sent: 0, retransmitted: 0, dropped: 0, hints: 0, events: 0, eventsMissed: 0 };
  readonly #options: V2ClientOptions;
  readonly #helloKey: Uint8Array;
  readonly #queue = new RequestQueue();
  /** By sequence number, ascending. */
  readonly #outstanding = new Map<number, Outstanding>();
  #roundTrip = new RoundTrip();
  #greeting: Greeting | undefined;
  #session: OpenSession | undefined;
  /** Sessions that the server may still know and that must die before the next one does anything. */
  #replaces: bigint[] = [];
  #lastHandle = 0;
  #lastHintMs = -Infinity;

  constructor(options: V2ClientOptions) {
    this.#options = options;
    this.#helloKey = deriveHelloKey(options.crypto, options.key);
  }

  get state(): "closed" | "connecting" | "open" {
    if (this.#greeting !== undefined) return "connecting";
    return this.#session === undefined ? "closed" : "open";
  }

  /** Requests not settled yet. */
  get pendingCount(): number {
    return this.#queue.length + this.#outstanding.size;
  }

  /** Whether `tick` would send a queued request. */
  get canSend(): boolean {
    const session = this.#session;
    if (session === undefined || this.#outstanding.size >= V2_OUTSTANDING_MAX) return false;
    const [oldest] = this.#outstanding.keys();
    if (oldest !== undefined && session.lastSequence + 1 >= oldest + WINDOW_MAX) return false;
    return this.#queue.peek() !== undefined;
  }

  /** When `tick` has something to do: 0 for at once, undefined for never. */
  get nextDeadlineMs(): number | undefined {
    if (this.canSend) return 0;
    if (this.#greeting !== undefined) return this.#greeting.deadlineMs;
    let deadlineMs: number | undefined;
    for (const call of this.#outstanding.values()) {
      const dueMs = Math.min(call.deadlineMs, call.firstSentMs + V2_HORIZON_MS);
      deadlineMs = Math.min(deadlineMs ?? dueMs, dueMs);
    }
    return deadlineMs;
  }

  /** Begins to open a session and goes on until `close`. */
  connect(nowMs: number): V2Output[] {
    return this.state === "closed" ? this.#greet(nowMs) : [];
  }

  /** Queues a request and returns its handle; `tick` sends it. Requests that touch the same (S,G) keep their order. */
  request(request: V2Request): number {
    if (request.op === "apply" && splitChanges(request.changes).length > 1)
      throw new RangeError(`${request.changes.length} changes do not fit into one APPLY`);
    this.#queue.push(++this.#lastHandle, request);
    return this.#lastHandle;
  }

  /** Takes one datagram of the server. */
  receive(bytes: Uint8Array, nowMs: number): V2Output[] {
    const hint = decodeNoSession(bytes);
    if (hint !== undefined) return this.#takeHint(hint.sessionId, hint.sequence, nowMs);
    const decoded = decodeFrame(bytes);
    const frame = decoded.ok ? decoded.value : undefined;
    if (frame?.kind === "response") return this.#receiveResponse(frame, nowMs);
    if (frame?.kind === "event") return this.#receiveEvent(frame);
    return this.#drop();
  }

  /** To be called at `nextDeadlineMs`. */
  tick(nowMs: number): V2Output[] {
    if (this.#greeting !== undefined) return this.#greetAgain(this.#greeting, nowMs);
    const outputs: V2Output[] = [];
    for (const call of this.#outstanding.values()) {
      if (nowMs >= call.firstSentMs + V2_HORIZON_MS) return [...outputs, ...this.#abandon(nowMs)];
      if (nowMs < call.deadlineMs) continue;
      call.rtoMs = Math.min(V2_RTO_MS_MAX, call.rtoMs * 2);
      outputs.push(this.#retransmit(call, nowMs));
    }
    return [...outputs, ...this.#sendQueued(nowMs)];
  }

  /** Ends everything: what is under way is unknown, what is queued is unsent. */
  close(): V2Output[] {
    const outputs = [...this.#forgetSession(), ...this.#failQueued()];
    this.#greeting = undefined;
    return outputs;
  }

  #greet(nowMs: number): V2Output[] {
    const { crypto, keyId, term = 0 } = this.#options;
    const nonce = this.#options.random(NONCE_LENGTH_BYTES);
    const header = { kind: "request", op: OP.hello, keyId, sessionId: 0n, term, sequence: 0, bootEpoch: 0 } as const;
    const body = encodeHello({ version: PROTOCOL_VERSION, nonce, replaces: this.#replaces });
    const bytes = encodeFrame(header, body, (signed) => sign(crypto, this.#helloKey, signed));
    const rtoMs = V2_RTO_MS_INITIAL;
    this.#greeting = { nonce, bytes, sinceMs: nowMs, rtoMs, deadlineMs: nowMs + rtoMs };
    return [this.#send(bytes)];
  }

  #greetAgain(greeting: Greeting, nowMs: number): V2Output[] {
    if (nowMs < greeting.deadlineMs) return [];
    if (nowMs >= greeting.sinceMs + V2_HORIZON_MS) {
      return [{ type: "silent" }, ...this.#failQueued(), ...this.#greet(nowMs)];
    }
    greeting.rtoMs = Math.min(V2_RTO_MS_MAX, greeting.rtoMs * 2);
    greeting.deadlineMs = nowMs + greeting.rtoMs;
    this.counters.retransmitted++;
    return [this.#send(greeting.bytes)];
  }

  #receiveResponse(frame: Frame, nowMs: number): V2Output[] {
    if (frame.op === OP.hello) return this.#receiveHelloAnswer(frame, nowMs);
    const session = this.#session;
    const call = this.#outstanding.get(frame.sequence);
    if (session === undefined || call === undefined || frame.sessionId !== session.keys.sessionId) return this.#drop();
    const requestMac = call.bytes.subarray(-MAC_LENGTH_BYTES);
    if (!isGenuine(this.#options.crypto, session.keys.serverToClient, frame, requestMac)) return this.#drop();
    const outcome = outcomeOf(call, frame);
    if (outcome === undefined) return this.#drop();
    this.#replaces = [];
    if (call.sends === 1) this.#roundTrip.measure(nowMs - call.firstSentMs);
    this.#outstanding.delete(frame.sequence);
    this.#queue.settle(call);
    const settled: V2Output = { type: "outcome", handle: call.handle, outcome };
    return [settled, ...this.#sendOvertaken(frame.sequence, nowMs), ...this.#sendQueued(nowMs)];
  }

  #receiveHelloAnswer(frame: Frame, nowMs: number): V2Output[] {
    const greeting = this.#greeting;
    if (greeting === undefined) return this.#drop();
    const { crypto, key } = this.#options;
    if (!isGenuine(crypto, this.#helloKey, frame, greeting.bytes.subarray(-MAC_LENGTH_BYTES))) return this.#drop();
    const answer = decodeHelloAnswer(frame.body);
    if (answer === undefined) return this.#drop();
    const keys = deriveSessionKeys(crypto, key, { client: greeting.nonce, server: answer.nonce });
    const outputs = this.#forgetSession();
    this.#greeting = undefined;
    this.#roundTrip = new RoundTrip();
    this.#session = {
      keys,
      bootEpoch: frame.bootEpoch,
      reassembly: new SapReassembly(),
      eventsSeen: new Set(),
      lastSequence: 0,
      lastEvent: 0,
    };
    const { version, capabilities, sendersMax, entryCount, rootDigest } = answer;
    const { bootEpoch, term } = frame;
    outputs.push({
      type: "session",
      session: { bootEpoch, term, version, capabilities, sendersMax, entryCount, rootDigest },
    });
    return [...outputs, ...this.#sendQueued(nowMs)];
  }

  #receiveEvent(frame: Frame): V2Output[] {
    const session = this.#session;
    if (session === undefined || frame.sessionId !== session.keys.sessionId) return this.#drop();
    if (!isGenuine(this.#options.crypto, session.keys.serverToClient, frame)) return this.#drop();
    if (!this.#noteEvent(session, frame.sequence)) return this.#drop();
    const payload = decodeEvent(frame.body);
    if (payload === undefined) return this.#drop();
    const event = payload.class === "sap" ? session.reassembly.take(payload) : payload;
    if (event === undefined) return [];
    this.counters.events++;
    return [{ type: "event", event, nowMs: payload.nowMs }];
  }

  /** Takes note of the number of an event; false when it was here before or is too old to tell. */
  #noteEvent(session: OpenSession, sequence: number): boolean {
    const { eventsSeen, lastEvent } = session;
    if (eventsSeen.has(sequence) || sequence <= lastEvent - WINDOW_MAX) return false;
    eventsSeen.add(sequence);
    if (sequence > lastEvent) {
      this.counters.eventsMissed += sequence - lastEvent - 1;
      session.lastEvent = sequence;
      for (const seen of eventsSeen) if (seen <= sequence - WINDOW_MAX) eventsSeen.delete(seen);
    } else {
      this.counters.eventsMissed--;
    }
    return true;
  }

  /** Anybody can say "no such session", so it is followed only when it fits, and rarely. */
  #takeHint(sessionId: bigint, sequence: number, nowMs: number): V2Output[] {
    const isFitting = sessionId === this.#session?.keys.sessionId && this.#outstanding.has(sequence);
    if (this.#greeting !== undefined || !isFitting || nowMs - this.#lastHintMs < V2_HINT_MS_MIN) return this.#drop();
    this.#lastHintMs = nowMs;
    this.counters.hints++;
    return this.#abandon(nowMs);
  }

  /** Gives the session up: its late datagrams must not act after those of the next one. */
  #abandon(nowMs: number): V2Output[] {
    return [...this.#forgetSession(), ...this.#greet(nowMs)];
  }

  #forgetSession(): V2Output[] {
    const outputs: V2Output[] = [];
    if (this.#session !== undefined) this.#replaces.push(this.#session.keys.sessionId);
    // The first one is confirmed, the last ones may have datagrams under way; between them there are only old hopes.
    if (this.#replaces.length > REPLACES_MAX) this.#replaces.splice(1, 1);
    this.#session = undefined;
    for (const call of this.#outstanding.values()) {
      this.#queue.settle(call);
      outputs.push({ type: "outcome", handle: call.handle, outcome: { state: "unknown" } });
    }
    this.#outstanding.clear();
    return outputs;
  }

  #failQueued(): V2Output[] {
    return this.#queue.clear().map(({ handle }) => ({ type: "outcome", handle, outcome: { state: "unsent" } }));
  }

  #sendQueued(nowMs: number): V2Output[] {
    const outputs: V2Output[] = [];
    while (this.canSend) {
      const queued = this.#queue.peek();
      if (queued === undefined || this.#session === undefined) break;
      this.#queue.shift();
      outputs.push(this.#sendFirst(queued, this.#session, nowMs));
    }
    return outputs;
  }

  #sendFirst(queued: Queued, session: OpenSession, nowMs: number): V2Output {
    const { crypto, keyId, term = 0 } = this.#options;
    const { sessionId, clientToServer } = session.keys;
    const sequence = ++session.lastSequence;
    const { bootEpoch } = session;
    const header = { kind: "request", op: OP[queued.request.op], keyId, sessionId, term, sequence, bootEpoch } as const;
    const body = encodeRequestBody(queued.request);
    const bytes = encodeFrame(header, body, (signed) => sign(crypto, clientToServer, signed));
    const { rtoMs } = this.#roundTrip;
    const times = { firstSentMs: nowMs, rtoMs, deadlineMs: nowMs + rtoMs };
    this.#outstanding.set(sequence, { ...queued, ...times, bytes, sends: 1, overtaken: 0 });
    return this.#send(bytes);
  }

  #sendOvertaken(answered: number, nowMs: number): V2Output[] {
    const outputs: V2Output[] = [];
    for (const [sequence, call] of this.#outstanding) {
      if (sequence > answered) break;
      if (++call.overtaken === OVERTAKEN_MAX && call.sends === 1) outputs.push(this.#retransmit(call, nowMs));
    }
    return outputs;
  }

  #retransmit(call: Outstanding, nowMs: number): V2Output {
    call.sends++;
    call.deadlineMs = nowMs + call.rtoMs;
    this.counters.retransmitted++;
    return this.#send(call.bytes);
  }

  #send(bytes: Uint8Array): V2Output {
    this.counters.sent++;
    return { type: "send", bytes };
  }

  #drop(): [] {
    this.counters.dropped++;
    return [];
  }
}

function outcomeOf(call: Outstanding, frame: Frame): V2Outcome | undefined {
  if (frame.op !== OP[call.request.op]) return undefined;
  const decoded = decodeAnswer(call.request, frame.body);
  if (decoded === undefined) return undefined;
  const { bootEpoch, term } = frame;
  if (decoded.status !== "ok") return { state: "refused", status: decoded.status, term };
  return { state: "answered", response: { ...decoded.answer, ...decoded.summary, bootEpoch, term } };
}
