// SPDX-License-Identifier: MIT

/** Tells whether the filter judges the packets of an interface that exists. */
export type IsJudged = (name: string, ifindex: number) => boolean;

/** How the filter gets its packets: what attaches it to interfaces, and takes it off again. */
export interface Hook {
  /**
   * Makes sure that the filter judges the packets of the interface.
   * @returns What it did: nothing, or attach, or put this version in the place of another.
   * @throws with `code` "ENODEV" when the interface has gone.
   */
  attach(name: string, ifindex: number): "kept" | "attached" | "replaced";
  /** Takes the filter off every interface that is not internal; returns their names. */
  detachOthers(isInternal: (name: string) => boolean): string[];
}
