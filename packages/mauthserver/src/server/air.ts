// SPDX-License-Identifier: MIT
import { Announcing } from "../announcements/announcing.ts";
import { Announcements } from "../announcements.ts";
import { StartError } from "../errors.ts";
import { readLinkState } from "../sap/interfaces.ts";
import { SapListener } from "../sap/listener.ts";
import { SapSender } from "../sap/sender.ts";
import { ConflictWatch } from "../sessions/conflict-watch.ts";
import type { Control } from "./control.ts";
import type { Ground } from "./ground.ts";

/** What is announced: by others, and by us. */
export interface Air {
  readonly announcements: Announcements;
  readonly listener: SapListener;
  readonly sender: SapSender;
  readonly announcing: Announcing;
  readonly conflicts: ConflictWatch;
}

/** Takes over the sessions that were on the air, and those that this server announces; nothing is heard or sent yet. */
export function createAir(
  { config, store, clock, log, fence, snapshot, sessions, grants }: Ground,
  { board }: Control,
): Air {
  const { interfaces, min_timeout: minTimeoutMs, ignore_deletions: ignoreDeletions } = config.sap;
  const common = { store, board, clock, log, fence };
  const announcements = new Announcements({ ...common, directory: { minTimeoutMs, ignoreDeletions } });
  announcements.restore(sessions);
  const listener = new SapListener({ interfaces, log, onHeard: (heard) => announcements.hear(heard) });
  const sender = new SapSender();
  const links = () => interfaces.flatMap((name) => readLinkState(name) ?? []);
  const announcing = new Announcing({ ...common, sender, links, random: Math.random });
  announcing.restore(snapshot.rows);
  const maxTtlOf = (source: string, group: string) => grants.get(`${source}>${group}`)?.row.maxTtl;
  const conflicts = new ConflictWatch(board, clock, maxTtlOf);
  return { announcements, listener, sender, announcing, conflicts };
}

/** Listens where the configuration says so; StartError when it cannot. */
export async function startListening({ config }: Ground, listener: SapListener): Promise<void> {
  if (config.sap.interfaces.length === 0) return;
  try {
    await listener.start();
  } catch (error) {
    throw new StartError(error instanceof Error ? error.message : String(error), { cause: error });
  }
}
