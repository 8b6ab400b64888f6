// SPDX-License-Identifier: MIT
import { ERROR_CODES } from "@mauth/protocol/error-code";
import type { GrantInput, Session } from "@mauth/protocol/api";
import { formatIpv4 } from "@mauth/protocol/ipv4";
import { validateRequest, COMMAND } from "@mauth/protocol/v1";
import type { Request } from "@mauth/protocol/v1";
import type { By } from "./by.ts";
import { BY_ITSELF } from "./by.ts";
import { isStoreError } from "./errors.ts";
import { follow } from "./grants/follow.ts";
import type { DeletionPolicy } from "./grants/follow.ts";
import { rowOf, sendersOf } from "./grants/grant.ts";
import type { GrantRow } from "./grants/grant.ts";
import { GrantKeeper } from "./grants/keeper.ts";
import type { ChangeNote, KeeperOptions, KeptChange, Settling } from "./grants/keeper.ts";
import { Lifetimes } from "./grants/lifetimes.ts";
import type { Decided } from "./mrouters/roster.ts";
import { needsV2 } from "./grants/sender.ts";
import type { GrantTable } from "./grants/table.ts";
import { formatSenderKey, parseSenderKey } from "./sender-key.ts";
import { NamedSerial } from "./serial.ts";
import type { SteadyClock } from "./steady-clock.ts";
import type { Row } from "./store/store.ts";

/** Grants in all. */
export const GRANTS_MAX = 1_000_000;
/** Removals of senders that no grant knows, waiting for mrouters that do not answer. */
const STRAY_REMOVALS_MAX = 10_000;
/** How long a caller waits for the mrouters; longer than a v1 client retries (6.2 s), so that it has given up by then. */
const SETTLE_WAIT_MS = 10_000;

/** How a decision ended: in force everywhere, refused and undone, or stored and not yet acknowledged everywhere. */
export type Outcome = "ack" | "error" | "unknown";

export interface Decision {
  readonly outcome: Outcome;
  /** The grant that was decided about. */
  readonly id?: string;
  /** The revision of the change; absent when nothing was changed. */
  readonly rev?: number;
  /** Why it is not in force, as a sentence. */
  readonly error?: string;
  /** The grant was not any more of the revision that was asked for, and nothing was changed. */
  readonly isChanged?: true;
}

export interface BulkInput {
  readonly permit?: readonly GrantInput[];
  /** Ids of grants. */
  readonly revoke?: readonly string[];
}

export interface AuthorityOptions extends KeeperOptions {
  /** The session as it is announced now. */
  readonly sessionOf: (id: string) => Session | undefined;
  readonly policy: () => DeletionPolicy;
  /** By which grants end. */
  readonly steady: SteadyClock;
}

/** Makes and ends grants: durable first, then in force, then acknowledged. */
export class Authority {
  readonly #options: AuthorityOptions;
  readonly #keeper: GrantKeeper;
  readonly #lifetimes: Lifetimes;
  readonly #steady: SteadyClock;
  /** One decision about a grant at a time. */
  readonly #serial = new NamedSerial();

  constructor(options: AuthorityOptions) {
    const { sessionOf, policy, log } = options;
    this.#options = options;
    this.#steady = options.steady;
    this.#keeper = new GrantKeeper(options);
    const own = { keeper: this.#keeper, serial: this.#serial, steady: this.#steady };
    this.#lifetimes = new Lifetimes({ ...own, log, sessionOf, policy });
  }

  get size(): number {
    return this.#keeper.table.size;
  }

  /** Every grant as it is now, durable. */
  get grants(): GrantTable {
    return this.#keeper.table;
  }

  /** What is decided, for changes of the roster. */
  get decided(): Decided {
    return this.#keeper;
  }

  /** Takes over what the store holds; to be called once, before the fleet starts. */
  restore(rows: readonly Row[]): void {
    this.#keeper.restore(rows);
  }

  /** Begins to end grants at their time. */
  start(): void {
    this.#lifetimes.start();
  }

  stop(): void {
    this.#lifetimes.stop();
    this.#keeper.stop();
  }

  /** A session was announced, has changed, or is gone. */
  sessionChanged(id: string): void {
    this.#lifetimes.sessionChanged(id);
  }

  /** Another deletion policy holds from now on. */
  policyChanged(): void {
    this.#lifetimes.policyChanged();
  }

  /** Carries out a v1 request of a console. */
  async decide(request: Request, by: By = { name: "console", from: null }): Promise<Outcome> {
    if (validateRequest(request) !== undefined) return "error";
    const { source, group, command, maxTtl } = request;
    const decision =
      command === COMMAND.add
        ? await this.permit({ source: formatIpv4(source), group: formatIpv4(group), maxTtl }, by)
        : await this.revoke(formatSenderKey(source, group), by);
    return decision.outcome;
  }

  /** Makes a grant, or replaces the one of the same id with all its limits. */
  async permit(input: GrantInput, by: By, note: ChangeNote = {}): Promise<Decision> {
    const row = rowOf(input, { wallMs: this.#steady.nowMs(), by: by.name });
    if (typeof row === "string") return { outcome: "error", error: row };
    return this.#decide(row.id, () => this.#permit(row, by, note));
  }

  /** Ends a grant. A sender that no grant stands for is removed all the same. */
  async revoke(id: string, by: By, note: ChangeNote = {}): Promise<Decision> {
    return this.#decide(id, () => this.#revoke(id, by, note));
  }

  /** Makes many decisions; one result for each, the permits first. */
  async bulk({ permit = [], revoke = [] }: BulkInput, by: By): Promise<Decision[]> {
    return Promise.all([...permit.map((input) => this.permit(input, by)), ...revoke.map((id) => this.revoke(id, by))]);
  }

  /** Forgets a removal that an mrouter acknowledged. */
  async removed(mrouter: string, key: string): Promise<void> {
    await this.#keeper.removed(mrouter, key);
  }

  async #decide(id: string, action: () => Promise<Decision>): Promise<Decision> {
    try {
      return { id, ...(await action()) };
    } catch (error) {
      if (!isStoreError(error)) throw error;
      this.#options.log.error({ err: error, grant: id }, "a decision could not be stored");
      return { id, outcome: "error", error: `it could not be stored: ${error.message}` };
    }
  }

  async #permit(input: GrantRow, by: By, note: ChangeNote): Promise<Decision> {
    const decided = await this.#serial.run(input.id, async () => {
      if (this.#isChanged(input.id, note)) return CHANGED;
      const before = this.grants.get(input.id)?.row;
      const row = this.#complete({ ...input, permittedAt: before?.permittedAt ?? input.permittedAt });
      const obstacle = typeof row === "string" ? row : this.#obstacleTo(row, before);
      if (typeof row === "string" || obstacle !== undefined) return obstacle ?? "";
      const change = await this.#keeper.put(row, by, note);
      this.#lifetimes.watch(row);
      return { before, change };
    });
    if (typeof decided === "string") return { outcome: "error", error: decided };
    if ("isChanged" in decided) return decided;
    const { before, change } = decided;
    const decision = await decisionOf(change);
    if (decision.outcome === "error") await this.#undo(input.id, change.rev, before);
    return decision;
  }

  /** A grant of a session stands for what the session announces. */
  #complete(row: GrantRow): GrantRow | string {
    if (row.session === undefined) return row;
    const session = this.#options.sessionOf(row.session);
    if (session === undefined) return `no session ${row.session} is announced`;
    const followed = follow(row, session, { wallMs: this.#steady.nowMs() }, this.#options.policy());
    if (followed === "ended" || (followed.groups ?? []).length === 0)
      return `session ${row.session} announces no group for ${row.source}`;
    return followed;
  }

  /** Why a grant cannot be made. */
  #obstacleTo(row: GrantRow, before: GrantRow | undefined): string | undefined {
    if (before === undefined && this.size >= GRANTS_MAX) return `there are ${GRANTS_MAX} grants already`;
    const { fleet } = this.#options;
    for (const sender of sendersOf(row)) {
      const names = fleet.concernedBy(sender);
      if (names.length === 0) return `no mrouter's internal networks contain ${row.source}`;
      const old = needsV2(sender) ? names.find((name) => fleet.protocolOf(name) === "v1") : undefined;
      if (old !== undefined)
        return `mrouter ${old} is spoken to in v1, which knows one IPv4 source, one group and a TTL only: set it to v2`;
    }
    return undefined;
  }

  async #revoke(id: string, by: By, note: ChangeNote): Promise<Decision> {
    const change = await this.#serial.run(id, async () => {
      if (this.#isChanged(id, note)) return CHANGED;
      if (!this.grants.get(id)) return this.#removeStray(id);
      const erased = await this.#keeper.erase(id, by, note);
      this.#lifetimes.forget(id);
      return erased;
    });
    if (typeof change === "string") return { outcome: "error", error: change };
    return "isChanged" in change ? change : decisionOf(change);
  }

  #isChanged(id: string, { ifRev }: ChangeNote): boolean {
    return ifRev !== undefined && this.grants.get(id)?.rev !== ifRev;
  }

  #removeStray(id: string): KeptChange | string {
    const { fleet } = this.#options;
    const name = parseSenderKey(id);
    if (name === undefined) return "there is no such grant";
    if (fleet.concernedBy(name).length === 0) return "no mrouter's internal networks contain the source";
    if (this.#strays() > STRAY_REMOVALS_MAX) return "too many removals wait for mrouters that do not answer";
    return { rev: undefined, settling: this.#keeper.removeStray(id) };
  }

  /** An mrouter refused: what the console was told is an ERROR must not come into force later. */
  async #undo(id: string, rev: number | undefined, before: GrantRow | undefined): Promise<void> {
    await this.#serial.run(id, async () => {
      if (this.grants.get(id)?.rev !== rev) return;
      const by = { ...BY_ITSELF, reason: "an mrouter refused it" };
      const note = rev === undefined ? {} : { undoes: rev };
      if (before) await this.#keeper.put(before, by, note);
      else await this.#keeper.erase(id, by, note);
      if (before) this.#lifetimes.watch(before);
      else this.#lifetimes.forget(id);
    });
  }

  #strays(): number {
    let pending = 0;
    for (const mrouter of this.#options.fleet.mrouters) pending = Math.max(pending, mrouter.pending);
    return pending;
  }
}

const CHANGED = { outcome: "error", error: "it was changed meanwhile", isChanged: true } as const;

/** One refusal decides; otherwise all have to agree, and the store as well. */
async function decisionOf({ rev, settling, saved }: KeptChange): Promise<Decision> {
  const revision = rev === undefined ? {} : { rev };
  let timer: NodeJS.Timeout | undefined;
  const waiting = new Set(settling.map(({ mrouter }) => mrouter));
  let isSaved = saved === undefined;
  const late = new Promise<Decision>((resolve) => {
    timer = setTimeout(
      () => resolve({ ...revision, outcome: "unknown", error: lateSentence(waiting, isSaved) }),
      SETTLE_WAIT_MS,
    );
  });
  const answers = settling.map((one) => answerOf(one, waiting));
  const refused = answers.map(async (answer) => (await answer) ?? new Promise<never>(() => {}));
  const agreed = Promise.all([...answers, saved?.then(() => void (isSaved = true))]).then((): Decision => {
    if (waiting.size === 0) return { ...revision, outcome: "ack" };
    return { ...revision, outcome: "unknown", error: "another decision about it came later" };
  });
  const decision = await Promise.race([late, ...refused, agreed]);
  clearTimeout(timer);
  return { ...revision, ...decision };
}

/** The decision when this mrouter refuses; it stays among `waiting` when its wish was replaced by a later one. */
async function answerOf({ mrouter, settled }: Settling, waiting: Set<string>): Promise<Decision | undefined> {
  const settlement = await settled;
  if (settlement.state === "ack") waiting.delete(mrouter);
  if (settlement.state !== "error") return undefined;
  return { outcome: "error", error: `mrouter ${mrouter}: ${ERROR_CODES[settlement.code].sentence}` };
}

function lateSentence(waiting: ReadonlySet<string>, isSaved: boolean): string {
  if (!isSaved) return "the senders were stopped, but that could not be stored: it is tried again every second";
  return `stored, and not yet acknowledged by ${[...waiting].slice(0, 5).join(", ")}`;
}
