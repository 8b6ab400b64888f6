// SPDX-License-Identifier: MIT
import { createHmac, createSecretKey, hkdfSync, randomBytes, timingSafeEqual } from "node:crypto";
import type { KeyObject } from "node:crypto";
import type { V2Crypto } from "./v2/index.ts";

/** Preparing a key costs as much as a short HMAC, so that each one is prepared once. */
const prepared = new WeakMap<Uint8Array, KeyObject>();

/** The cryptography of Node for v2. */
export const nodeCrypto: V2Crypto = {
  hmac(key, ...parts) {
    const hmac = createHmac("sha256", prepare(key));
    for (const part of parts) hmac.update(part);
    return hmac.digest();
  },
  hkdf({ secret, salt, info, lengthBytes }) {
    return new Uint8Array(hkdfSync("sha256", secret, salt, info, lengthBytes));
  },
  isEqual(a, b) {
    return a.length === b.length && timingSafeEqual(a, b);
  },
};

function prepare(key: Uint8Array): KeyObject {
  const known = prepared.get(key);
  if (known !== undefined) return known;
  const fresh = createSecretKey(key);
  prepared.set(key, fresh);
  return fresh;
}

/** Random bytes from the operating system, for nonces. */
export function nodeRandom(lengthBytes: number): Uint8Array {
  return randomBytes(lengthBytes);
}
