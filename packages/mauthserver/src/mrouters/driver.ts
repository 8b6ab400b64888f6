// SPDX-License-Identifier: MIT
import type { Clock } from "../clock.ts";
import type { Log } from "../log.ts";
import type { Ledger } from "./ledger.ts";
import type { Endpoint } from "./udp-socket.ts";

/** An mrouter as the store keeps it. */
export interface MrouterRow {
  readonly name: string;
  /** "HOST:PORT". */
  readonly address: string;
  readonly protocol: "v1" | "v2";
  /** Internal networks as prefixes. */
  readonly networks: readonly string[];
  /** Path of a file with "KEYID HEX". */
  readonly key?: string;
  /** The same itself, "KEYID HEX", for an mrouter that was not in the configuration. */
  readonly secret?: string;
}

/** What a driver works with. */
export interface DriverContext {
  readonly name: string;
  readonly endpoint: Endpoint;
  readonly ledger: Ledger;
  readonly clock: Clock;
  readonly log: Log;
  /** The time by which senders end, in ms since the Unix epoch. */
  steadyMs(): number;
  /** The mrouter gave a sign of life. */
  onHeard(): void;
}

/** Keeps the kernel of one mrouter as its ledger says. */
export interface Driver {
  start(): void;
  /** Looks at the ledger at once. */
  wake(): void;
  stop(): Promise<void>;
  readonly counters: Readonly<Record<string, number>>;
}
