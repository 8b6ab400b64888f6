// SPDX-License-Identifier: MIT
import type { Mode } from "@mauth/protocol/v2";
import { errnoOf } from "../errors.ts";
import type { Attachment, Filter } from "../filter/filter.ts";
import type { Log } from "../log.ts";
import type { Native } from "../native.ts";
import type { Hook } from "./hook.ts";
import { isEverywhere, matchesAny } from "./patterns.ts";

export interface AttachmentsOptions {
  readonly native: Native;
  readonly hook: Hook;
  /** Names and patterns of the internal interfaces. */
  readonly interfaces: readonly string[];
  /** The mode of an interface, now. */
  readonly modeOf: (name: string) => Mode;
  /** Whom to tell about the interfaces. */
  readonly filter: Filter;
  readonly log: Log;
}

/** Keeps the filter attached to every internal interface that exists, whatever comes, goes or is detached. */
export class Attachments {
  readonly #options: AttachmentsOptions;

  constructor(options: AttachmentsOptions) {
    this.#options = options;
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
    const attachments = internal.map((one) => ({ ...one, isAttached: this.#ensure(one.name, one.ifindex) }));
    // Attaching took its time, in which somebody may have set another mode.
    const checked = attachments.map((one) => ({ ...one, isMonitored: this.#options.modeOf(one.name) === "monitor" }));
    filter.setInterfaces(checked);
    const attached = checked.filter(({ isAttached }) => isAttached).map(({ name }) => name);
    return attached.length === checked.length && isEverywhere(this.#options.interfaces, attached);
  }

  /** Detaches this filter from interfaces that are no longer internal. */
  detachOthers(): void {
    const { hook, interfaces, log } = this.#options;
    for (const name of hook.detachOthers((one) => matchesAny(interfaces, one)))
      log.warn({ interface: name }, "filter detached: the interface is not internal any more");
  }

  #describe(name: string, ifindex: number, present: readonly Attachment[]): Attachment {
    const { native, log, modeOf } = this.#options;
    const before = present.find((one) => one.ifindex === ifindex);
    const isMonitored = modeOf(name) === "monitor";
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
    const { hook, log } = this.#options;
    try {
      const done = hook.attach(name, ifindex);
      if (done !== "kept") log.info({ interface: name, ifindex, isReplaced: done === "replaced" }, "filter attached");
      return true;
    } catch (error) {
      // It went away between being listed and being looked at; its return wakes us again.
      if (errnoOf(error) === "ENODEV") return false;
      log.error({ interface: name, ifindex, error }, "filter not attached: the interface is not protected");
      return false;
    }
  }
}
