// SPDX-License-Identifier: MIT
import type { Native, ProgramInfo } from "../native.ts";
import { attachedFilter, isSameFilter, PROGRAM_NAME } from "./filter-loader.ts";
import type { Hook, IsJudged } from "./hook.ts";

/** Whether any version of the eBPF filter judges. */
export function judgedByBpf(native: Native): IsJudged {
  return (_name, ifindex) => attachedFilter(native, ifindex) !== undefined;
}

/** The eBPF filter at tc ingress: in tcx, or on clsact where the kernel has no tcx. */
export class TcHook implements Hook {
  readonly #native: Native;
  readonly #program: number;
  readonly #info: ProgramInfo;

  /** @param program File descriptor. */
  constructor(native: Native, program: number) {
    this.#native = native;
    this.#program = program;
    this.#info = native.programInfo(program);
  }

  attach(_name: string, ifindex: number): "kept" | "attached" | "replaced" {
    const attached = attachedFilter(this.#native, ifindex);
    if (attached !== undefined && isSameFilter(attached, this.#info)) return "kept";
    this.#native.tcAttach(ifindex, this.#program);
    return attached === undefined ? "attached" : "replaced";
  }

  detachOthers(isInternal: (name: string) => boolean): string[] {
    const others = Object.entries(this.#native.interfaces()).filter(([name, ifindex]) => {
      if (isInternal(name)) return false;
      const attached = attachedFilter(this.#native, ifindex);
      return attached !== undefined && isSameFilter(attached, this.#info);
    });
    for (const [, ifindex] of others) this.#native.tcDetach(ifindex, PROGRAM_NAME);
    return others.map(([name]) => name);
  }
}
