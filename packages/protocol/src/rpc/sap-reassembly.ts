// SPDX-License-Identifier: MIT
import type { SapEvent, SapFragment } from "../v2/index.ts";

/** Datagrams that wait for fragments; the oldest one makes room. */
export const SAP_PARTIAL_MAX = 16;

interface Partial {
  readonly first: SapFragment;
  readonly pieces: Map<number, Uint8Array>;
}

/** Puts SAP datagrams together again whose fragments came in any order, some twice, some never. */
export class SapReassembly {
  readonly #partials = new Map<number, Partial>();

  /** Takes a fragment; returns the datagram when it was the last one missing. */
  take(fragment: SapFragment): SapEvent | undefined {
    const { datagramId, lengthBytes } = fragment;
    if (fragment.bytes.length === lengthBytes) return eventOf(fragment, fragment.bytes);
    const partial = this.#partials.get(datagramId) ?? { first: fragment, pieces: new Map<number, Uint8Array>() };
    if (partial.first.lengthBytes !== lengthBytes) return undefined;
    this.#partials.set(datagramId, partial);
    partial.pieces.set(fragment.offset, fragment.bytes);
    let received = 0;
    for (const piece of partial.pieces.values()) received += piece.length;
    if (received < lengthBytes) {
      this.#makeRoom();
      return undefined;
    }
    this.#partials.delete(datagramId);
    const bytes = new Uint8Array(lengthBytes);
    for (const [offset, piece] of partial.pieces) bytes.set(piece, offset);
    return eventOf(partial.first, bytes);
  }

  #makeRoom(): void {
    for (const id of this.#partials.keys()) {
      if (this.#partials.size <= SAP_PARTIAL_MAX) return;
      this.#partials.delete(id);
    }
  }
}

function eventOf(fragment: SapFragment, bytes: Uint8Array): SapEvent {
  return { class: "sap", interface: fragment.interface, source: fragment.source, group: fragment.group, bytes };
}
