// SPDX-License-Identifier: MIT
import { decodeRequest, encodeResponse } from "@mauth/protocol/v1";
import type { Request } from "@mauth/protocol/v1";

/** Calls of one connection that may be waiting for mrouters at a time. */
export const CALLS_OUTSTANDING_MAX = 64;

/** What to do with a binary frame. */
export type Verdict =
  | { readonly type: "execute"; readonly request: Request }
  | { readonly type: "respond"; readonly response: Uint8Array }
  | { readonly type: "ignore"; readonly reason: "length" | "executing" | "busy" };

/**
 * The memory of one WebSocket connection: the v1 rules for one peer (at-most-once by number and whole request). Unlike
 * V1Server it lets a call take its time, because an ACK waits for the mrouters.
 */
export class ConnectionSlot {
  #last: { readonly bytes: Uint8Array; response: Uint8Array | undefined } | undefined;
  readonly #outstanding = new Set<number>();

  receive(frame: Uint8Array): Verdict {
    const decoded = decodeRequest(frame);
    if (!decoded.ok) return { type: "ignore", reason: "length" };
    const request = decoded.value;
    const error: Verdict = { type: "respond", response: encodeResponse({ type: "error", sequence: request.sequence }) };
    const distance = this.#last === undefined ? 1 : (request.sequence - (this.#last.bytes[0] ?? 0)) & 0xff;
    if (distance === 0 && this.#last)
      return isSame(this.#last.bytes, frame) ? this.#repeat(this.#last.response) : error;
    if (distance > 127) return error;
    if (this.#outstanding.size >= CALLS_OUTSTANDING_MAX) return { type: "ignore", reason: "busy" };
    this.#last = { bytes: frame.slice(), response: undefined };
    this.#outstanding.add(request.sequence);
    return { type: "execute", request };
  }

  /** Ends a call; returns the response to send, or undefined where the outcome is unknown. */
  settle(sequence: number, outcome: "ack" | "error" | "unknown"): Uint8Array | undefined {
    this.#outstanding.delete(sequence);
    if (outcome === "unknown") return undefined;
    const response = encodeResponse({ type: outcome, sequence });
    if (this.#last?.bytes[0] === sequence) this.#last.response = response;
    return response;
  }

  #repeat(response: Uint8Array | undefined): Verdict {
    return response ? { type: "respond", response } : { type: "ignore", reason: "executing" };
  }
}

function isSame(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, index) => byte === b[index]);
}
