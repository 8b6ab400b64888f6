// SPDX-License-Identifier: MIT
import type { Mrouter } from "@mauth/protocol/api";
import type { Clock } from "../clock.ts";
import type { Sender } from "../grants.ts";
import { parseEndpoint } from "../listen-address.ts";
import type { Log } from "../log.ts";
import type { Driver, DriverContext, MrouterRow } from "./driver.ts";
import { Ledger } from "./ledger.ts";
import type { Line, Settlement } from "./ledger.ts";
import { Presence } from "./presence.ts";
import { V1Driver } from "./v1-driver.ts";

/** How often an mrouter's state is looked at. */
const OBSERVE_PERIOD_MS = 250;
/** How often consoles hear that nothing but the time of the last answer has changed. */
const HEARD_SHOWN_PERIOD_MS = 2000;

export interface MrouterOptions {
  readonly row: MrouterRow;
  readonly clock: Clock;
  readonly log: Log;
  /** A line of the ledger changed. */
  onLine(line: Line): void;
  /** What consoles see of the mrouter changed. */
  onEntity(mrouter: Mrouter): void;
}

/** One multicast router under control: its ledger, the driver that keeps its kernel to it, and what is known of it. */
export class ControlledMrouter {
  readonly row: MrouterRow;
  readonly #options: MrouterOptions;
  readonly #ledger: Ledger;
  readonly #driver: Driver;
  readonly #presence: Presence;
  #entity: Mrouter;
  #shownAtMs = 0;
  #lastHeardAt: number | null = null;
  #observer: NodeJS.Timeout | undefined;

  constructor(options: MrouterOptions) {
    const { row, clock, log } = options;
    this.row = row;
    this.#options = options;
    this.#ledger = new Ledger((line) => options.onLine(line));
    this.#presence = new Presence(clock.monotonicMs());
    const context: DriverContext = {
      name: row.name,
      endpoint: parseEndpoint(row.address) ?? { host: "", port: 0 },
      ledger: this.#ledger,
      clock,
      log,
      onHeard: () => this.#heard(),
    };
    this.#driver = new V1Driver(context);
    this.#entity = this.#describe();
  }

  /** What consoles see. */
  get entity(): Mrouter {
    return this.#entity;
  }

  get counters(): Readonly<Record<string, number>> {
    return this.#driver.counters;
  }

  start(): void {
    this.#observer = setInterval(() => this.#observe(), OBSERVE_PERIOD_MS);
    this.#driver.start();
  }

  async stop(): Promise<void> {
    clearInterval(this.#observer);
    await this.#driver.stop();
  }

  /** Wishes a sender in force, or absent with `maxTtl` 0. */
  want(sender: Sender, onSettled?: (settlement: Settlement) => void): void {
    this.#ledger.want(sender, onSettled);
    this.#driver.wake();
  }

  find(key: string): Line | undefined {
    return this.#ledger.find(key);
  }

  /** Senders that are not yet as decided. */
  get pending(): number {
    return this.#ledger.pending;
  }

  #heard(): void {
    const { clock } = this.#options;
    this.#presence.heard(clock.monotonicMs());
    this.#lastHeardAt = clock.wallMs();
    if (this.#entity.state === "connecting" || this.#entity.state === "offline") this.#observe();
  }

  #observe(): void {
    const nowMs = this.#options.clock.monotonicMs();
    const entity = this.#describe();
    const { lastHeardAt } = this.#entity;
    const isSame = JSON.stringify({ ...entity, lastHeardAt }) === JSON.stringify(this.#entity);
    if (isSame && (entity.lastHeardAt === lastHeardAt || nowMs - this.#shownAtMs < HEARD_SHOWN_PERIOD_MS)) return;
    if (entity.state !== this.#entity.state) this.#logState(entity.state);
    this.#entity = entity;
    this.#shownAtMs = nowMs;
    this.#options.onEntity(entity);
  }

  #logState(state: Mrouter["state"]): void {
    const { name, address } = this.row;
    const fields = { mrouter: name, address, state, pending: this.#ledger.pending, failed: this.#ledger.failed };
    if (state === "online") this.#options.log.info(fields, `mrouter ${name} is ${state}`);
    else this.#options.log.warn(fields, `mrouter ${name} is ${state}`);
  }

  #describe(): Mrouter {
    const { name, address, protocol, networks } = this.row;
    const isAsDecided = this.#ledger.pending === 0 && this.#ledger.failed === 0;
    return {
      id: name,
      name,
      address,
      protocol,
      networks: [...networks],
      state: this.#presence.observe(isAsDecided, this.#options.clock.monotonicMs()),
      filter: "unknown",
      mode: "unknown",
      interfaces: [],
      sendersDecided: this.#ledger.decided,
      sendersInForce: null,
      lastHeardAt: this.#lastHeardAt,
      passedPackets: null,
      refusedPackets: null,
    };
  }
}
