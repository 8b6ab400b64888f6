// SPDX-License-Identifier: MIT
import { errnoOf } from "../errors.ts";
import type { Attachment } from "../filter/filter.ts";
import type { Log } from "../log.ts";
import type { Native, ProgramInfo } from "../native.ts";
import { attachedFilter, isSameFilter } from "./filter-loader.ts";
import { matchesAny } from "./patterns.ts";

export interface AttachmentsOptions {
  readonly native: Native;
  /** File descriptor. */
  readonly program: number;
  /** Names and patterns of the internal interfaces. */
  readonly interfaces: readonly string[];
  readonly log: Log;
}

/** Keeps the filter attached to every internal interface that exists, whatever comes, goes or is detached. */
export class Attachments {
  readonly #native: Native;
  readonly #program: number;
  readonly #info: ProgramInfo;
  readonly #interfaces: readonly string[];
  readonly #log: Log;
  #current: readonly Attachment[] = [];

  constructor(options: AttachmentsOptions) {
    this.#native = options.native;
    this.#program = options.program;
    this.#info = options.native.programInfo(options.program);
    this.#interfaces = options.interfaces;
    this.#log = options.log;
  }

  get current(): readonly Attachment[] {
    return this.#current;
  }

  /** Looks at every interface and attaches where the filter is missing or is another version. */
  check(): void {
    const present = Object.entries(this.#native.interfaces());
    this.#current = present
      .filter(([name]) => matchesAny(this.#interfaces, name))
      .map(([name, ifindex]) => ({ name, ifindex, isAttached: this.#ensure(name, ifindex) }));
  }

  /** Detaches this filter from interfaces that are no longer internal. */
  detachOthers(): void {
    for (const [name, ifindex] of Object.entries(this.#native.interfaces())) {
      if (matchesAny(this.#interfaces, name)) continue;
      const attached = attachedFilter(this.#native, ifindex);
      if (attached === undefined || !isSameFilter(attached, this.#info)) continue;
      this.#native.tcDetach(ifindex);
      this.#log.warn({ interface: name }, "filter detached: the interface is not internal any more");
    }
  }

  #ensure(name: string, ifindex: number): boolean {
    try {
      const attached = attachedFilter(this.#native, ifindex);
      if (attached !== undefined && isSameFilter(attached, this.#info)) return true;
      this.#native.tcAttach(ifindex, this.#program);
      this.#log.info({ interface: name, ifindex, replaced: attached?.tag }, "filter attached");
      return true;
    } catch (error) {
      // It went away between being listed and being looked at; its return wakes us again.
      if (errnoOf(error) === "ENODEV") return false;
      this.#log.error({ interface: name, ifindex, error }, "filter not attached: the interface is not protected");
      return false;
    }
  }
}
