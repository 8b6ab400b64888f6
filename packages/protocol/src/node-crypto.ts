// SPDX-License-Identifier: MIT
import { createHmac, hkdfSync, randomBytes, timingSafeEqual } from "node:crypto";
import type { V2Crypto } from "./v2/index.ts";

/** The cryptography of Node for v2. */
export const nodeCrypto: V2Crypto = {
  hmac(key, ...parts) {
    const hmac = createHmac("sha256", key);
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

/** Random bytes from the operating system, for nonces. */
export function nodeRandom(lengthBytes: number): Uint8Array {
  return randomBytes(lengthBytes);
}
