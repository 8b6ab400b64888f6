// SPDX-License-Identifier: MIT
import type { Address } from "@mauth/protocol/address";
import { errnoOf, messageOf, StartError } from "../errors.ts";
import type { Filter } from "../filter/filter.ts";
import { OBSERVED_MARK, OBSERVED_TABLE } from "../filter/layout.ts";
import type { Log } from "../log.ts";
import type { Family, Native } from "../native.ts";

const FAMILIES: readonly Family[] = [4, 6];
/** The kernel does not know IPv6, or routes no multicast of it: then it forwards none. */
const WITHOUT_IPV6: readonly string[] = ["EAFNOSUPPORT", "ENOPROTOOPT"];

/**
 * Keeps observed groups from being forwarded. The filter only marks their packets; the mrule that looks marked packets
 * up in an empty multicast routing table is what keeps them on the mrouter. Without the rule of their family they would be
 * forwarded, so without it none of its groups is observed.
 */
export class ObservedGroups {
  readonly #native: Native;
  readonly #filter: Filter;
  readonly #groups: readonly Address[];
  readonly #log: Log;
  /** Whose rule there was when it was looked for last. */
  #kept: readonly Family[] = [];

  constructor(options: { native: Native; filter: Filter; groups: readonly Address[]; log: Log }) {
    this.#native = options.native;
    this.#filter = options.filter;
    this.#groups = options.groups;
    this.#log = options.log;
  }

  /** @throws StartError when the kernel cannot keep observed groups from being forwarded. */
  start(): void {
    for (const family of FAMILIES) {
      try {
        this.#ensureRule(family);
        this.#kept = [...this.#kept, family];
      } catch (error) {
        this.#refuseStart(family, error);
      }
    }
    this.#observeKept();
  }

  /** Restores a rule that somebody removed; observes nothing of its family while that fails. */
  check(): void {
    const kept = FAMILIES.filter((family) => this.#isKept(family));
    const isSame = kept.length === this.#kept.length && kept.every((family) => this.#kept.includes(family));
    this.#kept = kept;
    if (!isSame) this.#observeKept();
  }

  #refuseStart(family: Family, error: unknown): void {
    if (family === 6 && WITHOUT_IPV6.includes(errnoOf(error))) {
      this.#log.warn({ error }, "no IPv6 multicast routing in this kernel: observed groups of IPv6 are dropped");
      return;
    }
    this.#filter.setObserved([]);
    const option = family === 4 ? "IP_MROUTE_MULTIPLE_TABLES" : "IPV6_MROUTE_MULTIPLE_TABLES";
    const sentence = `cannot observe groups of IPv${family} without an mrule (${option}); take them out of observed to do without`;
    throw new StartError(`${sentence}: ${messageOf(error)}`, { cause: error });
  }

  #isKept(family: Family): boolean {
    try {
      if (this.#ensureRule(family))
        this.#log.warn({ family, mark: OBSERVED_MARK }, "mrule was missing and has been restored");
      return true;
    } catch (error) {
      if (this.#kept.includes(family))
        this.#log.error({ family, error }, "mrule is missing: observed groups are dropped until it is back");
      return false;
    }
  }

  #observeKept(): void {
    this.#filter.setObserved(this.#groups.filter((group) => this.#kept.includes(familyOf(group))));
  }

  #ensureRule(family: Family): boolean {
    const isNeeded = this.#groups.some((group) => familyOf(group) === family);
    if (!isNeeded || this.#native.mruleFind(family, OBSERVED_TABLE, OBSERVED_MARK)) return false;
    this.#native.mruleAdd(family, OBSERVED_TABLE, OBSERVED_MARK);
    if (!this.#native.mruleFind(family, OBSERVED_TABLE, OBSERVED_MARK))
      throw new Error("the kernel did not keep the mrule");
    return true;
  }
}

function familyOf(address: Address): Family {
  return typeof address === "number" ? 4 : 6;
}
