// SPDX-License-Identifier: MIT
import { formatAddress } from "@mauth/protocol/address";
import type { CounterRow } from "@mauth/protocol/v2";
import { formatEndpoint } from "../endpoint.ts";
import type { Peer } from "./udp-socket.ts";

/** Least time between two lines, whatever arrives. */
export const REFUSAL_LOG_INTERVAL_MS = 10_000;

/** What a line says: how often each class of refusal happened since the last one, and who was refused last. */
export interface RefusalLine {
  readonly refused: Readonly<Record<string, number>>;
  readonly last: string | undefined;
}

/** Turns the counters of refused datagrams into a line now and then: enough to find a wrong key, never a flood, never a key. */
export class RefusalLog {
  #known: ReadonlyMap<string, number> = new Map();
  #lineMs = -Infinity;
  #last: Peer | undefined;

  /** Takes note of whose datagram was refused. */
  note(peer: Peer): void {
    this.#last = peer;
  }

  /** The line that is due, if any. */
  line(counters: readonly CounterRow[], nowMs: number): RefusalLine | undefined {
    if (nowMs - this.#lineMs < REFUSAL_LOG_INTERVAL_MS) return undefined;
    const refusals = counters.filter(({ name }) => /^v\d\.(dropped|staleTerm|malformed)/.test(name));
    const grown = refusals
      .map(({ name, value }) => [name, value - (this.#known.get(name) ?? 0)] as const)
      .filter(([, growth]) => growth > 0);
    if (grown.length === 0) return undefined;
    this.#known = new Map(refusals.map(({ name, value }) => [name, value]));
    this.#lineMs = nowMs;
    const last = this.#last && formatEndpoint({ ...this.#last, address: formatAddress(this.#last.address) });
    this.#last = undefined;
    return { refused: Object.fromEntries(grown), last };
  }
}
