// SPDX-License-Identifier: MIT
import type { Ipv4 } from "@mauth/protocol/ipv4";
import { messageOf, StartError } from "../errors.ts";
import type { Filter } from "../filter/filter.ts";
import { OBSERVED_MARK, OBSERVED_TABLE } from "../filter/layout.ts";
import type { Log } from "../log.ts";
import type { Native } from "../native.ts";

/**
 * Keeps observed groups from being forwarded. The filter only marks their packets; the mrule that looks marked packets
 * up in an empty multicast routing table is what keeps them on the mrouter. Without the rule they would be forwarded, so
 * without it no group is observed.
 */
export class ObservedGroups {
  readonly #native: Native;
  readonly #filter: Filter;
  readonly #groups: readonly Ipv4[];
  readonly #log: Log;
  #isObserving = false;

  constructor(options: { native: Native; filter: Filter; groups: readonly Ipv4[]; log: Log }) {
    this.#native = options.native;
    this.#filter = options.filter;
    this.#groups = options.groups;
    this.#log = options.log;
  }

  /** @throws StartError when the kernel cannot keep observed groups from being forwarded. */
  start(): void {
    try {
      this.#ensureRule();
    } catch (error) {
      this.#filter.setObserved([]);
      const sentence =
        "cannot observe groups without an mrule (IP_MROUTE_MULTIPLE_TABLES); set observed = [] to do without";
      throw new StartError(`${sentence}: ${messageOf(error)}`, { cause: error });
    }
    this.#filter.setObserved(this.#groups);
    this.#isObserving = true;
  }

  /** Restores a rule that somebody removed; observes nothing while that fails. */
  check(): void {
    try {
      if (this.#ensureRule()) this.#log.warn({ mark: OBSERVED_MARK }, "mrule was missing and has been restored");
      if (!this.#isObserving) this.#filter.setObserved(this.#groups);
      this.#isObserving = true;
    } catch (error) {
      if (!this.#isObserving) return;
      this.#filter.setObserved([]);
      this.#isObserving = false;
      this.#log.error({ error }, "mrule is missing: observed groups are dropped until it is back");
    }
  }

  #ensureRule(): boolean {
    if (this.#groups.length === 0 || this.#native.mruleFind(OBSERVED_TABLE, OBSERVED_MARK)) return false;
    this.#native.mruleAdd(OBSERVED_TABLE, OBSERVED_MARK);
    if (!this.#native.mruleFind(OBSERVED_TABLE, OBSERVED_MARK)) throw new Error("the kernel did not keep the mrule");
    return true;
  }
}
