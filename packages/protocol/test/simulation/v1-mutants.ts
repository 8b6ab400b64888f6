// SPDX-License-Identifier: MIT
import { V1Server } from "../../src/rpc/index.ts";
import type { V1Peer } from "../../src/rpc/index.ts";
import { decodeRequest, encodeResponse } from "../../src/v1/index.ts";
import type { Request } from "../../src/v1/index.ts";
import type { V1Kernel, V1Like, V1Rules } from "./v1-world.ts";
import { V1_RULES } from "./v1-world.ts";

/** Remembers only the last request, and compares as little of it as it is told. */
class NaiveServer implements V1Like {
  readonly #kernel: V1Kernel;
  readonly #peerOf: (peer: V1Peer) => string;
  readonly #requestOf: (request: Request) => string;
  readonly #last = new Map<string, string>();

  constructor(kernel: V1Kernel, peerOf: (peer: V1Peer) => string, requestOf: (request: Request) => string) {
    this.#kernel = kernel;
    this.#peerOf = peerOf;
    this.#requestOf = requestOf;
  }

  receive(peer: V1Peer, bytes: Uint8Array): Uint8Array | undefined {
    const decoded = decodeRequest(bytes);
    if (!decoded.ok) return undefined;
    const request = decoded.value;
    const remembered = this.#requestOf(request);
    if (this.#last.get(this.#peerOf(peer)) !== remembered) {
      this.#kernel.execute(request);
      this.#last.set(this.#peerOf(peer), remembered);
    }
    return encodeResponse({ type: "ack", sequence: request.sequence });
  }
}

const anyPeer = () => "";
const eachPeer = (peer: V1Peer) => `${peer.address}:${peer.port}`;
const byNumber = (request: Request) => String(request.sequence);
const byAll = (request: Request) => JSON.stringify(request);
const NAIVE_CLIENTS = { areClientsFresh: false, doSlotsSurvive: false };

/** Readings of the paper that are not enough; the simulation must tell each of them from the rules. */
export const V1_MUTANTS: Readonly<Record<string, V1Rules>> = {
  "P1: the last number, one slot for all": {
    ...NAIVE_CLIENTS,
    makeServer: (kernel) => new NaiveServer(kernel, anyPeer, byNumber),
  },
  "P2: the last whole request, one slot for all": {
    ...NAIVE_CLIENTS,
    makeServer: (kernel) => new NaiveServer(kernel, anyPeer, byAll),
  },
  "P3: the last whole request, a slot for each peer": {
    ...NAIVE_CLIENTS,
    makeServer: (kernel) => new NaiveServer(kernel, eachPeer, byAll),
  },
  "P4: serial-number order, but slots die with the server": {
    areClientsFresh: false,
    doSlotsSurvive: false,
    makeServer: (kernel, slots) => {
      for (const [index] of slots.load()) slots.clear(index);
      return new V1Server({ memory: slots, execute: (request) => kernel.execute(request) });
    },
  },
  "P5: serial-number order and slots that survive, but clients begin at 0 on their old port": {
    ...V1_RULES,
    areClientsFresh: false,
  },
  "no quiet time after slots are lost": {
    ...V1_RULES,
    makeServer: (kernel, slots) => V1_RULES.makeServer(kernel, slots, 0),
  },
  "a call that a crash interrupted is done again": {
    ...V1_RULES,
    makeServer: (kernel, memory, quietUntilMs) =>
      new V1Server({
        memory,
        quietUntilMs,
        execute: (request) => kernel.execute(request),
        isInForce: () => false,
      }),
  },
};
