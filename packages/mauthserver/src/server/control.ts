// SPDX-License-Identifier: MIT
import { Authority } from "../authority.ts";
import type { MrouterRow } from "../mrouters/driver.ts";
import { Fleet } from "../mrouters/fleet.ts";
import { Roster } from "../mrouters/roster.ts";
import { Board } from "../push/board.ts";
import { Feed } from "../push/feed.ts";
import type { Heard } from "../sessions/heard.ts";
import { Settings, SETTINGS_KEY } from "../settings.ts";
import { SteadyClock } from "../steady-clock.ts";
import type { Ground } from "./ground.ts";

/** What is decided, the mrouters that shall hold it, and what consoles see of both. */
export interface Control {
  readonly board: Board;
  /** The time by which grants end. */
  readonly steady: SteadyClock;
  readonly settings: Settings;
  readonly fleet: Fleet;
  readonly authority: Authority;
  readonly roster: Roster;
  readonly feed: Feed;
}

/** Announcements that mrouters hear for this server. */
export type OnHeard = (heard: Heard) => void;

/** Takes over mrouters and settings; nothing is sent to an mrouter yet. */
export function createControl(ground: Ground, onHeard: OnHeard): Control {
  const { store, grants, clock, log, fence, snapshot } = ground;
  const board = new Board();
  const steady = new SteadyClock(clock);
  const settings = new Settings({ store, clock, fence, onChanged: () => authority.policyChanged() });
  settings.restore(snapshot.rows);
  board.add("setting", { id: SETTINGS_KEY, ...settings.choices });
  const fleet = createFleet(ground, { board, steady, onHeard }, () => ({ authority, feed }));
  const sessionOf = (id: string) => board.get("session", id);
  const policy = () => settings.choices.deletionPolicy;
  const authority = new Authority({ store, grants, fleet, clock, steady, log, fence, sessionOf, policy });
  const roster = new Roster({ store, fleet, clock, fence, grants: authority.decided });
  roster.restore(snapshot.rows);
  const feed = new Feed({ board, fleet, grants, onSession: (id) => authority.sessionChanged(id) });
  return { board, steady, settings, fleet, authority, roster, feed };
}

/** Takes over the grants; to be called after whatever does not need them, because many take their time. */
export async function takeGrants({ grants, loading, snapshot }: Ground, { authority }: Control): Promise<void> {
  grants.restore(await loading);
  authority.restore(snapshot.rows);
}

function createFleet(
  { clock, log, grants, term, snapshot }: Ground,
  own: { readonly board: Board; readonly steady: SteadyClock; readonly onHeard: OnHeard },
  later: () => { readonly authority: Authority; readonly feed: Feed },
): Fleet {
  const fleet = new Fleet({
    clock,
    log,
    grants,
    term,
    ...own,
    onAll: () => later().feed.allChanged(),
    onSender: (key) => later().feed.enforcementChanged(key),
    onRemoved: (mrouter, key) => {
      later()
        .authority.removed(mrouter, key)
        .catch((error: unknown) => log.warn({ err: error, mrouter, key }, "a removal could not be noted as done"));
    },
  });
  for (const row of snapshot.rows) if (row.kind === "mrouter") fleet.add(row.body as unknown as MrouterRow);
  return fleet;
}

/** Shows on the board what the store holds and from then on whatever it logs. */
export async function startFeed(
  { store, snapshot, sessions }: Ground,
  { board, feed }: Control,
  { opened, onFailed }: { opened: AsyncDisposableStack; onFailed: (error: unknown) => void },
): Promise<void> {
  await feed.recall(store, snapshot.rev);
  board.restore("session", sessions, snapshot.rev);
  feed.start(store, snapshot, onFailed);
  opened.defer(async () => feed.stop());
}
