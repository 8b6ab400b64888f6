// SPDX-License-Identifier: MIT
import type { FoldClass } from "./fold.ts";
import type { KeptRequest, RequestMark } from "./request-mark.ts";

/**
 * Kinds of rows. `removal` is a sender that an mrouter still has to forget; `setting` is a choice of an admin or the
 * server's own state; `login` is a logged-in console; the others are entities that consoles see.
 */
export const KINDS = [
  "session",
  "grant",
  "mrouter",
  "announcement",
  "removal",
  "setting",
  "account",
  "token",
  "login",
  "ignored",
] as const;
export type Kind = (typeof KINDS)[number];

/**
 * Kinds whose lines follow from what was heard and decided. They may be compacted: the hash chain does not run through
 * them, though each of them carries a hash.
 */
export const PASSING_KINDS = ["session", "removal"] as const satisfies readonly Kind[];
export type PassingKind = (typeof PASSING_KINDS)[number];

/** A JSON object; the store never looks inside. */
export type Body = Readonly<Record<string, unknown>>;

/** One operation of a commit; a `put` creates or replaces. */
export type Op =
  | { readonly op: "put"; readonly kind: Kind; readonly key: string; readonly body: Body }
  | { readonly op: "delete"; readonly kind: Kind; readonly key: string };

/** Who makes a change, from where, when and why. */
export interface Authorship {
  /** An account, "token:NAME", "console" without accounts, "mauthserver" or "sap". */
  readonly actor: string;
  /** Address from which it was asked for; null when it came from within. */
  readonly from: string | null;
  /** Instant in milliseconds since the Unix epoch, as given by the committer. */
  readonly at: number;
  readonly reason?: string;
  /** The revision that this change undoes. */
  readonly undoes?: number;
}

/** One line of the append-only log. Revisions are dense: 1, 2, 3… in commit order. */
export type Change = Op &
  Authorship & {
    readonly rev: number;
    /** What the row was; null when there was none. */
    readonly before: Body | null;
    /** SHA-256 over the hash of the last chained line before it and this line, 64 hex digits. */
    readonly hash: string;
  };

export interface Row {
  readonly kind: Kind;
  readonly key: string;
  /** Revision of the change that wrote the row. */
  readonly rev: number;
  readonly body: Body;
}

/** What a row must be for a commit to happen; rev 0 means that there is no such row. */
export interface Expectation {
  readonly kind: Kind;
  readonly key: string;
  readonly rev: number;
}

export interface CommitOptions extends Omit<Authorship, "from"> {
  readonly from?: string | null;
  readonly expect?: readonly Expectation[];
  /** Refuses the commit with FencedError when somebody else took the lease since. */
  readonly fence?: Fence;
  /** It takes rights away: room that is kept for such commits is used when there is no other. */
  readonly isEssential?: boolean;
}

export interface Fence {
  readonly name: string;
  readonly epoch: number;
}

/** A named role that one process holds at a time; each holder has a greater epoch than the one before. */
export interface Lease extends Fence {
  /** Aborts when the lease is known to be lost. */
  readonly lost: AbortSignal;
}

export interface Snapshot {
  /** The rows are exactly the sum of the changes up to here. */
  readonly rev: number;
  readonly rows: readonly Row[];
}

/** Which lines of the log are asked for; every condition that is given must hold. */
export interface HistoryQuery {
  /** Lines with smaller revisions only. */
  readonly before?: number;
  readonly limit: number;
  readonly kinds?: readonly Kind[];
  readonly actor?: string;
  readonly key?: string;
  /** Instants in milliseconds since the Unix epoch: at or after the first, before the second. */
  readonly since?: number;
  readonly until?: number;
}

/** What a look at every line of the log found. */
export interface Verification {
  /** Lines looked at. */
  readonly lines: number;
  /** Hash of the last chained line: noted elsewhere, it shows later that nothing before it was changed. */
  readonly head: string;
  /** The first revision that is not as it was written, or that is missing. */
  readonly brokenAt?: number;
}

/**
 * Durable state with one append-only log. Every method may be slow and may be remote; none may be called after `close`.
 * A commit is atomic, durable when the promise resolves, and visible to `tail` only after it is durable.
 */
export interface Store {
  /** Applies the operations in order as consecutive revisions and returns the last one; no operation, no change. */
  commit(ops: readonly Op[], options: CommitOptions): Promise<number>;
  /** Tells this log from every other, also from itself before a restore: 32 random hex digits. Revisions count in one log alone. */
  logId(): Promise<string>;
  /** Rewrites the bodies of rows that exist without a revision: for passing state such as lastHeardAt. */
  refresh(rows: readonly Omit<Row, "rev">[]): Promise<void>;
  snapshot(kinds: readonly Kind[]): Promise<Snapshot>;
  /**
   * Hands every row of these kinds to `take`, as of the revision that it returns, without holding them all at once. A body
   * may be parsed only when it is looked at.
   */
  load(kinds: readonly Kind[], take: (row: Row) => void): Promise<number>;
  /** What a fold makes of every row of these kinds; with many rows that may be work of another thread meanwhile. */
  fold<Result>(kinds: readonly Kind[], foldClass: FoldClass): Promise<Result>;
  /** Every change after `rev`, in order, for ever, until the signal aborts; CompactedError when some are gone. */
  tail(rev: number, signal: AbortSignal): AsyncIterable<readonly Change[]>;
  /** What is known of a request that `markCommits` marked, or that was answered; undefined when it was not carried out. */
  findRequest(key: string): Promise<KeptRequest | undefined>;
  /** Keeps the answer to a request, as JSON, or null when only that it was answered; forgets those that are old or too many. */
  answerRequest(mark: RequestMark, answer: string | null, at: number): Promise<void>;
  /** Has a request that failed be asked again. */
  forgetRequest(key: string): Promise<void>;
  /** Lines of the log, the newest first. */
  history(query: HistoryQuery): Promise<Change[]>;
  /** Computes every hash of the log anew. */
  verify(): Promise<Verification>;
  /** Takes the lease over from whoever holds it. */
  lease(name: string, holder: string): Promise<Lease>;
  /** Forgets log lines of these kinds up to and including `rev`; rows stay. */
  compact(kinds: readonly PassingKind[], rev: number): Promise<void>;
  /** Writes a copy of everything to a new file, as of one revision, while others go on to commit. */
  backup(path: string): Promise<void>;
  close(): Promise<void>;
}
