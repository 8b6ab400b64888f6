// SPDX-License-Identifier: MIT
import { nodeCrypto } from "../../src/node-crypto.ts";
import type { Peer, V2Server } from "../../src/rpc/index.ts";
import {
  decodeFrame,
  decodeHelloAnswer,
  decodeNoSession,
  deriveHelloKey,
  deriveSessionKeys,
  encodeFrame,
  encodeHello,
  encodeRequestBody,
  OP,
  sign,
  STATUSES,
} from "../../src/v2/index.ts";
import type { Change, Frame, SessionKeys, V2Request } from "../../src/v2/index.ts";
import { KEY, KEY_ID } from "./v2-pair.ts";

export const PEER: Peer = { address: "192.0.2.9", port: 40_000 };
export const ADD: Change = { command: "add", source: 0xc0000201, group: 0xe9fc0001, maxTtl: 16 };

/** A client without a mind of its own: it sends what the test says, under the number and term that the test says. */
export class RawSession {
  readonly keys: SessionKeys;
  readonly helloBytes: Uint8Array;
  readonly helloAnswer: Uint8Array;
  readonly #server: V2Server<Peer>;
  readonly #keyId: number;
  nowMs = 0;
  peer: Peer = PEER;

  constructor(server: V2Server<Peer>, options: RawOptions = {}) {
    const { key = KEY, keyId = KEY_ID, nonce = 0x77, replaces = [], peer = PEER } = options;
    this.#server = server;
    this.#keyId = keyId;
    this.peer = peer;
    const client = new Uint8Array(16).fill(nonce);
    this.helloBytes = hello({ key, keyId, nonce, replaces });
    const [datagram] = server.receive(peer, this.helloBytes, 0);
    if (datagram === undefined) throw new Error("HELLO was not answered");
    this.helloAnswer = datagram.bytes;
    const answer = decodeHelloAnswer(open(this.helloAnswer).body);
    if (answer === undefined) throw new Error("the answer to HELLO cannot be read");
    this.keys = deriveSessionKeys(nodeCrypto, key, { client, server: answer.nonce });
  }

  /** A signed frame. */
  frame(
    request: V2Request | { readonly op: number; readonly body: Uint8Array },
    options: FrameOptions = {},
  ): Uint8Array {
    const isRaw = "body" in request;
    const header = {
      kind: "request",
      op: isRaw ? request.op : OP[request.op],
      keyId: this.#keyId,
      sessionId: this.keys.sessionId,
      term: options.term ?? 0,
      sequence: options.sequence ?? 1,
      bootEpoch: 1000,
    } as const;
    const body = isRaw ? request.body : encodeRequestBody(request);
    return encodeFrame(header, body, (signed) => sign(nodeCrypto, this.keys.clientToServer, signed));
  }

  /** Sends bytes and returns the one answer, or undefined. */
  send(bytes: Uint8Array): Uint8Array | undefined {
    return this.#server.receive(this.peer, bytes, this.nowMs)[0]?.bytes;
  }

  /** Sends a request; returns the status of its answer, "no-session", or undefined when there is none. */
  call(...args: Parameters<RawSession["frame"]>): string | undefined {
    const bytes = this.send(this.frame(...args));
    if (bytes === undefined) return undefined;
    return decodeNoSession(bytes) === undefined ? STATUSES[open(bytes).body[0] ?? 255] : "no-session";
  }
}

interface RawOptions {
  readonly key?: Uint8Array;
  readonly keyId?: number;
  readonly nonce?: number;
  readonly replaces?: readonly bigint[];
  readonly peer?: Peer;
}

interface FrameOptions {
  readonly sequence?: number;
  readonly term?: number;
}

/** A signed HELLO whose nonce is one byte repeated. */
export function hello(options: {
  key: Uint8Array;
  keyId: number;
  nonce: number;
  replaces: readonly bigint[];
}): Uint8Array {
  const { key, keyId, nonce, replaces } = options;
  const header = { kind: "request", op: OP.hello, keyId, sessionId: 0n, term: 0, sequence: 0, bootEpoch: 0 } as const;
  const body = encodeHello({ version: 1, nonce: new Uint8Array(16).fill(nonce), replaces });
  return encodeFrame(header, body, (signed) => sign(nodeCrypto, deriveHelloKey(nodeCrypto, key), signed));
}

/** Takes a frame apart that is known to be one. */
export function open(bytes: Uint8Array): Frame {
  const decoded = decodeFrame(bytes);
  if (!decoded.ok) throw new Error(decoded.reason);
  return decoded.value;
}
