// SPDX-License-Identifier: MIT
import { MAC_LENGTH_BYTES } from "./frame.ts";
import type { Frame } from "./frame.ts";

/** The cryptography that v2 needs, brought by the platform; `node-crypto.ts` adapts that of Node. */
export interface V2Crypto {
  /** HMAC-SHA-256 over the parts, one after the other; 32 bytes. */
  hmac(key: Uint8Array, ...parts: readonly Uint8Array[]): Uint8Array;
  /** HKDF-SHA-256 (RFC 5869). */
  hkdf(options: HkdfOptions): Uint8Array;
  /** Compares in a time that does not depend on the content. */
  isEqual(a: Uint8Array, b: Uint8Array): boolean;
}

/** Parameters of HKDF. */
export interface HkdfOptions {
  readonly secret: Uint8Array;
  readonly salt: Uint8Array;
  readonly info: string;
  readonly lengthBytes: number;
}

/** Length of a pre-shared key and of every key derived from it. */
export const KEY_LENGTH_BYTES = 32;

/** Length of the nonces that make the keys of a session. */
export const NONCE_LENGTH_BYTES = 16;

/**
 * Key id 0 is the null key, 32 zero bytes: it guards against accidents, not against people. A server takes it only from peers
 * that it trusts for their address.
 */
export const NULL_KEY_ID = 0;

/** The pre-shared key that everybody knows. */
export const NULL_KEY: Uint8Array = new Uint8Array(KEY_LENGTH_BYTES);

/** What both sides derive for a session. */
export interface SessionKeys {
  readonly sessionId: bigint;
  readonly clientToServer: Uint8Array;
  readonly serverToClient: Uint8Array;
}

/** Derives the key that signs HELLO in both directions. */
export function deriveHelloKey(crypto: V2Crypto, secret: Uint8Array): Uint8Array {
  return crypto.hkdf({ secret, salt: new Uint8Array(0), info: "mauth2/hello", lengthBytes: KEY_LENGTH_BYTES });
}

/** Derives the keys of a session from the pre-shared key and both nonces. */
export function deriveSessionKeys(crypto: V2Crypto, secret: Uint8Array, nonces: Nonces): SessionKeys {
  const salt = new Uint8Array(2 * NONCE_LENGTH_BYTES);
  salt.set(nonces.client);
  salt.set(nonces.server, NONCE_LENGTH_BYTES);
  const derive = (info: string, lengthBytes: number) => crypto.hkdf({ secret, salt, info, lengthBytes });
  const id = derive("mauth2/sid", 8);
  return {
    sessionId: new DataView(id.buffer, id.byteOffset, 8).getBigUint64(0),
    clientToServer: derive("mauth2/c2s", KEY_LENGTH_BYTES),
    serverToClient: derive("mauth2/s2c", KEY_LENGTH_BYTES),
  };
}

/** The random halves of a session. */
export interface Nonces {
  readonly client: Uint8Array;
  readonly server: Uint8Array;
}

/** Signs the parts: the first 16 bytes of their HMAC. */
export function sign(crypto: V2Crypto, key: Uint8Array, ...parts: readonly Uint8Array[]): Uint8Array {
  return crypto.hmac(key, ...parts).subarray(0, MAC_LENGTH_BYTES);
}

/** Tells whether the MAC of a frame is genuine; `requestMac` is that of the request when the frame is a response. */
export function isGenuine(crypto: V2Crypto, key: Uint8Array, frame: Frame, requestMac?: Uint8Array): boolean {
  const parts = requestMac === undefined ? [frame.signed] : [requestMac, frame.signed];
  return crypto.isEqual(sign(crypto, key, ...parts), frame.mac);
}
