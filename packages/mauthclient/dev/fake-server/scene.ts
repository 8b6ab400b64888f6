// SPDX-License-Identifier: MIT

/** How a scene differs from the lively one. */
export interface Scene {
  /** No session, no grant, nobody refused. */
  readonly isEmpty?: boolean;
  /** No mrouter either. */
  readonly hasNoMrouter?: boolean;
  /** One mrouter runs the memory filter, one is offline, one drifts. */
  readonly isTroubled?: boolean;
  /** So many mrouters, which share the networks among them, instead of three. */
  readonly mrouters?: number;
  /** The connection breaks after this many milliseconds, again and again. */
  readonly dropsAfterMs?: number;
  /** Accepts connections and never sends the snapshot. */
  readonly isMute?: boolean;
}

/** The scenes by name. */
export const SCENES = {
  lively: {},
  empty: { isEmpty: true },
  bare: { isEmpty: true, hasNoMrouter: true },
  trouble: { isTroubled: true },
  campus: { mrouters: 50 },
  flaky: { dropsAfterMs: 8_000 },
  mute: { isMute: true },
} as const satisfies Record<string, Scene>;

export type SceneName = keyof typeof SCENES;
