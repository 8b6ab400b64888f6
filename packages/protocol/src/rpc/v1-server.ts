// SPDX-License-Identifier: MIT
import type { ErrorCode } from "../error-code.ts";
import type { Ipv4 } from "../ipv4.ts";
import { decodeRequest, encodeResponse, validateRequest } from "../v1/index.ts";
import type { Request } from "../v1/index.ts";
import type { Slot, SlotMemory, V1Peer } from "./slots.ts";
import { SlotTable } from "./slot-table.ts";
import { V1_SLOT_LIFETIME_MS } from "./v1-timing.ts";

/** What a v1 server needs from the daemon around it. */
export interface V1ServerOptions {
  readonly memory: SlotMemory;
  /** Nothing is answered before this time on the boot clock; see `quietUntilMs()`. Default 0. */
  readonly quietUntilMs?: number;
  /** Who may speak v1; everybody when absent. */
  readonly allow?: (address: Ipv4) => boolean;
  /** Carries a valid request out; returns when the kernel call has returned. */
  readonly execute: (request: Request) => ErrorCode | undefined;
  /**
   * Tells, from the kernel, whether a request that was being executed when the process died has taken effect. It is carried out
   * if not. When absent, such calls are never answered, and their outcome stays unknown.
   */
  readonly isInForce?: (request: Request) => boolean;
}

/** What became of the datagrams; every class of drop has its counter. */
export interface V1Counters {
  received: number;
  /** Carried out by the filter. */
  executed: number;
  /** Never valid; answered with ERROR. */
  refused: number;
  /** Valid, but the filter failed; answered with ERROR. */
  failed: number;
  /** Retransmissions answered from the slot. */
  repeated: number;
  /** Retransmissions of a call whose outcome nobody knows; dropped. */
  undecided: number;
  /** Same number, another request; answered with ERROR. */
  conflicting: number;
  /** Older than the last call; answered with ERROR. */
  stale: number;
  droppedLength: number;
  droppedAcl: number;
  droppedQuiet: number;
  droppedFull: number;
}

/** Serves the paper's protocol with each call executed at most once (SPEC, V1-5 to V1-12). */
export class V1Server {
  readonly counters: V1Counters = {
    received: 0,
    executed: 0,
    refused: 0,
    failed: 0,
    repeated: 0,
    undecided: 0,
    conflicting: 0,
    stale: 0,
    droppedLength: 0,
    droppedAcl: 0,
    droppedQuiet: 0,
    droppedFull: 0,
  };
  readonly #options: V1ServerOptions;
  readonly #slots: SlotTable;
  #quietUntilMs: number;

  /** Loads the slots and settles the call that was being executed when the process died. */
  constructor(options: V1ServerOptions) {
    this.#options = options;
    this.#slots = new SlotTable(options.memory);
    this.#quietUntilMs = Math.max(options.quietUntilMs ?? 0, this.#slots.quietUntilMs);
    if (this.#quietUntilMs > 0) this.#slots.beginQuiet(this.#quietUntilMs);
    for (const slot of this.#slots.slots()) if (slot.state === "executing") this.#settle(slot);
  }

  /** Peers remembered. */
  get slotCount(): number {
    return this.#slots.size;
  }

  /** Takes one datagram at a time on the boot clock; returns the response, or undefined when there is none. */
  receive(peer: V1Peer, bytes: Uint8Array, nowMs: number): Uint8Array | undefined {
    this.counters.received++;
    const decoded = decodeRequest(bytes);
    if (!decoded.ok) return this.#drop("droppedLength");
    if (this.#options.allow?.(peer.address) === false) return this.#drop("droppedAcl");
    if (this.#isQuiet(nowMs)) return this.#drop("droppedQuiet");
    this.#slots.expire(nowMs);
    const slot = this.#slots.find(peer);
    if (slot === undefined) return this.#call(peer, bytes, decoded.value, nowMs);
    return this.#answerKnown(slot, bytes, decoded.value, nowMs);
  }

  #isQuiet(nowMs: number): boolean {
    if (this.#quietUntilMs === 0) return false;
    // A time further away was written before a reboot.
    this.#quietUntilMs = Math.min(this.#quietUntilMs, nowMs + V1_SLOT_LIFETIME_MS);
    if (nowMs < this.#quietUntilMs) return true;
    this.#quietUntilMs = 0;
    this.#slots.endQuiet();
    return false;
  }

  #answerKnown(slot: Slot, bytes: Uint8Array, request: Request, nowMs: number): Uint8Array | undefined {
    const distance = serialDistance(request.sequence, slot.request[0] ?? 0);
    if (distance > 0 && distance < 128) return this.#call(slot.peer, bytes, request, nowMs);
    this.#slots.write({ ...slot, lastSeenMs: nowMs });
    if (distance !== 0) {
      this.counters.stale++;
      return encodeResponse({ type: "error", sequence: request.sequence });
    }
    if (!isEqual(slot.request, bytes)) {
      this.counters.conflicting++;
      return encodeResponse({ type: "error", sequence: request.sequence });
    }
    if (slot.state !== "ack" && slot.state !== "error") return this.#drop("undecided");
    this.counters.repeated++;
    return encodeResponse({ type: slot.state, sequence: request.sequence });
  }

  #call(peer: V1Peer, bytes: Uint8Array, request: Request, nowMs: number): Uint8Array | undefined {
    const slot: Slot = { peer, request: bytes.slice(), state: "executing", lastSeenMs: nowMs };
    if (!this.#slots.write(slot)) return this.#drop("droppedFull");
    return this.#finish(slot, request, this.#execute(request));
  }

  #settle(slot: Slot): void {
    const decoded = decodeRequest(slot.request);
    if (!decoded.ok || this.#options.isInForce === undefined) return;
    const request = decoded.value;
    const isDone = validateRequest(request) === undefined && this.#options.isInForce(request);
    this.#finish(slot, request, isDone ? undefined : this.#execute(request));
  }

  #execute(request: Request): ErrorCode | undefined {
    const invalid = validateRequest(request);
    if (invalid !== undefined) {
      this.counters.refused++;
      return invalid;
    }
    const error = this.#options.execute(request);
    this.counters[error === undefined ? "executed" : "failed"]++;
    return error;
  }

  #finish(slot: Slot, request: Request, error: ErrorCode | undefined): Uint8Array {
    const type = error === undefined ? "ack" : "error";
    this.#slots.write({ ...slot, state: type });
    return encodeResponse({ type, sequence: request.sequence });
  }

  #drop(reason: keyof V1Counters): undefined {
    this.counters[reason]++;
    return undefined;
  }
}

/** How far `sequence` is after `last`, modulo 256: 0 the same, 1 to 127 newer, the rest older (RFC 1982). */
function serialDistance(sequence: number, last: number): number {
  return (sequence - last) & 0xff;
}

function isEqual(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, index) => byte === b[index]);
}
