// SPDX-License-Identifier: MIT
import type { Clock } from "../clock.ts";
import type { Config } from "../config.ts";
import { GRANT_FOLD } from "../grants/loading.ts";
import type { LoadedGrants } from "../grants/loading.ts";
import { GrantTable } from "../grants/table.ts";
import type { Log } from "../log.ts";
import { MemoryStore } from "../store/memory.ts";
import { SqliteStore } from "../store/sqlite.ts";
import { KINDS } from "../store/store.ts";
import type { Fence, Row, Snapshot, Store } from "../store/store.ts";
import { chooseTermBase, LEADER, termOf } from "../term.ts";

/** Log lines of sessions that are kept: announcements of anybody must not fill the disk. */
const SESSION_CHANGES_KEPT = 100_000;
const COMPACT_PERIOD_MS = 600_000;

/** What everything in the server is given. */
export interface Surroundings {
  readonly config: Config;
  readonly clock: Clock;
  readonly log: Log;
}

/** What everything else stands on: the store, and what it held at the start. */
export interface Ground extends Surroundings {
  readonly store: Store;
  readonly fence: Fence;
  /** The fencing term of this server. */
  readonly term: number;
  /** Of the store's log. */
  readonly logId: string;
  /** Empty until what is being loaded is taken over. */
  readonly grants: GrantTable;
  readonly loading: Promise<LoadedGrants>;
  /** All but the grants and the sessions. */
  readonly snapshot: Snapshot;
  /** Of the same revision. To look at the body of each would take seconds. */
  readonly sessions: readonly Row[];
}

/** Opens the store, makes this server the only one that writes, and reads what is there; what closes it goes on `opened`. */
export async function openGround(surroundings: Surroundings, opened: AsyncDisposableStack): Promise<Ground> {
  const { config, clock } = surroundings;
  const store = openStore(config);
  opened.defer(async () => store.close());
  const fence = await store.lease(LEADER, `pid ${process.pid}`);
  await chooseTermBase(store, fence, clock);
  await takeMrouters(store, fence, surroundings);
  const grants = new GrantTable();
  const loading = store.fold<LoadedGrants>(["grant"], GRANT_FOLD);
  // Whoever waits for them hears of a failure.
  loading.catch(() => undefined);
  const { snapshot, sessions } = await readRest(store);
  const term = termOf(snapshot, fence);
  const logId = await store.logId();
  return { ...surroundings, store, fence, logId, term, grants, loading, snapshot, sessions };
}

async function readRest(store: Store): Promise<Pick<Ground, "snapshot" | "sessions">> {
  const [rows, sessions]: [Row[], Row[]] = [[], []];
  const kinds = KINDS.filter((kind) => kind !== "grant");
  const rev = await store.load(kinds, (row) => (row.kind === "session" ? sessions : rows).push(row));
  return { snapshot: { rev, rows }, sessions };
}

function openStore({ store }: Config): Store {
  return store.type === "memory" ? new MemoryStore() : SqliteStore.open(store.path);
}

/** Takes the mrouters of the configuration into the store, once; afterwards they live there. */
async function takeMrouters(
  store: Store,
  fence: Fence,
  { config: { mrouter }, clock, log }: Surroundings,
): Promise<void> {
  if (mrouter.length === 0) return;
  const { rows } = await store.snapshot(["mrouter", "setting"]);
  if (rows.some((row) => row.kind === "setting" && row.key === "mrouters-taken")) {
    const kept = new Map(
      rows.filter((row) => row.kind === "mrouter").map((row) => [row.key, JSON.stringify(row.body)]),
    );
    if (kept.size !== mrouter.length || mrouter.some((row) => kept.get(row.name) !== JSON.stringify(row)))
      log.warn({ kept: [...kept.keys()] }, "the mrouters of the configuration are ignored: the store has its own");
    return;
  }
  await store.commit(
    [
      ...mrouter.map((row) => ({ op: "put", kind: "mrouter", key: row.name, body: { ...row } }) as const),
      { op: "put", kind: "setting", key: "mrouters-taken", body: {} },
    ],
    { actor: "configuration", at: clock.wallMs(), fence },
  );
}

/** Compacts the log from time to time. */
export function startCompaction({ store, log }: Ground, board: { readonly rev: number }, opened: DisposalStack): void {
  const compact = async (): Promise<void> => {
    try {
      await store.compact(["session"], board.rev - SESSION_CHANGES_KEPT);
    } catch (error) {
      log.warn({ err: error }, "the log could not be compacted");
    }
  };
  const timer = setInterval(() => void compact(), COMPACT_PERIOD_MS);
  opened.defer(() => clearInterval(timer));
}

type DisposalStack = Pick<AsyncDisposableStack, "defer">;
