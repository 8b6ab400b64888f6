// SPDX-License-Identifier: MIT
import type { ErrorCode } from "@mauth/protocol/error-code";
import { isSameSender } from "../grants/sender.ts";
import type { Sender, UnnamedSender } from "../grants/sender.ts";
import { formatSenderKey } from "../sender-key.ts";
import { Round } from "./round.ts";

/** How a wish ended at one mrouter; superseded by a later wish for the same sender. */
export type Settlement =
  | { readonly state: "ack" }
  | { readonly state: "error"; readonly code: ErrorCode }
  | { readonly state: "superseded" };

/** How a call ended; an unknown outcome leaves the wish pending. */
export type CallOutcome = "ack" | "unknown" | ErrorCode;

/** One wish: the sender in force with this TTL, or absent where `maxTtl` is 0. */
export interface Line {
  readonly sender: Sender;
  readonly state: "pending" | "enforced" | "failed";
  /** Why it failed. */
  readonly error: ErrorCode | undefined;
}

/** A wish that is being carried out. */
export interface Ticket {
  readonly sender: Sender;
}

interface Entry {
  sender: Sender;
  state: Line["state"];
  error: ErrorCode | undefined;
  /** The wish that is being carried out: one call at a time for each sender, so that two cannot overtake each other. */
  ticket: Ticket | undefined;
  /** Undefined while nobody waits: most senders are restored, and there may be a million. */
  waiters: Array<(settlement: Settlement) => void> | undefined;
}

/** What is decided for an mrouter, kept elsewhere. */
export interface Base {
  find(key: string): Sender | undefined;
  /** Those that are wanted; to name one takes longer than to ask. */
  senders(isWanted: (sender: UnnamedSender) => boolean): Iterable<Sender>;
}

/** Counts what the kernel shall hold. */
export interface Tally {
  add(sender: UnnamedSender): void;
  remove(sender: UnnamedSender): void;
}

export interface LedgerOptions {
  /** Hears of each line whose state changed; a sender that is gone is `enforced` with `maxTtl` 0. */
  readonly onChange?: (line: Line) => void;
  /** With a base the ledger keeps only the lines that are not simply as decided: an mrouter may hold a million. */
  readonly base?: Base;
  /** Is told of every sender that the kernel shall hold; of those that it refused, not. */
  readonly tally?: Tally;
}

/**
 * What the kernel of one mrouter shall hold and what the mrouter has acknowledged of it. Wishes are levels, not a queue:
 * a later wish for the same sender replaces the earlier one, so the ledger never holds more than one line for each.
 */
export class Ledger {
  readonly #entries = new Map<string, Entry>();
  /** Removals go first: when in doubt the filter is narrower. */
  readonly #removals = new Round<Entry>();
  readonly #additions = new Round<Entry>();
  readonly #onChange: (line: Line) => void;
  readonly #failures = new Set<Entry>();
  readonly #settled = new Round<Entry>();
  #decided = 0;
  #version = 0;

  readonly #base: Base | undefined;
  readonly #tally: Tally | undefined;
  /** Whether the kernel is known to hold what the base says, as far as no line says otherwise. */
  #isAssured = false;

  constructor({ onChange = () => {}, base, tally }: LedgerOptions = {}) {
    this.#onChange = onChange;
    this.#base = base;
    this.#tally = tally;
  }

  /** Takes over what is decided since before the start: pending, or with a base only counted. */
  restore(sender: UnnamedSender): void {
    if (this.#base === undefined)
      return this.want({ ...sender, key: formatSenderKey(sender.source, sender.group, sender.groupLength) });
    this.#decided++;
    this.#tally?.add(sender);
  }

  /** The kernel is known to hold what is decided, but for the lines that are pending or failed; true when that is news. */
  assure(): boolean {
    const isNews = !this.#isAssured;
    this.#isAssured = true;
    return isNews;
  }

  /** Lines that are not yet as they shall be, those being carried out included. */
  get pending(): number {
    return this.#removals.size + this.#additions.size;
  }

  /** Lines that the mrouter refused. */
  get failed(): number {
    return this.#failures.size;
  }

  /** Tells whether the mrouter refused a line for this reason. */
  hasFailed(code: ErrorCode): boolean {
    for (const { error } of this.#failures) if (error === code) return true;
    return false;
  }

  /** Changes with every wish, and with every one that the mrouter refuses or accepts after all. */
  get version(): number {
    return this.#version;
  }

  /** Senders that shall be in force. */
  get decided(): number {
    return this.#decided;
  }

  /** The wish that has been pending longest, as an identity: another wish is another value. */
  get oldestPending(): Sender | undefined {
    return (this.#removals.oldest ?? this.#additions.oldest)?.sender;
  }

  find(key: string): Line | undefined {
    const entry = this.#entries.get(key);
    const sender = entry === undefined ? this.#base?.find(key) : undefined;
    return sender === undefined ? entry : this.#lineOf(sender);
  }

  /** The lines of the senders that are wanted. */
  *lines(isWanted: (sender: UnnamedSender) => boolean = () => true): Generator<Line> {
    for (const entry of this.#entries.values()) if (isWanted(entry.sender)) yield entry;
    for (const sender of this.#base?.senders(isWanted) ?? [])
      if (!this.#entries.has(sender.key)) yield this.#lineOf(sender);
  }

  #lineOf(sender: Sender): Line {
    return { sender, state: this.#isAssured ? "enforced" : "pending", error: undefined };
  }

  /**
   * Wishes a sender in force, or absent with `maxTtl` 0; `before` is what was decided before, for a ledger with a base.
   * `onSettled` is called at most once.
   */
  want(sender: Sender, before?: Sender, onSettled?: (settlement: Settlement) => void): void {
    this.#version++;
    const known = this.#entries.get(sender.key);
    const former = known === undefined ? before : known.sender;
    if (former === undefined || !isSameSender(former, sender)) {
      if (known) tell(known, { state: "superseded" });
      if (former && former.maxTtl > 0) this.#count(former, -1, known?.state !== "failed");
      if (sender.maxTtl > 0) this.#count(sender, 1, known?.state !== "failed");
    }
    const entry = known ?? this.#insert(sender);
    this.#settled.delete(entry);
    this.#removals.delete(entry);
    this.#additions.delete(entry);
    entry.sender = sender;
    (sender.maxTtl === 0 ? this.#removals : this.#additions).add(entry);
    if (onSettled) (entry.waiters ??= []).push(onSettled);
    this.#setState(entry, "pending", undefined);
  }

  /** Takes up to `count` pending wishes to carry them out; each must be settled. */
  take(count: number): Ticket[] {
    const tickets: Ticket[] = [];
    for (const pending of [this.#removals, this.#additions])
      while (tickets.length < count) {
        const entry = pending.next(isFree);
        if (entry === undefined) break;
        tickets.push(issue(entry));
      }
    return tickets;
  }

  /** Takes up to `count` wishes that the mrouter refused, to try once more. */
  takeFailed(count: number): Ticket[] {
    const tickets: Ticket[] = [];
    for (const entry of this.#failures) {
      if (tickets.length >= count) break;
      if (entry.ticket === undefined) tickets.push(issue(entry));
    }
    return tickets;
  }

  /** Takes the next settled line, round and round, to assert it once more; undefined when there is none. */
  takeNext(): Ticket | undefined {
    const entry = this.#settled.next(isFree);
    return entry && issue(entry);
  }

  /** Ends what a ticket began. A wish that was replaced meanwhile stays as it is. */
  settle(ticket: Ticket, outcome: CallOutcome): void {
    const entry = this.#entries.get(ticket.sender.key);
    if (entry?.ticket !== ticket) return;
    entry.ticket = undefined;
    if (outcome === "unknown" || !isSameSender(entry.sender, ticket.sender)) return;
    this.#removals.delete(entry);
    this.#additions.delete(entry);
    const isAsBase = this.#base !== undefined || entry.sender.maxTtl === 0;
    if (outcome === "ack" && isAsBase) this.#entries.delete(entry.sender.key);
    else this.#settled.add(entry);
    this.#setState(entry, outcome === "ack" ? "enforced" : "failed", outcome === "ack" ? undefined : outcome);
    tell(entry, outcome === "ack" ? { state: "ack" } : { state: "error", code: outcome });
  }

  /** Makes every line pending again, because the mrouter may have lost what it acknowledged. */
  doubt(): void {
    for (const entry of this.#entries.values()) this.want(entry.sender, entry.sender);
  }

  /** Makes the line of a sender that is wished pending again, because the kernel was seen to hold something else. */
  doubtOne(sender: Sender): void {
    this.want(sender, sender);
  }

  #setState(entry: Entry, state: Line["state"], error: ErrorCode | undefined): void {
    if (entry.state === state && entry.error === error) return;
    if (state === "failed" || entry.state === "failed") this.#version++;
    if (entry.sender.maxTtl > 0 && (state === "failed") !== (entry.state === "failed"))
      this.#tally?.[state === "failed" ? "remove" : "add"](entry.sender);
    if (state === "failed") this.#failures.add(entry);
    else this.#failures.delete(entry);
    entry.state = state;
    entry.error = error;
    this.#onChange(entry);
  }

  #insert(sender: Sender): Entry {
    const entry: Entry = { sender, state: "pending", error: undefined, ticket: undefined, waiters: undefined };
    this.#entries.set(sender.key, entry);
    return entry;
  }

  #count(sender: Sender, by: 1 | -1, isTallied: boolean): void {
    this.#decided += by;
    if (isTallied) this.#tally?.[by === 1 ? "add" : "remove"](sender);
  }
}

function tell(entry: Entry, settlement: Settlement): void {
  const { waiters } = entry;
  entry.waiters = undefined;
  for (const waiter of waiters ?? []) waiter(settlement);
}

function isFree(entry: Entry): boolean {
  return entry.ticket === undefined;
}

function issue(entry: Entry): Ticket {
  entry.ticket = { sender: entry.sender };
  return entry.ticket;
}
