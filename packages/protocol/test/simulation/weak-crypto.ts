// SPDX-License-Identifier: MIT
import type { V2Crypto } from "../../src/v2/index.ts";

const LANES = 8;

/**
 * Stands in for HMAC-SHA-256 in simulations, a hundred times faster: nobody in them tries to break it, and like the real one
 * it gives other bytes for any other key or data.
 */
export const weakCrypto: V2Crypto = {
  hmac(key, ...parts) {
    let hash = 0x811c9dc5;
    for (const bytes of [key, ...parts]) {
      for (const byte of bytes) hash = Math.imul(hash ^ byte, 0x01000193);
      hash ^= bytes.length;
    }
    return expand(hash);
  },
  hkdf({ secret, salt, info, lengthBytes }) {
    return weakCrypto.hmac(secret, salt, new TextEncoder().encode(info)).slice(0, lengthBytes);
  },
  isEqual(a, b) {
    return a.length === b.length && a.every((byte, index) => byte === b[index]);
  },
};

function expand(hash: number): Uint8Array {
  const words = new Uint32Array(LANES);
  let word = hash;
  for (let lane = 0; lane < LANES; lane++) {
    word = Math.imul(word ^ (word >>> 15), 0x2c1b3c6d) + 0x6d2b79f5;
    words[lane] = word ^ (word >>> 13);
  }
  return new Uint8Array(words.buffer);
}
