// SPDX-License-Identifier: MIT
import { MemorySlots, quietUntilMs, V1_SLOT_LIFETIME_MS, V1Client, V1Server } from "../../src/rpc/index.ts";
import type { V1Outcome, V1Peer } from "../../src/rpc/index.ts";
import { COMMAND } from "../../src/v1/index.ts";
import type { Request } from "../../src/v1/index.ts";
import { Ledger, Violation } from "./ledger.ts";
import type { LedgerCall } from "./ledger.ts";
import { Network } from "./network.ts";
import { Random } from "./random.ts";
import { Scheduler } from "./scheduler.ts";

/** What a world needs of a v1 server, so that naive ones can stand in for it. */
export interface V1Like {
  receive(peer: V1Peer, bytes: Uint8Array, nowMs: number): Uint8Array | undefined;
}

/** The filter under a server. */
export interface V1Kernel {
  execute(request: Request): undefined;
  isInForce(request: Request): boolean;
}

/** A set of rules to be tried: the real ones, or a mutant. */
export interface V1Rules {
  /** Makes a server at its first start or after a crash. */
  readonly makeServer: (kernel: V1Kernel, slots: MemorySlots, quietMs: number) => V1Like;
  /** Whether clients begin at a random number on a new port; naive ones begin at 0 on their own port. */
  readonly areClientsFresh: boolean;
  readonly doSlotsSurvive: boolean;
}

/** The rules of SPEC.md. */
export const V1_RULES: V1Rules = {
  makeServer: (kernel, memory, quietMs) =>
    new V1Server({
      memory,
      quietUntilMs: quietMs,
      execute: (request) => kernel.execute(request),
      isInForce: (request) => kernel.isInForce(request),
    }),
  areClientsFresh: true,
  doSlotsSurvive: true,
};

class Crash extends Error {}

interface Process {
  readonly name: string;
  readonly key: number;
  client: V1Client;
  port: number;
  outstanding: LedgerCall | undefined;
  isDead: boolean;
}

const ENDS_MS = 20_000;
const GROUP = 0xe9fc0000;

/** Several v1 clients, one server and a bad network, all determined by a seed. */
export class V1World {
  readonly ledger = new Ledger();
  readonly #rules: V1Rules;
  readonly #random: Random;
  readonly #scheduler = new Scheduler();
  readonly #network: Network;
  readonly #senders = new Map<string, number>();
  readonly #slots = new MemorySlots();
  #server: V1Like | undefined;
  #current: LedgerCall | undefined;
  #crashAt: "before" | "after" | undefined;
  #processes: Process[] = [];
  #ports = 1000;

  constructor(seed: number, rules: V1Rules) {
    this.#rules = rules;
    this.#random = new Random(seed);
    const lateMs = this.#random.chance(0.2) ? 30_000 : 400;
    this.#network = new Network(this.#scheduler, this.#random, {
      loss: 0.1,
      duplication: 0.15,
      lateness: lateMs > 400 ? 0.02 : 0.1,
      lateMs,
    });
  }

  /** Plays the world to its end; throws a `Violation` at the step that breaks a promise. */
  run(): void {
    const scheduler = this.#scheduler;
    // A server's first start is the start of the boot clock here, and nothing can be under way yet.
    this.#server = this.#makeServer(0);
    const isBusy = this.#random.chance(0.1);
    const clients = isBusy ? 1 : 1 + this.#random.below(3);
    for (let index = 0; index < clients; index++) this.#startProcess(index, isBusy ? 5 : 600);
    if (this.#random.chance(0.7)) for (let crash = 0; crash < 3; crash++) this.#at(() => this.#crashServer());
    for (const process of this.#processes) if (this.#random.chance(0.5)) this.#at(() => this.#restartProcess(process));
    scheduler.runUntil(ENDS_MS);
    this.#network.isCalm = true;
    scheduler.runUntil(ENDS_MS + 2 * V1_SLOT_LIFETIME_MS);
    this.#checkEnd();
  }

  #at(run: () => void): void {
    this.#scheduler.at(this.#random.next() * ENDS_MS, run);
  }

  #makeServer(quietMs: number): V1Like {
    const kernel = { execute: (r: Request) => this.#execute(r), isInForce: (r: Request) => this.#isInForce(r) };
    return this.#rules.makeServer(kernel, this.#slots, quietMs);
  }

  #startProcess(key: number, thinkMs: number): void {
    const { areClientsFresh } = this.#rules;
    const port = areClientsFresh ? this.#ports++ : 100 + key;
    const client = new V1Client({ firstSequence: areClientsFresh ? this.#random.below(256) : 0 });
    const name = `client ${key} of ${this.#processes.length}`;
    const process: Process = { name, key, client, port, outstanding: undefined, isDead: false };
    this.#processes.push(process);
    this.#scheduler.after(this.#random.next() * 10, () => this.#nextCall(process, thinkMs));
  }

  #restartProcess(process: Process): void {
    if (process.isDead) return;
    process.isDead = true;
    this.#startProcess(process.key, 600);
  }

  #nextCall(process: Process, thinkMs: number): void {
    if (process.isDead || this.#scheduler.nowMs > ENDS_MS) return;
    if (process.client.isPortWorn) {
      process.client = new V1Client({ firstSequence: this.#rules.areClientsFresh ? this.#random.below(256) : 0 });
      if (this.#rules.areClientsFresh) process.port = this.#ports++;
    }
    const key = process.key * 2 + this.#random.below(2);
    const command = this.#random.chance(0.5) ? "add" : "remove";
    const call = this.ledger.begin({ process: process.name, key: String(key), command, term: 0 });
    process.outstanding = call;
    const request = {
      command: COMMAND[command],
      source: 0xc0000201,
      group: GROUP + key,
      maxTtl: 1 + this.#random.below(3),
    };
    this.#sendRequest(process, process.client.start(request, this.#scheduler.nowMs), call, thinkMs);
    this.#arm(process, call, thinkMs);
  }

  #arm(process: Process, call: LedgerCall, thinkMs: number): void {
    const deadlineMs = process.client.nextDeadlineMs;
    if (deadlineMs === undefined) return;
    this.#scheduler.at(deadlineMs, () => {
      if (process.isDead || process.outstanding !== call) return;
      const tick = process.client.tick(this.#scheduler.nowMs);
      if (tick?.type === "outcome") return this.#settle(process, call, tick.outcome, thinkMs);
      if (tick?.type === "send") this.#sendRequest(process, tick.bytes, call, thinkMs);
      return this.#arm(process, call, thinkMs);
    });
  }

  #sendRequest(process: Process, bytes: Uint8Array, call: LedgerCall, thinkMs: number): void {
    const { port, client } = process;
    const peer = { address: 0xc0000209, port };
    this.#network.send(() => {
      const response = this.#receive(peer, bytes, call);
      if (response === undefined) return;
      this.#network.send(() => {
        // A response reaches whoever holds the port now.
        const holder = this.#processes.findLast((other) => !other.isDead && other.port === port);
        if (holder === undefined || (this.#rules.areClientsFresh && holder.client !== client)) return;
        const { outstanding } = holder;
        const outcome = holder.client.receive(response);
        if (outcome !== undefined && outstanding !== undefined) this.#settle(holder, outstanding, outcome, thinkMs);
      });
    });
  }

  #settle(process: Process, call: LedgerCall, outcome: V1Outcome, thinkMs: number): void {
    process.outstanding = undefined;
    this.ledger.settle(call, outcome.state);
    this.#scheduler.after(this.#random.next() * thinkMs, () => this.#nextCall(process, thinkMs));
  }

  #receive(peer: V1Peer, bytes: Uint8Array, call: LedgerCall): Uint8Array | undefined {
    if (this.#server === undefined) return undefined;
    this.#current = call;
    try {
      return this.#server.receive(peer, bytes, this.#scheduler.nowMs);
    } catch (error) {
      if (!(error instanceof Crash)) throw error;
      this.#goDown();
      return undefined;
    }
  }

  #execute(request: Request): undefined {
    const call = this.#current;
    if (call === undefined) throw new Violation("the server executed something that nobody asked for");
    const crashAt = this.#crashAt;
    this.#crashAt = undefined;
    if (crashAt === "before") throw new Crash();
    this.ledger.execute(call);
    const key = `${request.source}>${request.group}`;
    if (request.command === COMMAND.add) this.#senders.set(key, request.maxTtl);
    else this.#senders.delete(key);
    if (crashAt === "after") throw new Crash();
    return undefined;
  }

  /** Called while a server settles the call that a crash interrupted: that call is the last one received. */
  #isInForce(request: Request): boolean {
    const maxTtl = this.#senders.get(`${request.source}>${request.group}`);
    const isInForce = request.command === COMMAND.add ? maxTtl === request.maxTtl : maxTtl === undefined;
    // What is in force need not be done again: it counts as executed.
    if (isInForce && this.#current?.executions === 0) this.ledger.execute(this.#current);
    return isInForce;
  }

  #crashServer(): void {
    const kind = this.#random.below(3);
    if (kind === 0) this.#goDown();
    else this.#crashAt = kind === 1 ? "before" : "after";
  }

  #goDown(): void {
    if (this.#server === undefined) return;
    this.#server = undefined;
    const areSlotsLost = this.#rules.doSlotsSurvive && this.#random.chance(0.1);
    if (areSlotsLost) for (const [index] of this.#slots.load()) this.#slots.clear(index);
    this.#scheduleStart(areSlotsLost ? "damaged" : "intact");
  }

  /** A server may crash again while it settles the call that the last crash interrupted. */
  #scheduleStart(slots: "intact" | "damaged"): void {
    this.#scheduler.after(20, () => {
      try {
        this.#server = this.#makeServer(quietUntilMs(slots, this.#scheduler.nowMs));
      } catch (error) {
        if (!(error instanceof Crash)) throw error;
        this.#scheduleStart("intact");
      }
    });
  }

  /** Calm at last: every call has ended, and the filter holds what the calls that were executed add up to. */
  #checkEnd(): void {
    for (const { isDead, outstanding } of this.#processes) {
      if (!isDead && outstanding !== undefined) throw new Violation(`call ${outstanding.id} never ended`);
    }
    const held = [...this.#senders.keys()].map((sender) => String(Number(sender.split(">")[1]) - GROUP));
    this.ledger.checkHeld(held);
  }
}
