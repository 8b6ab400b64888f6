// SPDX-License-Identifier: MIT
import { MemoryTerm, V2Client, V2Server } from "../../src/rpc/index.ts";
import type { Datagram, Peer, TermMemory, V2Outcome, V2Output } from "../../src/rpc/index.ts";
import { Digest, encodeNoSession } from "../../src/v2/index.ts";
import type { Change, EntryKey, Header, V2Crypto, V2Event, V2Request } from "../../src/v2/index.ts";
import { MemoryTable } from "../support/memory-table.ts";
import { Ledger, Violation } from "./ledger.ts";
import type { LedgerCall } from "./ledger.ts";
import { Network } from "./network.ts";
import { Random } from "./random.ts";
import { Scheduler } from "./scheduler.ts";
import { weakCrypto } from "./weak-crypto.ts";

/** What a mutant may spoil; the real rules spoil nothing. */
export interface V2Rules {
  readonly serverCrypto: V2Crypto;
  readonly clientCrypto: V2Crypto;
  readonly doesTermSurvive: boolean;
  readonly isServerRandom: boolean;
}

/** The rules of SPEC.md. */
export const V2_RULES: V2Rules = {
  serverCrypto: weakCrypto,
  clientCrypto: weakCrypto,
  doesTermSurvive: true,
  isServerRandom: true,
};

/** Thrown from inside the kernel call; without a stack, which costs more than the call. */
class Crash {
  readonly isPlanned = true;
}

interface Process {
  readonly name: string;
  readonly term: number;
  readonly peer: Peer;
  readonly client: V2Client;
  readonly calls: Map<number, LedgerCall>;
  readonly eventsSeen: Set<number>;
  isDead: boolean;
}

const ENDS_MS = 12_000;
const CALM_MS = 20_000;
const THINK_MS = 500;
/** A little longer than a client tries, so that calls become unknown while their copies are still under way. */
const SLOW_MS = 6100;
const KEYS = 3;
const KEY_ID = 7;
const SOURCE = 0xc0000200;
const TAG_SOURCE = 0xc6336400;
const GROUP = 0xe9fc0000;
const SOURCE_IPV6 = 0x20010db8_00000000_00000000_00000001n;
const GROUP_IPV6 = 0xff3e0000_00000000_00000000_80000000n;

/** Clients with terms and without, a server that crashes, a bad network and an attacker, all determined by a seed. */
export class V2World {
  readonly ledger = new Ledger();
  readonly #rules: V2Rules;
  readonly #random: Random;
  readonly #scheduler = new Scheduler();
  readonly #network: Network;
  readonly #table: CrashingTable;
  readonly #key: Uint8Array;
  #termMemory: TermMemory = new MemoryTerm();
  #server: V2Server<Peer> | undefined;
  #bootEpoch = 1000;
  #processes: Process[] = [];
  #eventNumber = 0;
  /** What the attacker has seen: datagrams to the server, and to clients. */
  readonly #tape: { readonly bytes: Uint8Array; readonly peer: Peer; readonly isToServer: boolean }[] = [];

  constructor(seed: number, rules: V2Rules) {
    this.#rules = rules;
    this.#random = new Random(seed);
    this.#network = new Network(this.#scheduler, this.#random, {
      loss: 0.1,
      duplication: 0.15,
      lateness: 0.1,
      lateMs: 400,
    });
    this.#key = this.#random.bytes(32);
    this.#table = new CrashingTable((id) => {
      const call = this.ledger.calls[id];
      if (call === undefined) throw new Violation("the server executed something that nobody asked for");
      this.ledger.execute(call);
    });
  }

  /** Plays the world to its end; throws a `Violation` at the step that breaks a promise. */
  run(): void {
    this.#startServer();
    this.#startProcess(1);
    if (this.#random.chance(0.3)) this.#startProcess(0);
    this.#planFaults();
    for (let count = 0; count < 60; count++) this.#at(() => this.#attack());
    for (let count = 0; count < 10; count++) this.#at(() => this.#publish());
    this.#scheduler.runUntil(ENDS_MS);
    this.#network.isCalm = true;
    this.#network.isSlow = false;
    this.#scheduler.runUntil(ENDS_MS + CALM_MS);
    this.#checkEnd();
  }

  #planFaults(): void {
    const random = this.#random;
    if (random.chance(0.8)) {
      for (let crash = 0; crash < 3; crash++) this.#at(() => this.#crashServer());
    }
    if (random.chance(0.4)) {
      const startMs = random.next() * ENDS_MS * 0.3;
      this.#scheduler.at(startMs, () => (this.#network.isSlow = true));
      this.#scheduler.at(startMs + SLOW_MS, () => (this.#network.isSlow = false));
    }
    // A mauthserver that is deposed does not know it at once: two speak for a while.
    for (let term = 2; term <= 3 && random.chance(0.45); term++) {
      this.#scheduler.at(((term - 1) * ENDS_MS) / 3, () => {
        const before = this.#processes.findLast((process) => process.term === term - 1);
        this.#startProcess(term);
        this.#scheduler.after(1000, () => before && this.#kill(before));
      });
    }
  }

  #at(run: () => void): void {
    this.#scheduler.at(this.#random.next() * ENDS_MS, run);
  }

  #startServer(): void {
    if (!this.#rules.doesTermSurvive) this.#termMemory = new MemoryTerm();
    const random = (length: number) =>
      this.#rules.isServerRandom ? this.#random.bytes(length) : new Uint8Array(length);
    this.#server = new V2Server<Peer>({
      keys: new Map([[KEY_ID, this.#key]]),
      crypto: this.#rules.serverCrypto,
      random,
      bootEpoch: ++this.#bootEpoch,
      termMemory: this.#termMemory,
      table: this.#table,
    });
  }

  #crashServer(): void {
    const kind = this.#random.below(3);
    if (kind === 0) this.#goDown();
    else this.#table.crashAt = kind === 1 ? "before" : "after";
  }

  #goDown(): void {
    if (this.#server === undefined) return;
    this.#server = undefined;
    this.#scheduler.after(20, () => this.#startServer());
  }

  #startProcess(term: number): void {
    const process: Process = {
      name: `term ${term}`,
      term,
      peer: { address: "192.0.2.9", port: 40_000 + this.#processes.length },
      client: new V2Client({
        keyId: KEY_ID,
        key: this.#key,
        crypto: this.#rules.clientCrypto,
        random: (length) => this.#random.bytes(length),
        term,
      }),
      calls: new Map(),
      eventsSeen: new Set(),
      isDead: false,
    };
    this.#processes.push(process);
    this.#take(process, process.client.connect(this.#scheduler.nowMs));
    for (let worker = 0; worker < 2; worker++) this.#nextCall(process);
  }

  #kill(process: Process): void {
    process.isDead = true;
  }

  /** Asks for a change of a shared key, and tags it with the number of the call, which only the ledger reads. */
  #nextCall(process: Process): void {
    if (process.isDead || this.#scheduler.nowMs > ENDS_MS) return;
    // Those who claim no term have keys of their own, because nothing orders them and the others.
    const key = this.#random.below(KEYS) + (process.term === 0 ? KEYS : 0);
    const command = this.#random.chance(0.5) ? "add" : "remove";
    const call = this.ledger.begin({ process: process.name, key: String(key), command, term: process.term });
    const change: Change = { command, ...senderOf(key), maxTtl: 1 + this.#random.below(3) };
    this.#request(process, call, { op: "apply", changes: [tagOf(call.id), change] });
  }

  #request(process: Process, call: LedgerCall, request: V2Request): void {
    process.calls.set(process.client.request(request), call);
    this.#take(process, process.client.tick(this.#scheduler.nowMs));
  }

  #take(process: Process, outputs: readonly V2Output[]): void {
    for (const output of outputs) {
      if (output.type === "send") this.#sendToServer(process, output.bytes);
      if (output.type === "outcome") this.#settle(process, output.handle, output.outcome);
      if (output.type === "event") this.#takeEvent(process, output.event);
      if (output.type === "session") {
        const classes = ["sap"] as const;
        process.client.request({ op: "subscribe", classes, leaseSeconds: 60, eventsPerSecondMax: 100 });
      }
    }
    this.#arm(process);
  }

  #arm(process: Process): void {
    const deadlineMs = process.client.nextDeadlineMs;
    if (deadlineMs === undefined) return;
    this.#scheduler.at(Math.max(deadlineMs, this.#scheduler.nowMs), () => {
      // A later timer was set when something happened in the meantime.
      if (process.isDead || process.client.nextDeadlineMs !== deadlineMs) return;
      this.#take(process, process.client.tick(this.#scheduler.nowMs));
    });
  }

  #settle(process: Process, handle: number, outcome: V2Outcome): void {
    const call = process.calls.get(handle);
    if (call === undefined) return;
    process.calls.delete(handle);
    if (outcome.state === "unknown") this.ledger.settle(call, "unknown");
    else this.ledger.settle(call, outcome.state === "answered" ? "ack" : "error");
    this.#scheduler.after(this.#random.next() * THINK_MS, () => this.#nextCall(process));
  }

  #sendToServer(process: Process, bytes: Uint8Array): void {
    this.#tape.push({ bytes, peer: process.peer, isToServer: true });
    this.#network.send(() => this.#receive(process.peer, bytes));
  }

  #receive(peer: Peer, bytes: Uint8Array): void {
    try {
      this.#sendToClients(this.#server?.receive(peer, bytes, this.#scheduler.nowMs) ?? []);
    } catch (error) {
      if (!(error instanceof Crash)) throw error;
      this.#goDown();
    }
  }

  #sendToClients(datagrams: readonly Datagram<Peer>[]): void {
    for (const { peer, bytes } of datagrams) {
      this.#tape.push({ bytes, peer, isToServer: false });
      this.#network.send(() => this.#deliverToClient(peer, bytes));
    }
  }

  #deliverToClient(peer: Peer, bytes: Uint8Array): void {
    const process = this.#processes.find((other) => other.peer.port === peer.port);
    if (process === undefined || process.isDead) return;
    this.#take(process, process.client.receive(bytes, this.#scheduler.nowMs));
  }

  #publish(): void {
    const bytes = Uint8Array.of(++this.#eventNumber);
    const event = { class: "sap", interface: "lan0", source: SOURCE + 1, group: GROUP, bytes } as const;
    this.#sendToClients(this.#server?.publish(event, this.#scheduler.nowMs) ?? []);
  }

  #takeEvent(process: Process, event: V2Event): void {
    const [number] = event.class === "sap" ? event.bytes : [];
    if (number === undefined || number > this.#eventNumber) throw new Violation("an event that nobody published");
    if (process.eventsSeen.has(number)) throw new Violation(`event ${number} came twice`);
    process.eventsSeen.add(number);
  }

  /** Replays what was recorded, from its own address or another, altered or not, or claims that there is no session. */
  #attack(): void {
    const recorded = this.#tape[this.#random.below(this.#tape.length)];
    if (recorded === undefined) return;
    const bytes = recorded.bytes.slice();
    if (this.#random.chance(0.3)) {
      const index = this.#random.below(bytes.length);
      bytes[index] = (bytes[index] ?? 0) ^ (1 << this.#random.below(8));
    }
    if (!recorded.isToServer)
      return this.#deliverToClient(recorded.peer, this.#random.chance(0.2) ? hintOf(bytes) : bytes);
    const peer = this.#random.chance(0.5) ? recorded.peer : { address: "203.0.113.66", port: 1 };
    return this.#receive(peer, bytes);
  }

  /** Calm at last: every call has ended, the filter is what was executed, and the server's digest says so. */
  #checkEnd(): void {
    for (const process of this.#processes) {
      if (!process.isDead && process.calls.size > 0) throw new Violation(`calls of ${process.name} never ended`);
    }
    this.ledger.checkHeld(Array.from(this.#table.entries.values(), (entry) => String(keyOf(entry))));
    this.#checkDigest();
  }

  #checkDigest(): void {
    const process = this.#processes.findLast((other) => !other.isDead);
    if (process === undefined) return;
    // The server may have restarted since it was last spoken to, which the first ping finds out.
    const outcome = [1, 2].map(() => this.#pingAtOnce(process)).at(-1);
    if (outcome?.state !== "answered") throw new Violation(`after all faults a ping is ${outcome?.state}`);
    const { summary } = Digest.of(this.#table.entries.values());
    if (outcome.response.rootDigest !== summary.rootDigest) throw new Violation("the digest is not that of the filter");
  }

  /** Pings over a network without delay. */
  #pingAtOnce({ client, peer }: Process): V2Outcome | undefined {
    const { nowMs } = this.#scheduler;
    const handle = client.request({ op: "ping" });
    const outputs = client.tick(nowMs);
    let outcome: V2Outcome | undefined;
    for (const output of outputs) {
      if (output.type === "outcome" && output.handle === handle) outcome = output.outcome;
      if (output.type !== "send") continue;
      const answers = this.#server?.receive(peer, output.bytes, nowMs) ?? [];
      for (const { bytes } of answers) outputs.push(...client.receive(bytes, nowMs));
    }
    return outcome;
  }
}

/** A table that crashes when it is told, and that reports the tag in every APPLY. */
class CrashingTable extends MemoryTable {
  crashAt: "before" | "after" | undefined;
  readonly #onCall: (id: number) => void;

  constructor(onCall: (id: number) => void) {
    super();
    this.#onCall = onCall;
  }

  override apply(changes: readonly Change[]) {
    const { crashAt } = this;
    this.crashAt = undefined;
    if (crashAt === "before") throw new Crash();
    const [tag] = changes;
    if (tag !== undefined) this.#onCall(idOf(tag));
    const results = super.apply(changes);
    if (crashAt === "after") throw new Crash();
    return results;
  }
}

/** Every other key is of IPv6. */
function senderOf(key: number): EntryKey {
  if (key % 2 === 0) return { source: SOURCE + 1, group: GROUP + key };
  return { source: SOURCE_IPV6, group: GROUP_IPV6 + BigInt(key) };
}

function keyOf({ group }: EntryKey): number {
  return typeof group === "number" ? group - GROUP : Number(group - GROUP_IPV6);
}

/** A remove of what was never there, which carries a number. */
function tagOf(id: number): Change {
  return {
    command: "remove",
    source: TAG_SOURCE + (id & 0xff),
    group: GROUP + 0x80 + ((id >> 8) & 0x7f),
    maxTtl: id >> 15,
  };
}

function idOf(tag: Change): number {
  return Number(tag.source) - TAG_SOURCE + ((Number(tag.group) - GROUP - 0x80) << 8) + (tag.maxTtl << 15);
}

/** "No such session", as anybody on the way can say it after having seen a frame. */
function hintOf(bytes: Uint8Array): Uint8Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const header: Header = {
    kind: "response",
    op: 0,
    keyId: KEY_ID,
    sessionId: view.getBigUint64(8),
    term: 0,
    sequence: view.getUint32(28),
    bootEpoch: 0,
  };
  return encodeNoSession(header, 1);
}
