// SPDX-License-Identifier: MIT
import { readDenied, readSenders, readStatus, V2CallError } from "@mauth/protocol/rpc";
import type { StatusReport, Summary } from "@mauth/protocol/v2";
import type { DriverContext } from "./driver.ts";
import { Pause } from "./pause.ts";
import type { Sightings } from "./sightings.ts";
import type { V2Link } from "./v2-link.ts";

/** How often an mrouter is asked for its state and for what it has counted since. */
export const POLL_PERIOD_MS = 1000;
/** How often it is asked for everything, because rows that are gone are not told. */
const FULL_READ_PERIOD_MS = 30_000;
/** How long an mrouter shall tell what it hears and refuses, unless it allows less. */
const LEASE_SECONDS = 60;
/** Part of the lease after which it is renewed, so that two renewals may be lost. */
const RENEW_AFTER = 1 / 3;
const EVENTS_PER_SECOND_MAX = 1000;

/** What is known of the kernel of an mrouter. */
export interface Seen {
  readonly status: StatusReport;
  readonly summary: Summary;
  readonly bootEpoch: number;
}

export interface WatchOptions {
  readonly context: DriverContext;
  readonly link: V2Link;
  readonly sightings: Sightings;
  onSeen(seen: Seen): void;
}

/** Asks an mrouter, again and again, what its kernel holds and has counted. */
export class V2Watch {
  readonly #options: WatchOptions;
  readonly #pause = new Pause();
  #isStopping = false;
  #running: Promise<void> | undefined;
  #bootEpoch = 0;
  #cursors = { senders: 0, denied: 0 };
  #fullReadAtMs = 0;
  #subscribeAtMs = 0;

  constructor(options: WatchOptions) {
    this.#options = options;
  }

  start(): void {
    this.#running ??= this.#run();
  }

  /** Asks at once: a session was opened, or something is known to have changed. */
  wake(): void {
    this.#pause.wake();
  }

  /** To be called after the link was stopped. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    this.#pause.wake();
    await this.#running;
  }

  async #run(): Promise<void> {
    while (!this.#isStopping) {
      try {
        await this.#poll();
      } catch (error) {
        // Silence, or an mrouter that speaks no v2: asked again with the next round.
        if (!(error instanceof V2CallError)) throw error;
      }
      if (!this.#isStopping) await this.#pause.wait(POLL_PERIOD_MS);
    }
  }

  async #poll(): Promise<void> {
    const { context, link, sightings } = this.#options;
    const nowMs = context.clock.monotonicMs();
    const { status, bootEpoch, entryCount, rootDigest } = await readStatus(link.call);
    context.onHeard();
    if (bootEpoch !== this.#bootEpoch) this.#begin(bootEpoch);
    this.#options.onSeen({ status, bootEpoch, summary: { entryCount, rootDigest } });
    const isAll = nowMs >= this.#fullReadAtMs;
    if (isAll) this.#cursors = { senders: 0, denied: 0 };
    const senders = await readSenders(link.call, this.#cursors.senders);
    sightings.takeSenders(senders.rows, this.#readAt(senders.nowMs), isAll);
    const denied = await readDenied(link.call, this.#cursors.denied);
    sightings.takeDenied(denied.rows, this.#readAt(denied.nowMs), isAll);
    this.#cursors = { senders: senders.cursor, denied: denied.cursor };
    if (isAll) this.#fullReadAtMs = nowMs + FULL_READ_PERIOD_MS;
    await this.#subscribe(nowMs);
  }

  /** A cursor is good for one boot epoch. */
  #begin(bootEpoch: number): void {
    if (this.#bootEpoch !== 0) this.#options.sightings.clear();
    this.#bootEpoch = bootEpoch;
    this.#fullReadAtMs = 0;
    this.#subscribeAtMs = 0;
  }

  async #subscribe(nowMs: number): Promise<void> {
    if (nowMs < this.#subscribeAtMs) return;
    const limits = { leaseSeconds: LEASE_SECONDS, eventsPerSecondMax: EVENTS_PER_SECOND_MAX };
    const classes = ["denied", "sap"] as const;
    const { leaseSeconds } = await this.#options.link.call<"subscribe">({ op: "subscribe", classes, ...limits });
    this.#subscribeAtMs = nowMs + leaseSeconds * 1000 * RENEW_AFTER;
  }

  #readAt(bootMs: number): { bootMs: number; wallMs: number } {
    return { bootMs, wallMs: this.#options.context.clock.wallMs() };
  }
}
