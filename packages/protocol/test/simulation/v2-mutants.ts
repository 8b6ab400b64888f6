// SPDX-License-Identifier: MIT
import { HEADER_LENGTH_BYTES, NONCE_LENGTH_BYTES, OP } from "../../src/v2/index.ts";
import type { V2Crypto } from "../../src/v2/index.ts";
import type { V2Rules } from "./v2-world.ts";
import { V2_RULES } from "./v2-world.ts";
import { weakCrypto } from "./weak-crypto.ts";

const REPLACES_COUNT_OFFSET = HEADER_LENGTH_BYTES + 1 + NONCE_LENGTH_BYTES;

/** Signs a HELLO only after having erased the sessions that it replaces. */
const forgetfulCrypto: V2Crypto = {
  ...weakCrypto,
  hmac(key, ...parts) {
    const [signed] = parts;
    const isHello = signed !== undefined && parts.length === 1 && signed[2] === 0 && signed[3] === OP.hello;
    if (isHello) signed[REPLACES_COUNT_OFFSET] = 0;
    return weakCrypto.hmac(key, ...parts);
  },
};

/** The rules with one of them left out; the simulation must notice each. */
export const V2_MUTANTS: Readonly<Record<string, V2Rules>> = {
  "MACs are not looked at": { ...V2_RULES, serverCrypto: { ...weakCrypto, isEqual: () => true } },
  "the term dies with the server": { ...V2_RULES, doesTermSurvive: false },
  "the nonces of the server are not random": { ...V2_RULES, isServerRandom: false },
  "a session that was given up is not named": { ...V2_RULES, clientCrypto: forgetfulCrypto },
};
