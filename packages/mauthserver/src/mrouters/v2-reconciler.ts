// SPDX-License-Identifier: MIT
import { listBuckets, readDigest, V2CallError } from "@mauth/protocol/rpc";
import { CHANGES_PER_REQUEST_MAX, differingBuckets } from "@mauth/protocol/v2";
import type { SenderEntry, Summary } from "@mauth/protocol/v2";
import type { DriverContext } from "./driver.ts";
import type { Line, Ticket } from "./ledger.ts";
import { Pause } from "./pause.ts";
import type { SenderTally } from "./tally.ts";
import type { V2Link } from "./v2-link.ts";
import type { Seen } from "./v2-watch.ts";
import { bucketOfSender, changeOf, isHeldAs, keyOfEntry } from "./wire.ts";

/** Requests that are under way at a time; the window of the protocol. */
const REQUESTS_MAX = 32;
/** How often a sender that the mrouter refused is tried again. */
const RETRY_PERIOD_MS = 2000;
/** How long to wait after an outcome that is not known. */
const BACK_OFF_MS = 250;
/** Entries that no grant explains and that are removed at a time. */
const FOREIGN_MAX = 10_000;

export interface ReconcilerOptions {
  readonly context: DriverContext;
  readonly link: V2Link;
  /** Of what the ledger says. */
  readonly tally: SenderTally;
  /** From now on it is known that the kernel holds what no line of the ledger calls pending or failed. */
  readonly onAssured: () => void;
}

/** A request that was carried out in no part. */
export type Refusal = Extract<V2CallError["outcome"], { state: "refused" }>;

/** Keeps the kernel of an mrouter as its ledger says, by difference: what changes is applied, what differs is looked for. */
export class V2Reconciler {
  readonly #context: DriverContext;
  readonly #link: V2Link;
  readonly #tally: SenderTally;
  readonly #onAssured: () => void;
  readonly #pause = new Pause();
  readonly counters = { applied: 0, failed: 0, unknown: 0, audits: 0, missing: 0, foreign: 0 };
  #isStopping = false;
  #running: Promise<void> | undefined;
  #requests = 0;
  #seen: { readonly summary: Summary; readonly version: number } | undefined;
  #retryAtMs = 0;
  #refusal: Refusal | undefined;

  constructor({ context, link, tally, onAssured }: ReconcilerOptions) {
    this.#context = context;
    this.#link = link;
    this.#tally = tally;
    this.#onAssured = onAssured;
  }

  start(): void {
    this.#running ??= this.#run();
  }

  wake(): void {
    this.#pause.wake();
  }

  /** Why it last carried out nothing at all; undefined when it did. */
  get refusal(): Refusal | undefined {
    return this.#refusal;
  }

  /** Takes what the mrouter says that its kernel holds; whether that is as decided, undefined while changes are under way. */
  look({ summary }: Seen): boolean | undefined {
    const { ledger } = this.#context;
    if (this.#requests > 0 || ledger.pending > 0) return undefined;
    const { entryCount, rootDigest } = this.#tally.digest.summary;
    const isAsDecided = summary.entryCount === entryCount && summary.rootDigest === rootDigest;
    if (isAsDecided) this.#assure();
    else {
      this.#seen = { summary, version: ledger.version };
      this.wake();
    }
    return isAsDecided;
  }

  /** To be called after the link was stopped. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    this.#pause.wake();
    await this.#running;
  }

  async #run(): Promise<void> {
    while (!this.#isStopping) {
      const tickets = this.#requests < REQUESTS_MAX ? this.#take() : [];
      if (tickets.length > 0) void this.#apply(tickets);
      else if (this.#seen && this.#requests === 0) await this.#audit();
      else await this.#pause.wait(RETRY_PERIOD_MS);
    }
  }

  #take(): Ticket[] {
    const { ledger, clock } = this.#context;
    const tickets = ledger.take(CHANGES_PER_REQUEST_MAX);
    if (tickets.length > 0 || clock.monotonicMs() < this.#retryAtMs) return tickets;
    this.#retryAtMs = clock.monotonicMs() + RETRY_PERIOD_MS;
    return ledger.takeFailed(CHANGES_PER_REQUEST_MAX);
  }

  async #apply(tickets: readonly Ticket[]): Promise<void> {
    const { ledger } = this.#context;
    this.#requests++;
    try {
      const nowMs = this.#context.steadyMs();
      const changes = tickets.map(({ sender }) => changeOf(sender, nowMs));
      const { results } = await this.#link.call<"apply">({ op: "apply", changes });
      this.#context.onHeard();
      this.#refusal = undefined;
      for (const [index, ticket] of tickets.entries()) {
        const error = results[index];
        this.counters[error === undefined ? "applied" : "failed"]++;
        ledger.settle(ticket, error ?? "ack");
      }
    } catch (error) {
      this.#noteFailure(error);
      await new Promise((resolve) => setTimeout(resolve, this.#isStopping ? 0 : BACK_OFF_MS));
      for (const ticket of tickets) ledger.settle(ticket, "unknown");
    } finally {
      this.#requests--;
      this.#pause.wake();
    }
  }

  #noteFailure(error: unknown): void {
    if (!(error instanceof V2CallError)) throw error;
    this.counters.unknown++;
    const { outcome } = error;
    if (outcome.state !== "refused") return;
    if (outcome.status === "stale-term" && this.#refusal?.status !== "stale-term")
      this.#context.log.error(
        { mrouter: this.#context.name, term: outcome.term },
        `mrouter ${this.#context.name} obeys a newer mauthserver`,
      );
    this.#refusal = outcome;
  }

  /** Looks for what differs; nothing is concluded when a wish came in between. */
  async #audit(): Promise<void> {
    const { ledger } = this.#context;
    const version = this.#seen?.version;
    this.#seen = undefined;
    if (version !== ledger.version) return;
    this.counters.audits++;
    try {
      const buckets = differingBuckets(this.#tally.digest, await readDigest(this.#link.call));
      const entries = await listBuckets(this.#link.call, buckets);
      this.#context.onHeard();
      if (version === ledger.version) this.#mend(new Set(buckets), entries);
    } catch (error) {
      this.#noteFailure(error);
    }
  }

  #mend(buckets: ReadonlySet<number>, entries: readonly SenderEntry[]): void {
    const { ledger, log, name } = this.#context;
    const held = new Map(entries.map((entry) => [keyOfEntry(entry), entry] as const));
    const lines: Line[] = [...ledger.lines((sender) => buckets.has(bucketOfSender(sender)))];
    const nowMs = this.#context.steadyMs();
    const differing = lines.filter(({ sender }) => !isHeldAs(sender, held.get(sender.key), nowMs));
    for (const { sender } of lines) held.delete(sender.key);
    const foreign = [...held].slice(0, FOREIGN_MAX);
    for (const { sender } of differing) ledger.doubtOne(sender);
    for (const [key, { source, group, groupLength }] of foreign)
      ledger.want({ key, source, group, maxTtl: 0, ...(groupLength !== undefined && { groupLength }) });
    this.#assure();
    this.counters.missing += differing.length;
    this.counters.foreign += foreign.length;
    const fields = { mrouter: name, differing: differing.length, foreign: foreign.slice(0, 10).map(([key]) => key) };
    log.warn(
      fields,
      `mrouter ${name} did not hold what was decided: mending ${differing.length + foreign.length} senders`,
    );
  }

  #assure(): void {
    if (this.#context.ledger.assure()) this.#onAssured();
  }
}
