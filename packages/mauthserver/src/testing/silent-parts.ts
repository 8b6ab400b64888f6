// SPDX-License-Identifier: MIT
import { Undo } from "../audit/undo.ts";
import type { Authority } from "../authority.ts";
import { systemClock } from "../clock.ts";
import { GrantTable } from "../grants/table.ts";
import type { Roster } from "../mrouters/roster.ts";
import type { ApiParts } from "../http/api.ts";
import { Settings } from "../settings.ts";
import { MemoryStore } from "../store/memory.ts";
import { Board } from "../push/board.ts";
import { testAccess } from "./access.ts";
import { silentAnnouncing } from "./silent-announcing.ts";

/** What the API stands on, for tests of something else: there is no mrouter, so that nothing can be decided. */
export async function silentParts(): Promise<
  Omit<ApiParts, "board" | "announcing"> & Awaited<ReturnType<typeof testAccess>>
> {
  const access = await testAccess();
  const store = new MemoryStore();
  const nobody = { outcome: "error", error: "there is no mrouter" } as const;
  const authority: Pick<Authority, "permit" | "revoke" | "grants"> = {
    grants: new GrantTable(),
    permit: async () => nobody,
    revoke: async () => nobody,
  };
  const roster: Pick<Roster, "add" | "edit" | "remove" | "revOf" | "modeRevOf" | "setMode"> = {
    revOf: () => undefined,
    add: async () => ({ error: "there is no mrouter" }),
    edit: async () => ({ error: "there is no mrouter" }),
    modeRevOf: () => 0,
    setMode: async () => ({ error: "there is no mrouter" }),
    remove: async () => ({ error: "there is no mrouter" }),
  };
  const settings = new Settings({
    store,
    clock: systemClock,
    fence: { name: "leader", epoch: 0 },
    onChanged: () => undefined,
  });
  const announcing = silentAnnouncing(new Board());
  const undo = new Undo({ store, authority, roster, settings, announcing, access, commit: access.commit });
  return { ...access, authority, roster, settings, store, undo };
}
