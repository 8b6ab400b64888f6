// SPDX-License-Identifier: MIT

const LENGTH_MAX_BYTES = 600;

/**
 * Seeded garbage: random bytes of random length, and every third one begins like something real, so that it gets past the
 * first check of a decoder.
 */
export function* garbage(count: number, options: { seed: number; beginning: Uint8Array }): Generator<Uint8Array> {
  const random = mulberry32(options.seed);
  for (let index = 0; index < count; index++) {
    const bytes = new Uint8Array(Math.floor(random() * LENGTH_MAX_BYTES)).map(() => random() * 256);
    if (index % 3 === 0) bytes.set(options.beginning.subarray(0, bytes.length));
    yield bytes;
  }
}

/** A small generator of numbers in [0, 1) by Tommy Ettinger; the same seed gives the same garbage. */
function mulberry32(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
