// SPDX-License-Identifier: MIT
import { Announcing } from "../announcements/announcing.ts";
import { systemClock } from "../clock.ts";
import { silentLog } from "../log.ts";
import type { Board } from "../push/board.ts";
import { MemoryStore } from "../store/memory.ts";

/** Announces nothing, for tests of something else: there is no interface. */
export function silentAnnouncing(board: Board): Announcing {
  const sender = { send: async () => true, stop: async () => undefined };
  const surroundings = {
    store: new MemoryStore(),
    clock: systemClock,
    log: silentLog,
    fence: { name: "test", epoch: 0 },
  };
  return new Announcing({ ...surroundings, board, sender, random: () => 0, links: () => [] });
}
