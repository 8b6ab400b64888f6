// SPDX-License-Identifier: MIT
import type { Family, Network, Router } from "./network.ts";

/** A multicast routing daemon as it runs on both routers of a network. */
export interface RoutingDaemon {
  readonly name: string;
  readonly family: Family;
  /** It speaks PIM: the designated router sends what nobody has asked for yet to the rendezvous point, in Registers. */
  readonly hasPim: boolean;
  /** Files without which it cannot run here. */
  readonly files: readonly string[];
  /** Starts it on both routers and returns when they work together. */
  start(network: Network): Promise<void>;
  /** Kills it on the designated router and starts it again. */
  restart(network: Network): Promise<void>;
  /** What a router's daemon says about its multicast routing state, for a failed test to show. */
  state(network: Network, router: Router): Promise<string>;
  /** Tells whether a router's daemon has state of the source's own for the group. */
  knows(network: Network, router: Router, source: string, group: string): Promise<boolean>;
}
