// SPDX-License-Identifier: MIT
import { errnoOf } from "../errors.ts";
import type { Attachment, Filter } from "../filter/filter.ts";
import type { Log } from "../log.ts";
import type { Native, ProgramInfo } from "../native.ts";
import { attachedFilter, isSameFilter } from "./filter-loader.ts";
import { isEverywhere, matchesAny } from "./patterns.ts";

export interface AttachmentsOptions {
  readonly native: Native;
  /** File descriptor. */
  readonly program: number;
  /** Names and patterns of the internal interfaces. */
  readonly interfaces: readonly string[];
  /** Names and patterns of those that are only monitored. */
  readonly monitored: readonly string[];
  /** Whom to tell about the interfaces. */
  readonly filter: Filter;
  readonly log: Log;
}

/** Keeps the filter attached to every internal interface that exists, whatever comes, goes or is detached. */
export class Attachments {
  readonly #options: AttachmentsOptions;
  readonly #info: ProgramInfo;

  constructor(options: AttachmentsOptions) {
    this.#options = options;
    this.#info = options.native.programInfo(options.program);
  }

  /**
   * Looks at every interface and attaches where the filter is missing or is another version.
   * @returns Whether the filter now judges on every configured interface.
   */
  check(): boolean {
    const { native, filter } = this.#options;
    const present = filter.interfaces();
    const internal = Object.entries(native.interfaces())
      .filter(([name]) => matchesAny(this.#options.interfaces, name))
      .map(([name, ifindex]) => this.#describe(name, ifindex, present));
    // First, so that no packet is judged by a filter that does not know the interface.
    filter.setInterfaces(internal);
    const checked = internal.map((one) => ({ ...one, isAttached: this.#ensure(one.name, one.ifindex) }));
    filter.setInterfaces(checked);
    const attached = checked.filter(({ isAttached }) => isAttached).map(({ name }) => name);
    return attached.length === checked.length && isEverywhere(this.#options.interfaces, attached);
  }

  /** Detaches this filter from interfaces that are no longer internal. */
  detachOthers(): void {
    const { native, log } = this.#options;
    for (const [name, ifindex] of Object.entries(native.interfaces())) {
      if (matchesAny(this.#options.interfaces, name)) continue;
      const attached = attachedFilter(native, ifindex);
      if (attached === undefined || !isSameFilter(attached, this.#info)) continue;
      native.tcDetach(ifindex);
      log.warn({ interface: name }, "filter detached: the interface is not internal any more");
    }
  }

  #describe(name: string, ifindex: number, present: readonly Attachment[]): Attachment {
    const { native, log, monitored } = this.#options;
    const before = present.find((one) => one.ifindex === ifindex);
    const isMonitored = matchesAny(monitored, name);
    if (before === undefined ? isMonitored : before.isMonitored !== isMonitored)
      log.warn({ interface: name }, isMonitored ? "monitored: everything passes and is only counted" : "enforced");
    return {
      name,
      ifindex,
      isAttached: before?.isAttached ?? false,
      isMonitored,
      hasEthernet: native.hasEthernet(name),
    };
  }

  #ensure(name: string, ifindex: number): boolean {
    const { native, log, program } = this.#options;
    try {
      const attached = attachedFilter(native, ifindex);
      if (attached !== undefined && isSameFilter(attached, this.#info)) return true;
      native.tcAttach(ifindex, program);
      log.info({ interface: name, ifindex, replaced: attached?.tag }, "filter attached");
      return true;
    } catch (error) {
      // It went away between being listed and being looked at; its return wakes us again.
      if (errnoOf(error) === "ENODEV") return false;
      log.error({ interface: name, ifindex, error }, "filter not attached: the interface is not protected");
      return false;
    }
  }
}
