// SPDX-License-Identifier: MIT

/**
 * Kinds of rows. `removal` is a sender that an mrouter still has to forget; `setting` is the server's own state;
 * the others are entities that consoles see.
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
] as const;
export type Kind = (typeof KINDS)[number];

/** A JSON object; the store never looks inside. */
export type Body = Readonly<Record<string, unknown>>;

/** One operation of a commit; a `put` creates or replaces. */
export type Op =
  | { readonly op: "put"; readonly kind: Kind; readonly key: string; readonly body: Body }
  | { readonly op: "delete"; readonly kind: Kind; readonly key: string };

/** One line of the append-only log. Revisions are dense: 1, 2, 3… in commit order. */
export type Change = Op & {
  readonly rev: number;
  /** Who did it. */
  readonly actor: string;
  /** Instant in milliseconds since the Unix epoch, as given by the committer. */
  readonly at: number;
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

export interface CommitOptions {
  readonly actor: string;
  /** Milliseconds since the Unix epoch. */
  readonly at: number;
  readonly expect?: readonly Expectation[];
  /** Refuses the commit with FencedError when somebody else took the lease since. */
  readonly fence?: Fence;
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

/**
 * Durable state with one append-only log. Every method may be slow and may be remote; none may be called after `close`.
 * A commit is atomic, durable when the promise resolves, and visible to `tail` only after it is durable.
 */
export interface Store {
  /** Applies the operations in order as consecutive revisions and returns the last one; no operation, no change. */
  commit(ops: readonly Op[], options: CommitOptions): Promise<number>;
  /** Rewrites the bodies of rows that exist without a revision: for passing state such as lastHeardAt. */
  refresh(rows: readonly Omit<Row, "rev">[]): Promise<void>;
  snapshot(kinds: readonly Kind[]): Promise<Snapshot>;
  /** Every change after `rev`, in order, for ever, until the signal aborts; CompactedError when some are gone. */
  tail(rev: number, signal: AbortSignal): AsyncIterable<readonly Change[]>;
  /** Takes the lease over from whoever holds it. */
  lease(name: string, holder: string): Promise<Lease>;
  /** Forgets log lines of these kinds up to and including `rev`; rows stay. */
  compact(kinds: readonly Kind[], rev: number): Promise<void>;
  close(): Promise<void>;
}
