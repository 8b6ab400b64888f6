// SPDX-License-Identifier: MIT
import type { Clock } from "./clock.ts";
import type { Fence, Snapshot, Store } from "./store/store.ts";

/** The role that only one server has; its epoch is part of the fencing term of the mrouters. */
export const LEADER = "leader";
/** The setting to which epochs are added. */
export const TERM_BASE_KEY = "term-base";

/**
 * Epochs of a new store begin at 1, and mrouters remember the terms of the store before it: terms of a new store begin at the
 * time of its first start in seconds.
 */
export async function chooseTermBase(store: Store, fence: Fence, clock: Clock): Promise<void> {
  const { rows } = await store.snapshot(["setting"]);
  if (rows.some((row) => row.key === TERM_BASE_KEY)) return;
  const body = { seconds: Math.floor(clock.wallMs() / 1000) };
  const op = { op: "put", kind: "setting", key: TERM_BASE_KEY, body } as const;
  await store.commit([op], { actor: "mauthserver", at: clock.wallMs(), fence });
}

/** The fencing term of the holder of a lease. */
export function termOf(snapshot: Snapshot, fence: Fence): number {
  const base = snapshot.rows.find((row) => row.kind === "setting" && row.key === TERM_BASE_KEY);
  return Number(base?.body["seconds"] ?? 0) + fence.epoch;
}
