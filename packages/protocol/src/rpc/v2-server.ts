// SPDX-License-Identifier: MIT
import {
  CAPABILITIES_ALL,
  decodeFrame,
  decodeHello,
  decodeRequestBody,
  deriveSessionKeys,
  encodeAnswer,
  encodeEvent,
  encodeFrame,
  encodeHelloAnswer,
  encodeNoSession,
  encodeStatusBody,
  fragmentSap,
  isGenuine,
  NONCE_LENGTH_BYTES,
  NULL_KEY,
  NULL_KEY_ID,
  OP,
  PROTOCOL_VERSION,
  sign,
} from "../v2/index.ts";
import type {
  Change,
  EventClass,
  EventPayload,
  Frame,
  StatsRequest,
  SubscribeRequest,
  V2Crypto,
  V2Event,
} from "../v2/index.ts";
import { RateLimit } from "./rate-limit.ts";
import { SessionRegistry } from "./session-registry.ts";
import { V2Operations } from "./v2-operations.ts";
import { V2Session } from "./v2-session.ts";
import type { Peer, Subscription } from "./v2-session.ts";
import { V2_LIMITS } from "./v2-table.ts";
import type { SenderTable, TermMemory, V2Limits } from "./v2-table.ts";

/** What a v2 server needs from the daemon around it. */
export interface V2ServerOptions<P extends Peer> {
  /** Pre-shared keys of 32 bytes by key id; id 0 is the null key and must not be among them. */
  readonly keys: ReadonlyMap<number, Uint8Array>;
  readonly crypto: V2Crypto;
  readonly random: (lengthBytes: number) => Uint8Array;
  /** Another one at every start, 1 to 2^53 - 1. */
  readonly bootEpoch: number;
  readonly termMemory: TermMemory;
  readonly table: SenderTable;
  /** Tells whether the address of a peer is proof enough of who it is; nobody's when absent. */
  readonly allowNullKey?: (peer: P) => boolean;
  readonly limits?: Partial<V2Limits>;
}

/** A datagram to send. */
export interface Datagram<P extends Peer> {
  readonly peer: P;
  readonly bytes: Uint8Array;
}

const COUNTERS = {
  received: 0,
  /** Requests answered for the first time, whatever the status. */
  answered: 0,
  /** Retransmissions answered from the window. */
  repeated: 0,
  /** Retransmissions of what waits for its answer, and requests that found no room to wait. */
  waiting: 0,
  hellos: 0,
  staleTerm: 0,
  malformed: 0,
  unsupported: 0,
  events: 0,
  /** Events that a subscriber's rate did not allow, and SAP datagrams too long to relay. */
  droppedEvents: 0,
  droppedLength: 0,
  droppedMagic: 0,
  droppedFlags: 0,
  droppedNumber: 0,
  droppedKey: 0,
  droppedNullKey: 0,
  droppedMac: 0,
  droppedHello: 0,
  droppedSession: 0,
  /** Older than the window. */
  droppedOld: 0,
  /** A number in the window with another frame, or the same frame from another address. */
  droppedReplay: 0,
};
const DROPS = {
  length: "droppedLength",
  magic: "droppedMagic",
  flags: "droppedFlags",
  number: "droppedNumber",
  old: "droppedOld",
  replayed: "droppedReplay",
} as const;

/** A request that rows are being read for. */
interface Waiting<P extends Peer> {
  readonly session: V2Session<P>;
  readonly frame: Frame;
  readonly peer: P;
  readonly request: StatsRequest;
  /** The number of the reading. */
  readonly reading: number;
}

/** What became of the datagrams; every class of drop has its counter. */
export type V2Counters = typeof COUNTERS;

/** Serves the authenticated protocol (SPEC, V2). All times are on the boot clock. */
export class V2Server<P extends Peer> {
  readonly counters: V2Counters = { ...COUNTERS };
  readonly #options: V2ServerOptions<P>;
  readonly #limits: V2Limits;
  readonly #operations: V2Operations;
  #registries = new Map<number, SessionRegistry<P>>();
  #term: number;
  #noSessionRate: RateLimit | undefined;
  #waiting: Waiting<P>[] = [];

  constructor(options: V2ServerOptions<P>) {
    this.#options = options;
    this.#limits = { ...V2_LIMITS, ...options.limits };
    this.#operations = new V2Operations(options.table, this.#limits);
    this.#term = options.termMemory.load();
    this.setKeys(options.keys);
  }

  /** The highest term seen. */
  get term(): number {
    return this.#term;
  }

  get sessionCount(): number {
    let count = 0;
    for (const registry of this.#registries.values()) count += registry.liveCount;
    return count;
  }

  /** Whether `work` has something to do. */
  get hasWork(): boolean {
    return this.#operations.isReading || this.#waiting.length > 0;
  }

  /** How often the kernel held other senders than the server had put there; every `digestAgeMsMax` it looks. */
  get driftCount(): number {
    return this.#operations.driftCount;
  }

  /** Takes another set of keys; the sessions of keys that stay the same go on. */
  setKeys(keys: ReadonlyMap<number, Uint8Array>): void {
    const registries = new Map<number, SessionRegistry<P>>();
    for (const [id, secret] of [...keys, [NULL_KEY_ID, NULL_KEY] as const]) {
      const before = this.#registries.get(id);
      const isSame = before !== undefined && this.#options.crypto.isEqual(before.secret, secret);
      registries.set(id, isSame ? before : new SessionRegistry(secret, this.#options.crypto, this.#limits));
    }
    this.#registries = registries;
  }

  /** Takes note of a change that reached the filter on another way than v2. */
  noteChange(change: Change): void {
    this.#operations.noteChange(change);
  }

  /** Takes one datagram; returns the datagrams to send. */
  receive(peer: P, bytes: Uint8Array, nowMs: number): Datagram<P>[] {
    this.counters.received++;
    const decoded = decodeFrame(bytes);
    if (!decoded.ok) return this.#drop(DROPS[decoded.reason]);
    const frame = decoded.value;
    if (frame.kind !== "request") return this.#drop("droppedFlags");
    const registry = this.#registries.get(frame.keyId);
    if (registry === undefined) return this.#drop("droppedKey");
    if (frame.keyId === NULL_KEY_ID && this.#options.allowNullKey?.(peer) !== true) return this.#drop("droppedNullKey");
    const answer =
      frame.op === OP.hello
        ? this.#receiveHello(registry, frame, nowMs)
        : this.#receiveRequest(registry, frame, peer, nowMs);
    return answer === undefined ? [] : [{ peer, bytes: answer }];
  }

  /** Reads some rows for those who wait for them, which takes a few ms; returns the answers that are ready. To be called again and again while there `hasWork`. */
  work(nowMs: number): Datagram<P>[] {
    this.#operations.step();
    const waiting = this.#waiting;
    this.#waiting = [];
    return waiting.flatMap((one) => {
      const body = this.#answerStats(one, nowMs);
      if (body === undefined) return [];
      return [{ peer: one.peer, bytes: this.#respond(one.session, one, body) }];
    });
  }

  /** Tells whether somebody has subscribed to a class of events. */
  isSubscribed(eventClass: EventClass, nowMs: number): boolean {
    return [...this.#registries.values()].some((registry) =>
      Array.from(registry.live).some(({ subscription }) => takesEvents(subscription, eventClass, nowMs)),
    );
  }

  /** Sends an event to everyone who has subscribed to its class; returns the datagrams. */
  publish(event: V2Event, nowMs: number): Datagram<P>[] {
    const datagrams: Datagram<P>[] = [];
    for (const [keyId, registry] of this.#registries) {
      for (const session of registry.live) datagrams.push(...this.#publishTo(session, keyId, event, nowMs));
    }
    return datagrams;
  }

  /** To be called about once a second: forgets what has run out. */
  tick(nowMs: number): void {
    for (const registry of this.#registries.values()) {
      registry.expire(nowMs);
      for (const session of registry.live) {
        if (session.subscription !== undefined && nowMs >= session.subscription.untilMs)
          session.subscription = undefined;
      }
    }
  }

  #receiveHello(registry: SessionRegistry<P>, frame: Frame, nowMs: number): Uint8Array | undefined {
    const { crypto } = this.#options;
    if (!isGenuine(crypto, registry.helloKey, frame)) return this.#dropOne("droppedMac");
    const hello = decodeHello(frame.body);
    if (hello === undefined) return this.#dropOne("droppedHello");
    this.counters.hellos++;
    const pending = registry.findPending(frame.mac);
    if (pending !== undefined) return pending.answer;
    const nonce = this.#options.random(NONCE_LENGTH_BYTES);
    const keys = deriveSessionKeys(crypto, registry.secret, { client: hello.nonce, server: nonce });
    const summary = this.#operations.summary(nowMs);
    const sendersMax = this.#operations.sendersMax();
    const body = encodeHelloAnswer({
      ...summary,
      version: PROTOCOL_VERSION,
      nonce,
      capabilities: CAPABILITIES_ALL,
      sendersMax,
    });
    const answer = this.#sealResponse({ ...frame, sessionId: keys.sessionId }, body, registry.helloKey);
    registry.addPending({ session: new V2Session(keys, hello.replaces, nowMs), helloMac: frame.mac, answer });
    return answer;
  }

  #receiveRequest(registry: SessionRegistry<P>, frame: Frame, peer: P, nowMs: number): Uint8Array | undefined {
    const session = registry.find(frame.sessionId);
    if (session === undefined) return this.#answerNoSession(frame, nowMs);
    if (!isGenuine(this.#options.crypto, session.keys.clientToServer, frame)) return this.#dropOne("droppedMac");
    registry.use(session, nowMs);
    const verdict = session.judge(frame, peer);
    if (verdict === "old" || verdict === "replayed") return this.#dropOne(DROPS[verdict]);
    if (verdict === "waiting") return this.#dropOne("waiting");
    if (verdict !== "new") {
      this.counters.repeated++;
      return verdict;
    }
    const body = this.#answer(session, frame, peer, nowMs);
    return body === undefined ? undefined : this.#respond(session, { frame, peer }, body);
  }

  #respond(session: V2Session<P>, { frame, peer }: Pick<Waiting<P>, "frame" | "peer">, body: Uint8Array): Uint8Array {
    this.counters.answered++;
    const bytes = this.#sealResponse(frame, body, session.keys.serverToClient);
    session.keep(frame, peer, bytes);
    return bytes;
  }

  /** undefined: later, or never. */
  #answer(session: V2Session<P>, frame: Frame, peer: P, nowMs: number): Uint8Array | undefined {
    if (frame.term !== 0 && frame.term < this.#term) {
      this.counters.staleTerm++;
      return encodeStatusBody("stale-term", this.#operations.summary(nowMs));
    }
    if (frame.term > this.#term) {
      this.#options.termMemory.store(frame.term);
      this.#term = frame.term;
    }
    const decoded = decodeRequestBody(frame.op, frame.body);
    if (!decoded.ok) {
      this.counters[decoded.reason]++;
      return encodeStatusBody(decoded.reason, this.#operations.summary(nowMs));
    }
    const request = decoded.value;
    if (request.op === "stats") {
      const reading = this.#operations.readingFor(request, nowMs);
      return this.#answerStats({ session, frame, peer, request, reading }, nowMs);
    }
    const answer =
      request.op === "subscribe"
        ? this.#subscribe(session, request, peer, nowMs)
        : this.#operations.execute(request, nowMs);
    return encodeAnswer(answer, this.#operations.summary(nowMs));
  }

  /** Answers, or has the request wait until its rows are read; one that finds no room is asked again by its client. */
  #answerStats(one: Waiting<P>, nowMs: number): Uint8Array | undefined {
    const answer = this.#operations.readStats(one.request, one.reading, nowMs);
    if (answer !== undefined) return encodeAnswer(answer, this.#operations.summary(nowMs));
    if (this.#waiting.length >= this.#limits.waitingRequestsMax) return this.#dropOne("waiting");
    this.#waiting.push(one);
    one.session.keep(one.frame, one.peer, undefined);
    return undefined;
  }

  #subscribe(session: V2Session<P>, request: SubscribeRequest, peer: P, nowMs: number) {
    const leaseSeconds = Math.min(request.leaseSeconds, this.#limits.leaseSecondsMax);
    const rate = new RateLimit(Math.min(request.eventsPerSecondMax, this.#limits.eventsPerSecondMax), nowMs);
    const isOn = request.classes.length > 0 && leaseSeconds > 0;
    const untilMs = nowMs + leaseSeconds * 1000;
    session.subscription = isOn ? { peer, classes: request.classes, untilMs, rate } : undefined;
    return { op: "subscribe", leaseSeconds: isOn ? leaseSeconds : 0 } as const;
  }

  #publishTo(session: V2Session<P>, keyId: number, event: V2Event, nowMs: number): Datagram<P>[] {
    const { subscription } = session;
    if (!takesEvents(subscription, event.class, nowMs)) return [];
    const payloads = event.class === "sap" ? fragmentSap(event, session.datagramId++ % 2 ** 32) : [event];
    const first = session.eventSequence + 1;
    session.eventSequence += Math.max(1, payloads.length);
    if (payloads.length === 0 || !subscription.rate.take(payloads.length, nowMs)) {
      this.counters.droppedEvents++;
      return [];
    }
    this.counters.events += payloads.length;
    return payloads.map((payload, index) => {
      const bytes = this.#sealEvent(session, keyId, first + index, { ...payload, nowMs });
      return { peer: subscription.peer, bytes };
    });
  }

  #sealResponse(request: Frame, body: Uint8Array, key: Uint8Array): Uint8Array {
    const header = { ...request, kind: "response", term: this.#term, bootEpoch: this.#options.bootEpoch } as const;
    return encodeFrame(header, body, (signed) => sign(this.#options.crypto, key, request.mac, signed));
  }

  #sealEvent(session: V2Session<P>, keyId: number, sequence: number, payload: EventPayload): Uint8Array {
    const { sessionId, serverToClient } = session.keys;
    const { bootEpoch, crypto } = this.#options;
    const header = { kind: "event", op: OP.event, keyId, sessionId, term: this.#term, sequence, bootEpoch } as const;
    return encodeFrame(header, encodeEvent(payload), (signed) => sign(crypto, serverToClient, signed));
  }

  #answerNoSession(frame: Frame, nowMs: number): Uint8Array | undefined {
    this.counters.droppedSession++;
    this.#noSessionRate ??= new RateLimit(this.#limits.noSessionPerSecondMax, nowMs);
    return this.#noSessionRate.take(1, nowMs) ? encodeNoSession(frame, this.#options.bootEpoch) : undefined;
  }

  #drop(counter: keyof V2Counters): [] {
    this.counters[counter]++;
    return [];
  }

  #dropOne(counter: keyof V2Counters): undefined {
    this.counters[counter]++;
    return undefined;
  }
}

function takesEvents<P extends Peer>(
  subscription: Subscription<P> | undefined,
  eventClass: EventClass,
  nowMs: number,
): subscription is Subscription<P> {
  return subscription !== undefined && nowMs < subscription.untilMs && subscription.classes.includes(eventClass);
}
