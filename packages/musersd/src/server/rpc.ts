// SPDX-License-Identifier: MIT
import { join } from "node:path";
import { prefixContainsAddress } from "@mauth/protocol/address";
import type { Address } from "@mauth/protocol/address";
import { nodeCrypto, nodeRandom } from "@mauth/protocol/node-crypto";
import { quietUntilMs, V1Server, V2Server } from "@mauth/protocol/rpc";
import { COMMAND, REQUEST_LENGTH_BYTES } from "@mauth/protocol/v1";
import { hasExtensions } from "@mauth/protocol/v2";
import type { Request } from "@mauth/protocol/v1";
import type { CounterRow } from "@mauth/protocol/v2";
import type { Config } from "../config.ts";
import type { Filter, SenderRow } from "../filter/filter.ts";
import type { Native } from "../native.ts";
import { FirstRefusals } from "./first-refusals.ts";
import type { Keys } from "./keys.ts";
import { Modes } from "./modes.ts";
import { RefusalLog } from "./refusal-log.ts";
import type { RefusalLine } from "./refusal-log.ts";
import type { SapDatagram } from "./sap-relay.ts";
import { FilterTable } from "./sender-table.ts";
import { SlotFile } from "./slot-file.ts";
import { TermFile } from "./term-file.ts";
import type { Peer } from "./udp-socket.ts";

const EPOCH_LENGTH_BYTES = 6;
/** Readers of STATS see the kernel as it was at most so long ago; a person who removes and lists sees the removal. */
const STATS_AGE_MS_MAX = 50;

/** Milliseconds since boot, CLOCK_MONOTONIC: the clock of slots, sessions and the filter. */
export function bootClockMs(): number {
  return Number(process.hrtime.bigint() / 1_000_000n);
}

/** A datagram to send. */
export interface Datagram {
  readonly peer: Peer;
  readonly bytes: Uint8Array;
}

/** What the service needs. */
export interface RpcOptions {
  readonly config: Config;
  readonly filter: Filter;
  readonly keys: Keys;
  readonly native: Native;
}

/** Both protocols on one port: a v1 datagram is exactly 11 bytes, and no v2 datagram is. */
export class RpcService {
  readonly #v1: V1Server;
  readonly #v2: V2Server<Peer>;
  readonly #term: TermFile;
  readonly #modes: Modes;
  readonly #table: FilterTable;
  readonly #refusalLog = new RefusalLog();
  #sap: Readonly<Record<string, number>> = {};
  readonly #refusals: FirstRefusals;

  constructor({ config, filter, keys, native }: RpcOptions) {
    const mayUseV1 = (address: Address): boolean =>
      config.v1Allow.some((prefix) => prefixContainsAddress(prefix, address));
    this.#term = new TermFile(join(config.stateDir, "term"));
    this.#modes = new Modes(config, filter);
    this.#table = new FilterTable(filter, this.#modes, () => this.#counterRows());
    this.#refusals = new FirstRefusals(this.#table.denied, bootClockMs());
    const slots = new SlotFile(native, join(config.stateDir, "slots"));
    this.#v2 = new V2Server({
      keys,
      crypto: nodeCrypto,
      random: nodeRandom,
      bootEpoch: newBootEpoch(),
      termMemory: this.#term,
      table: this.#table,
      allowNullKey: (peer) => mayUseV1(peer.address),
      limits: { statsAgeMsMax: STATS_AGE_MS_MAX },
    });
    this.#v1 = new V1Server({
      memory: slots,
      quietUntilMs: quietUntilMs(slots.found, bootClockMs()),
      allow: mayUseV1,
      execute: (request) => this.#execute(filter, request),
      isInForce: (request) => isInForce(filter, request),
    });
  }

  /** Takes a datagram; returns what to send back. */
  receive(bytes: Uint8Array, peer: Peer): readonly Datagram[] {
    if (bytes.length !== REQUEST_LENGTH_BYTES) return this.#receiveV2(bytes, peer);
    const { address, port } = peer;
    // A slot has room for an address of IPv4.
    if (typeof address !== "number") return [];
    const response = this.#v1.receive({ address, port }, bytes, bootClockMs());
    return response === undefined ? [] : [{ peer, bytes: response }];
  }

  /** To be called about once a second. */
  tick(): void {
    const nowMs = bootClockMs();
    this.#v2.tick(nowMs);
    this.#modes.uphold();
    if (this.#v2.isSubscribed("denied", nowMs)) this.#refusals.begin(nowMs);
    else this.#refusals.skip(nowMs);
  }

  /** Whether `work` has something to do. */
  get hasWork(): boolean {
    return this.#v2.hasWork || this.#refusals.isLooking;
  }

  /**
   * Goes on with what takes long, for a few milliseconds: reads rows for whoever asked for them, looks for first refusals. To be
   * called again and again while there `hasWork`, with room for datagrams in between; returns what is to be sent.
   */
  work(): readonly Datagram[] {
    const nowMs = bootClockMs();
    if (this.#v2.hasWork) return this.#v2.work(nowMs);
    return this.#refusals.step().flatMap((row) => this.#v2.publish({ class: "denied", row }, nowMs));
  }

  /** Relays a SAP datagram to whoever subscribed to them, as it is. */
  relaySap(datagram: SapDatagram): readonly Datagram[] {
    return this.#v2.publish({ class: "sap", ...datagram }, bootClockMs());
  }

  setKeys(keys: Keys): void {
    this.#v2.setKeys(keys);
  }

  /** Counts the SAP datagrams of these ears, too. */
  countSap(counters: Readonly<Record<string, number>>): void {
    this.#sap = counters;
  }

  close(): void {
    this.#term.close();
    this.#modes.close();
  }

  /** The line about refused datagrams that is due, if any. */
  refusalLine(): RefusalLine | undefined {
    return this.#refusalLog.line(this.#counterRows(), bootClockMs());
  }

  #receiveV2(bytes: Uint8Array, peer: Peer): readonly Datagram[] {
    const answers = this.#v2.receive(peer, bytes, bootClockMs());
    if (answers.length === 0) this.#refusalLog.note(peer);
    return answers;
  }

  /** What became of the datagrams, by protocol and class. */
  #counterRows(): CounterRow[] {
    const groups = { v1: this.#v1.counters, v2: this.#v2.counters, sap: this.#sap };
    return Object.entries(groups).flatMap(([group, counters]) =>
      Object.entries(counters).map(([name, value]) => ({ name: `${group}.${name}`, value })),
    );
  }

  #execute(filter: Filter, request: Request) {
    const isAdd = request.command === COMMAND.add;
    const error = isAdd ? filter.add(request) : filter.remove(request.source, request.group);
    if (error === undefined) this.#v2.noteChange({ ...request, command: isAdd ? "add" : "remove" });
    return error;
  }
}

function isInForce(filter: Filter, request: Request): boolean {
  const present = filter.find(request.source, request.group);
  if (request.command === COMMAND.remove) return present === undefined;
  return present !== undefined && isPlain(present, request) && present.maxTtl === request.maxTtl;
}

/** Tells whether v1 can have added it: it carries no limits but the TTL. */
function isPlain(present: SenderRow, request: Request): boolean {
  return present.expiresMs === undefined && !hasExtensions({ ...present, source: request.source });
}

/** A number that no earlier start had: 48 random bits, and never 0. */
function newBootEpoch(): number {
  const bytes = nodeRandom(EPOCH_LENGTH_BYTES);
  return Number(bytes.reduce((sum, byte) => sum * 256n + BigInt(byte), 0n)) + 1;
}
