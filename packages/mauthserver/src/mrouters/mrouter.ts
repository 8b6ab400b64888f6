// SPDX-License-Identifier: MIT
import { ERROR_CODES } from "@mauth/protocol/error-code";
import type { ErrorCode } from "@mauth/protocol/error-code";
import type { Mrouter } from "@mauth/protocol/api";
import { formatAddress } from "@mauth/protocol/address";
import { setMode, V2CallError } from "@mauth/protocol/rpc";
import type { SessionInfo } from "@mauth/protocol/rpc";
import type { V2Event } from "@mauth/protocol/v2";
import type { Clock } from "../clock.ts";
import { StartError } from "../errors.ts";
import type { Sender, UnnamedSender } from "../grants/sender.ts";
import { parseEndpoint } from "../listen-address.ts";
import type { Log } from "../log.ts";
import type { Board } from "../push/board.ts";
import type { Heard } from "../sessions.ts";
import type { SteadyClock } from "../steady-clock.ts";
import type { Driver, DriverContext, MrouterRow } from "./driver.ts";
import { KEY_SHAPE, nullKey, parseKey, readKeyFile } from "./key-file.ts";
import type { SharedKey } from "./key-file.ts";
import { Ledger } from "./ledger.ts";
import type { Base, Line, Settlement } from "./ledger.ts";
import { SenderTally } from "./tally.ts";
import { Presence } from "./presence.ts";
import { Sightings } from "./sightings.ts";
import { standingOf } from "./standing.ts";
import type { Standing } from "./standing.ts";
import { V1Driver } from "./v1-driver.ts";
import { V2Link } from "./v2-link.ts";
import { V2Reconciler } from "./v2-reconciler.ts";
import { V2Watch } from "./v2-watch.ts";
import type { Seen } from "./v2-watch.ts";

/** How often an mrouter's state is looked at. */
const OBSERVE_PERIOD_MS = 250;
/** How often consoles hear that nothing but the time of the last answer or a count has changed. */
const COUNTS_SHOWN_PERIOD_MS = 1000;

/** So many changes at a time are no longer those of an operator: the mrouter is being brought back. */
const MANY_PENDING = 100;

export interface MrouterOptions {
  readonly row: MrouterRow;
  readonly clock: Clock;
  readonly log: Log;
  readonly board: Board;
  /** By which senders end. */
  readonly steady: SteadyClock;
  /** Fences mauthservers before this one off. */
  readonly term: number;
  /** What is decided for it. */
  readonly base: Base;
  /** The enforcement of all its senders may have changed. */
  onAll(): void;
  /** A line of the ledger changed. */
  onLine(line: Line): void;
  /** The mrouter relayed an announcement. */
  onHeard(heard: Heard): void;
}

/** The key that an mrouter is spoken to with; StartError when there is none to be had. */
export function keyOfRow({ name, key, secret }: MrouterRow): SharedKey {
  if (secret === undefined) return key === undefined ? nullKey : readKeyFile(key);
  const parsed = parseKey(secret);
  if (parsed === undefined) throw new StartError(`the key of mrouter ${name} is not ${KEY_SHAPE}`);
  return parsed;
}

/** One multicast router under control: its ledger, the driver that keeps its kernel to it, and what is known of it. */
export class ControlledMrouter {
  readonly row: MrouterRow;
  readonly #options: MrouterOptions;
  readonly #tally = new SenderTally();
  readonly #ledger: Ledger;
  readonly #presence: Presence;
  readonly #sightings: Sightings;
  readonly #link: V2Link;
  readonly #watch: V2Watch;
  readonly #driver: Driver;
  #seen: Seen | undefined;
  #bootEpoch = 0;
  /** Whether the kernel was last seen to hold what was decided and nothing else; undefined while that is not known. */
  #isAsDecided: boolean | undefined;
  #shownAtMs = 0;
  #lastHeardAt: number | null = null;
  #observer: NodeJS.Timeout | undefined;

  constructor(options: MrouterOptions) {
    const { row, clock, log, board } = options;
    this.row = row;
    this.#options = options;
    const onChange = (line: Line) => this.#lineChanged(line);
    this.#ledger =
      row.protocol === "v1"
        ? new Ledger({ onChange })
        : new Ledger({ onChange, base: options.base, tally: this.#tally });
    this.#presence = new Presence(clock.monotonicMs());
    const isPermitted = (key: string) => isInForce(this.#ledger.find(key));
    this.#sightings = new Sightings({ mrouter: row.name, board, isPermitted });
    const context: DriverContext = {
      name: row.name,
      endpoint: parseEndpoint(row.address) ?? { host: "", port: 0 },
      ledger: this.#ledger,
      clock,
      log,
      steadyMs: () => options.steady.nowMs(),
      onHeard: () => this.#heard(),
    };
    this.#link = this.#createLink(context);
    const onSeen = (seen: Seen) => this.#take(seen);
    this.#watch = new V2Watch({ context, link: this.#link, sightings: this.#sightings, onSeen });
    this.#driver = row.protocol === "v1" ? new V1Driver(context) : this.#createReconciler(context);
    board.add("mrouter", this.#describe());
  }

  #createReconciler(context: DriverContext): V2Reconciler {
    return new V2Reconciler({ context, link: this.#link, tally: this.#tally, onAssured: () => this.#options.onAll() });
  }

  /** Over v1 the mrouter is only looked at by v2, and not every v1 mrouter lets itself be looked at. */
  #createLink({ endpoint, clock }: DriverContext): V2Link {
    const { row, term } = this.#options;
    return new V2Link({
      endpoint,
      clock,
      key: keyOfRow(row),
      term: row.protocol === "v1" ? 0 : term,
      onSession: (session) => this.#sessionOpened(session),
      onEvent: (event, bootMs) => this.#takeEvent(event, bootMs),
    });
  }

  /** What consoles see. */
  get entity(): Mrouter {
    return this.#options.board.get("mrouter", this.row.name) ?? this.#describe();
  }

  get counters(): Readonly<Record<string, number>> {
    const own = Object.entries(this.#driver.counters);
    const link = Object.entries(this.#link.counters).map(([name, count]) => [`v2-${name}`, count] as const);
    return Object.fromEntries([...own, ...link]);
  }

  start(): void {
    this.#observer = setInterval(() => this.#observe(), OBSERVE_PERIOD_MS);
    this.#link.start();
    this.#watch.start();
    this.#driver.start();
  }

  async stop(): Promise<void> {
    clearInterval(this.#observer);
    this.#link.stop();
    await Promise.all([this.#watch.stop(), this.#driver.stop()]);
  }

  /** Has the filter of an internal interface drop, or only count what it would drop; a sentence when it does not. */
  async setMode(name: string, mode: "enforce" | "monitor"): Promise<string | undefined> {
    if (this.row.protocol === "v1")
      return `mrouter ${this.row.name} is spoken to in v1, which knows no modes: set it to v2`;
    try {
      const code = await setMode(this.#link.call, name, mode);
      if (code === undefined) this.#showMode(name, mode);
      this.#watch.wake();
      return code === undefined ? undefined : `mrouter ${this.row.name}: ${ERROR_CODES[code].sentence}`;
    } catch (error) {
      if (!(error instanceof V2CallError)) throw error;
      const { state } = error.outcome;
      if (state === "refused") return `mrouter ${this.row.name} did not take it: ${error.outcome.status}`;
      return `mrouter ${this.row.name} did not answer: whether the mode has changed is not known`;
    }
  }

  /** Shows what the mrouter has acknowledged without waiting for what it tells next. */
  #showMode(name: string, mode: "enforce" | "monitor"): void {
    if (this.#seen === undefined) return;
    const { status } = this.#seen;
    const interfaces = status.interfaces.map((one) =>
      one.name === name ? { ...one, isMonitored: mode === "monitor" } : one,
    );
    this.#seen = { ...this.#seen, status: { ...status, interfaces } };
    this.#observe();
  }

  /** Takes everything that was shown of it away. */
  hide(): void {
    this.#sightings.clear();
    this.#options.board.remove("mrouter", this.row.name);
  }

  /** Wishes a sender in force, or absent with `maxTtl` 0. */
  want(sender: Sender, before?: Sender, onSettled?: (settlement: Settlement) => void): void {
    this.#ledger.want(sender, before, onSettled);
    this.#driver.wake();
  }

  /** Takes over a sender that is decided since before the start. */
  restore(sender: UnnamedSender): void {
    this.#ledger.restore(sender);
  }

  find(key: string): Line | undefined {
    return this.#ledger.find(key);
  }

  /** Senders that are not yet as decided. */
  get pending(): number {
    return this.#ledger.pending;
  }

  #lineChanged(line: Line): void {
    const { key, maxTtl } = line.sender;
    if (isInForce(line)) this.#sightings.permitted(key);
    if (maxTtl === 0 && line.state === "enforced") this.#sightings.removed(key);
    this.#options.onLine(line);
  }

  /** Another boot epoch: musersd started anew, and over v1 nothing but asserting everything tells what it kept. */
  #sessionOpened({ bootEpoch }: SessionInfo): void {
    if (this.#bootEpoch !== 0 && this.#bootEpoch !== bootEpoch && this.row.protocol === "v1") {
      this.#ledger.doubt();
      this.#driver.wake();
    }
    this.#bootEpoch = bootEpoch;
    this.#heard();
    this.#watch.wake();
  }

  #take(seen: Seen): void {
    this.#seen = seen;
    if (this.#driver instanceof V2Reconciler) this.#isAsDecided = this.#driver.look(seen) ?? this.#isAsDecided;
  }

  #takeEvent(event: V2Event, bootMs: number): void {
    if (event.class === "denied") {
      this.#sightings.takeDenied([event.row], { bootMs, wallMs: this.#options.clock.wallMs() }, false);
      return;
    }
    const { bytes, source, group } = event;
    const place = { interface: event.interface, mrouter: this.row.name };
    this.#options.onHeard({ bytes, source: formatAddress(source), sapGroup: formatAddress(group), ...place });
  }

  #heard(): void {
    const { clock } = this.#options;
    this.#presence.heard(clock.monotonicMs());
    this.#lastHeardAt = clock.wallMs();
    const { state } = this.entity;
    if (state === "connecting" || state === "offline") this.#observe();
  }

  #observe(): void {
    const nowMs = this.#options.clock.monotonicMs();
    const shown = this.entity;
    const entity = this.#describe();
    if (isSame(entity, shown)) return;
    const { lastHeardAt, passedPackets, refusedPackets } = shown;
    const areOnlyCounts = isSame({ ...entity, lastHeardAt, passedPackets, refusedPackets }, shown);
    if (areOnlyCounts && nowMs - this.#shownAtMs < COUNTS_SHOWN_PERIOD_MS) return;
    if (entity.state !== shown.state) this.#logState(entity.state);
    this.#shownAtMs = nowMs;
    this.#options.board.add("mrouter", entity);
  }

  #logState(state: Mrouter["state"]): void {
    const { name, address } = this.row;
    const fields = { mrouter: name, address, state, pending: this.#ledger.pending, failed: this.#ledger.failed };
    if (state === "online") this.#options.log.info(fields, `mrouter ${name} is ${state}`);
    else this.#options.log.warn(fields, `mrouter ${name} is ${state}`);
  }

  /** What is not as decided; a change is another difference than the one before it. */
  #difference(): unknown {
    const { pending, failed, oldestPending } = this.#ledger;
    if (failed > 0) return "failed";
    if (pending >= MANY_PENDING) return "many pending";
    return oldestPending ?? (this.#isAsDecided === false ? "drift" : undefined);
  }

  #standing(): Standing {
    const { name, address, protocol } = this.row;
    const { status, term } = (this.#driver instanceof V2Reconciler ? this.#driver.refusal : undefined) ?? {};
    return {
      name,
      address,
      protocol,
      presence: this.#presence.observe(this.#difference(), this.#options.clock.monotonicMs()),
      refusal: status,
      term,
      answersV1Only: this.#link.answersV1Only,
      failure: FAILURES.find((code) => this.#ledger.hasFailed(code)),
      failed: this.#ledger.failed,
      sendersMax: this.#seen?.status.sendersMax,
    };
  }

  #describe(): Mrouter {
    const { name, address, protocol, networks } = this.row;
    const sendersMax = this.#seen?.status.sendersMax;
    return {
      id: name,
      name,
      address,
      protocol,
      networks: [...networks],
      ...standingOf(this.#standing()),
      ...(sendersMax !== undefined && { sendersMax }),
      ...reportOf(this.#seen),
      sendersDecided: this.#ledger.decided,
      lastHeardAt: this.#lastHeardAt,
    };
  }
}

/** Why senders can be refused, what hides the rest first. */
const FAILURES = ["full", "no-memory", "unsupported", ...(Object.keys(ERROR_CODES) as ErrorCode[])] as const;

type Report = Pick<Mrouter, "filter" | "mode" | "interfaces" | "sendersInForce" | "passedPackets" | "refusedPackets">;

function reportOf(seen: Seen | undefined): Report {
  if (!seen) {
    const nothing = { sendersInForce: null, passedPackets: null, refusedPackets: null };
    return { filter: "unknown", mode: "unknown", interfaces: [], ...nothing };
  }
  const { status, summary } = seen;
  return {
    filter: status.filter,
    mode: status.mode,
    interfaces: status.interfaces.map(({ name, isAttached, isMonitored }) => ({
      name,
      attached: isAttached,
      monitored: isMonitored ?? false,
    })),
    sendersInForce: summary.entryCount,
    passedPackets: status.passedPackets,
    refusedPackets: Object.values(status.refusedPackets).reduce((sum, packets) => sum + packets, 0),
  };
}

function isInForce(line: Line | undefined): boolean {
  return line !== undefined && line.sender.maxTtl > 0 && line.state === "enforced";
}

function isSame(a: Mrouter, b: Mrouter): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
