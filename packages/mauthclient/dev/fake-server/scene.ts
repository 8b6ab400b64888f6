// SPDX-License-Identifier: MIT

/** More grants and refused senders than anybody can read, and changes at a steady pace instead of those of the network. */
export interface Crowd {
  readonly grants: number;
  readonly refused: number;
  readonly changesPerSecond: number;
}

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
  readonly crowd?: Crowd;
  /** So many rows in every list that a dialog, a card or a page has, and long texts in them. */
  readonly rows?: number;
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
  crowd: { mrouters: 50, crowd: { grants: 5000, refused: 2000, changesPerSecond: 100 } },
  packed: { mrouters: 1, crowd: { grants: 60, refused: 60, changesPerSecond: 100 }, rows: 60 },
  flaky: { dropsAfterMs: 8_000 },
  mute: { isMute: true },
} as const satisfies Record<string, Scene>;

export type SceneName = keyof typeof SCENES;
