// SPDX-License-Identifier: MIT

/** Least wait before a retransmission. */
export const V2_RTO_MS_MIN = 20;

/** Wait before the first retransmission while no round trip was measured. */
export const V2_RTO_MS_INITIAL = 200;

/** Greatest wait before a retransmission. */
export const V2_RTO_MS_MAX = 2000;

/** Estimates the time after which a response is late (RFC 6298 §2). */
export class RoundTrip {
  #smoothedMs: number | undefined;
  #variationMs = 0;

  get rtoMs(): number {
    if (this.#smoothedMs === undefined) return V2_RTO_MS_INITIAL;
    return Math.min(V2_RTO_MS_MAX, Math.max(V2_RTO_MS_MIN, this.#smoothedMs + 4 * this.#variationMs));
  }

  /** Takes the round trip of a request that was sent once; one that was sent again tells nothing (Karn). */
  measure(roundTripMs: number): void {
    if (this.#smoothedMs === undefined) {
      this.#smoothedMs = roundTripMs;
      this.#variationMs = roundTripMs / 2;
      return;
    }
    this.#variationMs += (Math.abs(this.#smoothedMs - roundTripMs) - this.#variationMs) / 4;
    this.#smoothedMs += (roundTripMs - this.#smoothedMs) / 8;
  }
}
