// SPDX-License-Identifier: MIT
import type { Sender } from "./filter.ts";

/** What a sender has sent beyond its rate: it leaks at the rate and must not overflow the burst. */
export class LeakyBucket {
  readonly #rateBytesPerSecond: number;
  readonly #burstBytes: number;
  #levelBytes = 0;
  #levelMs = 0;

  private constructor(rateBytesPerSecond: number, burstBytes: number) {
    this.#rateBytesPerSecond = rateBytesPerSecond;
    this.#burstBytes = burstBytes;
  }

  /** The bucket of a sender: the one it had, unless rate or burst changed; none without a rate. */
  static of(sender: Sender, present?: { row: Sender; bucket: LeakyBucket | undefined }): LeakyBucket | undefined {
    const { rateBytesPerSecond, burstBytes = 0 } = sender;
    if (rateBytesPerSecond === undefined) return undefined;
    const isSame = present?.row.rateBytesPerSecond === rateBytesPerSecond && present.row.burstBytes === burstBytes;
    return isSame ? present.bucket : new LeakyBucket(rateBytesPerSecond, burstBytes);
  }

  /** Takes so many bytes, or tells that they do not fit. */
  takes(lengthBytes: number, nowMs: number): boolean {
    const leakedBytes = ((nowMs - this.#levelMs) * this.#rateBytesPerSecond) / 1000;
    this.#levelBytes = Math.max(0, this.#levelBytes - leakedBytes);
    this.#levelMs = nowMs;
    if (this.#levelBytes + lengthBytes > this.#burstBytes) return false;
    this.#levelBytes += lengthBytes;
    return true;
  }
}
