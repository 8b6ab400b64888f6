// SPDX-License-Identifier: MIT
import { ERROR_CODES } from "@mauth/protocol/error-code";
import type { Address } from "@mauth/protocol/address";
import type { Enforcement } from "@mauth/protocol/api";
import type { Clock } from "../clock.ts";
import { isSameSender, mroutersOf, territoryOf } from "../grants/sender.ts";
import type { Sender, Territory, UnnamedSender } from "../grants/sender.ts";
import type { GrantTable } from "../grants/table.ts";
import type { Log } from "../log.ts";
import type { Board } from "../push/board.ts";
import type { Heard } from "../sessions.ts";
import type { SteadyClock } from "../steady-clock.ts";
import type { MrouterRow } from "./driver.ts";
import type { Base, Settlement } from "./ledger.ts";
import { ControlledMrouter } from "./mrouter.ts";

export interface FleetOptions {
  readonly clock: Clock;
  readonly log: Log;
  /** Shows the mrouters and what their kernels have counted. */
  readonly board: Board;
  /** By which senders end. */
  readonly steady: SteadyClock;
  /** Fences mauthservers before this one off. */
  readonly term: number;
  /** What is decided. */
  readonly grants: GrantTable;
  /** An mrouter relayed an announcement. */
  onHeard(heard: Heard): void;
  /** The enforcement of a sender changed at some mrouter. */
  onSender(key: string): void;
  /** The enforcement of every sender of an mrouter may have changed. */
  onAll(): void;
  /** An mrouter acknowledged that it holds a sender no more. */
  onRemoved(mrouter: string, key: string): void;
}

/** Sources of which it is remembered whom they concern. */
const CONCERNED_MAX = 65_536;

/** Every mrouter under control, each on its own. */
export class Fleet {
  readonly #options: FleetOptions;
  readonly #mrouters = new Map<string, ControlledMrouter>();
  #territories: Territory[] = [];
  readonly #concerned = new Map<Address, readonly string[]>();

  constructor(options: FleetOptions) {
    this.#options = options;
  }

  /** Puts an mrouter under control; nothing is sent before `start`. StartError when its key cannot be read. */
  add(row: MrouterRow): void {
    const options = this.#options;
    const mrouter = new ControlledMrouter({
      row,
      clock: options.clock,
      log: options.log,
      board: options.board,
      steady: options.steady,
      term: options.term,
      base: this.#baseOf(row.name),
      onAll: () => options.onAll(),
      onHeard: (heard) => options.onHeard(heard),
      onLine: ({ sender, state }) => {
        if (sender.maxTtl === 0 && state === "enforced") options.onRemoved(row.name, sender.key);
        else options.onSender(sender.key);
      },
    });
    this.#mrouters.set(row.name, mrouter);
    this.#setTerritories([...this.#territories, territoryOf(row)]);
  }

  /** What is decided for one mrouter. */
  #baseOf(name: string): Base {
    const { grants } = this.#options;
    const isMine = (sender: UnnamedSender) => this.concernedBy(sender).includes(name);
    return {
      find: (key) => {
        const sender = grants.sender(key);
        return sender && isMine(sender) ? sender : undefined;
      },
      senders: (isWanted) => grants.senders((sender) => isWanted(sender) && isMine(sender)),
    };
  }

  #setTerritories(territories: Territory[]): void {
    this.#territories = territories;
    this.#concerned.clear();
  }

  /** Lets an mrouter go; its kernel stays as it is. */
  async remove(name: string): Promise<void> {
    const mrouter = this.#mrouters.get(name);
    if (mrouter === undefined) return;
    this.#mrouters.delete(name);
    this.#setTerritories(this.#territories.filter((territory) => territory.name !== name));
    await mrouter.stop();
    mrouter.hide();
  }

  /** Has the filter of an interface drop, or only count what it would drop; a sentence when it does not. */
  async setMode(name: string, interfaceName: string, mode: "enforce" | "monitor"): Promise<string | undefined> {
    return this.#mrouters.get(name)?.setMode(interfaceName, mode) ?? `there is no mrouter ${name}`;
  }

  /** Begins to speak to one that was added later. */
  startOne(name: string): void {
    this.#mrouters.get(name)?.start();
  }

  /** What is spoken with an mrouter; undefined when there is none of that name. */
  protocolOf(name: string): MrouterRow["protocol"] | undefined {
    return this.#mrouters.get(name)?.row.protocol;
  }

  start(): void {
    for (const mrouter of this.#mrouters.values()) mrouter.start();
  }

  async stop(): Promise<void> {
    await Promise.all(Array.from(this.#mrouters.values(), (mrouter) => mrouter.stop()));
  }

  get mrouters(): Iterable<ControlledMrouter> {
    return this.#mrouters.values();
  }

  get territories(): readonly Territory[] {
    return this.#territories;
  }

  /** Names of the mrouters whose internal networks contain the source of a sender. */
  concernedBy({ source }: Pick<Sender, "source">): readonly string[] {
    const known = this.#concerned.get(source);
    if (known !== undefined) return known;
    const names = mroutersOf(source, this.#territories);
    if (this.#concerned.size >= CONCERNED_MAX) this.#concerned.clear();
    this.#concerned.set(source, names);
    return names;
  }

  /** Takes over a sender that is decided since before the start, at all mrouters concerned or at one. */
  restore(sender: UnnamedSender, only?: string): void {
    for (const name of only === undefined ? this.concernedBy(sender) : [only])
      this.#mrouters.get(name)?.restore(sender);
  }

  /** Wishes a sender in force, or absent with `maxTtl` 0, at these mrouters; each settles it in its own time. */
  want(
    names: readonly string[],
    sender: Sender,
    before: Sender | undefined,
  ): { mrouter: string; settled: Promise<Settlement> }[] {
    return names.map((mrouter) => ({
      mrouter,
      settled: new Promise((resolve) => this.#mrouters.get(mrouter)?.want(sender, before, resolve)),
    }));
  }

  /** The same for one who does not wait. */
  wish(names: readonly string[], sender: Sender): void {
    for (const name of names) this.#mrouters.get(name)?.want(sender);
  }

  /** Tells, for each mrouter that shall hold the sender, whether it does. */
  enforcement(sender: Sender): Enforcement[] {
    return this.concernedBy(sender).map((mrouter) => {
      const line = this.#mrouters.get(mrouter)?.find(sender.key);
      // A change of the store may be shown before it has become a wish.
      if (line === undefined || !isSameSender(line.sender, sender)) return { mrouter, state: "pending" };
      return { mrouter, state: line.state, ...(line.error && { error: ERROR_CODES[line.error].sentence }) };
    });
  }
}
