// SPDX-License-Identifier: MIT
import type { ErrorCode } from "../error-code.ts";
import type { Ipv4 } from "../ipv4.ts";
import type { CounterRow, DeniedRow, EntryKey, HeldSender, Mode, SenderRow, StatusReport } from "../v2/index.ts";
import type { RowTable } from "./row-table.ts";

/** A change whose lease has become a moment of the boot clock. */
export interface HeldChange extends HeldSender {
  readonly command: "add" | "remove";
}

/** A sender with its counters. */
export type HeldRow = HeldSender & Omit<SenderRow, "leaseSeconds">;

/** Whoever takes the senders of a table; most have nothing but a TTL, and there may be a million of those. */
export interface SenderVisitor {
  plain(source: Ipv4, group: Ipv4, maxTtl: number): void;
  /** A sender of any kind. */
  sender(sender: HeldSender): void;
}

/** What the v2 server serves: the filter, read from the kernel at every call. */
export interface SenderTable {
  /**
   * Carries the changes out as if one after the other, and returns when the kernel has; one result for each, in order.
   * @param isNew Tells of which names there was no sender when the server looked last.
   */
  apply(changes: readonly HeldChange[], isNew: (key: EntryKey) => boolean): readonly (ErrorCode | undefined)[];
  /** Hands over what the filter holds. */
  list(visitor: SenderVisitor): void;
  /** Lets the filter drop on an internal interface or only count; returns when the kernel does so, and a restart will. */
  setMode(name: string, mode: Mode): ErrorCode | undefined;
  status(): StatusReport;
  readonly senders: readonly RowTable<HeldRow>[];
  readonly denied: readonly RowTable<DeniedRow>[];
  counters(): readonly CounterRow[];
}

/** Where the highest term outlives the process. */
export interface TermMemory {
  /** The last term stored, 0 when there is none. */
  load(): number;
  /** Returns when the term would survive a kill of the process. */
  store(term: number): void;
}

/** A term in the memory of the process, for tests. */
export class MemoryTerm implements TermMemory {
  #term = 0;

  load(): number {
    return this.#term;
  }

  store(term: number): void {
    this.#term = term;
  }
}

/** Limits of the v2 server; each has a default. */
export interface V2Limits {
  /** Sessions of one key that have had a valid frame; the least recently used one makes room. */
  readonly liveSessionsPerKeyMax: number;
  /** Sessions of one key that have only said HELLO; the oldest one makes room. */
  readonly pendingSessionsPerKeyMax: number;
  /** Unauthenticated answers in all. */
  readonly noSessionPerSecondMax: number;
  /** A session unused for so long is forgotten. */
  readonly sessionIdleMs: number;
  /** The digest in every response is built anew from the kernel when it is older than this. */
  readonly digestAgeMsMax: number;
  /** The same for DIGEST and LIST, whose readers look for drift. */
  readonly readAgeMsMax: number;
  /** The same for STATS. */
  readonly statsAgeMsMax: number;
  /** Requests of STATS, of all sessions, that wait until rows are read. */
  readonly waitingRequestsMax: number;
  /** Longest subscription. */
  readonly leaseSecondsMax: number;
  /** Most events for one subscriber. */
  readonly eventsPerSecondMax: number;
}

/** The limits that hold when none are given. */
export const V2_LIMITS: V2Limits = {
  liveSessionsPerKeyMax: 8,
  pendingSessionsPerKeyMax: 16,
  noSessionPerSecondMax: 10,
  sessionIdleMs: 3_600_000,
  digestAgeMsMax: 10_000,
  readAgeMsMax: 1000,
  statsAgeMsMax: 1000,
  waitingRequestsMax: 256,
  leaseSecondsMax: 60,
  eventsPerSecondMax: 2000,
};
