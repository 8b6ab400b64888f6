// SPDX-License-Identifier: MIT
import { seededRandom } from "./random.ts";

const LENGTH_MAX_BYTES = 600;

/**
 * Seeded garbage: random bytes of random length, and every third one begins like something real, so that it gets past the
 * first check of a decoder.
 */
export function* garbage(count: number, options: { seed: number; beginning: Uint8Array }): Generator<Uint8Array> {
  const random = seededRandom(options.seed);
  for (let index = 0; index < count; index++) {
    const bytes = new Uint8Array(Math.floor(random() * LENGTH_MAX_BYTES)).map(() => random() * 256);
    if (index % 3 === 0) bytes.set(options.beginning.subarray(0, bytes.length));
    yield bytes;
  }
}
