// SPDX-License-Identifier: MIT
import { errnoOf, messageOf, StartError } from "../errors.ts";
import { GenlFamily } from "../filter/genl-family.ts";
import { createModuleFilter, findModuleFilter } from "../filter/module-filter.ts";
import type { ModuleFilter } from "../filter/module-filter.ts";
import { FAMILY } from "../filter/module-messages.ts";
import type { Native } from "../native.ts";
import type { Hook, IsJudged } from "./hook.ts";

/** @throws StartError when the kernel does not have the module and cannot load it. */
export function assertModule(native: Native): void {
  try {
    new GenlFamily(native, FAMILY).close();
  } catch (error) {
    throw new StartError(sentenceOf(error), { cause: error });
  }
}

/**
 * Makes the filter of this network namespace, unless an earlier process did.
 * @throws StartError when the kernel refuses.
 */
export function loadModule(native: Native, options: { sendersMax: number; owner: number }): ModuleFilter {
  try {
    return createModuleFilter(native, options);
  } catch (error) {
    throw new StartError(sentenceOf(error), { cause: error });
  }
}

function sentenceOf(error: unknown): string {
  const errno = errnoOf(error);
  if (errno === "ENOENT")
    return 'filter "module": the kernel module msender is not loaded; docs/module.md says how to build it';
  if (errno === "EPERM") return 'filter "module" needs root (CAP_NET_ADMIN)';
  return `filter "module": ${messageOf(error)}`;
}

/** Whether the filter of the module judges; the module need not be there. */
export function judgedByModule(native: Native): IsJudged {
  const filter = findModuleFilter(native);
  const attached = filter?.interfaces() ?? [];
  filter?.close();
  return (name, ifindex) => attached.some((one) => one.name === name && one.ifindex === ifindex);
}

/** The module's own hook: it attaches by name, and by itself to an interface that returns. */
export class ModuleHook implements Hook {
  readonly #filter: ModuleFilter;
  readonly #known = new Set<number>();

  constructor(filter: ModuleFilter) {
    this.#filter = filter;
    for (const { ifindex } of filter.interfaces()) this.#known.add(ifindex);
  }

  attach(name: string, ifindex: number): "kept" | "attached" {
    const isAttached = this.#filter.interfaces().some((one) => one.name === name && one.ifindex === ifindex);
    if (!isAttached) throw Object.assign(new Error(`${name} has gone`), { code: "ENODEV" });
    if (this.#known.has(ifindex)) return "kept";
    this.#known.add(ifindex);
    return "attached";
  }

  detachOthers(isInternal: (name: string) => boolean): string[] {
    const others = this.#filter.internal().filter(({ name }) => !isInternal(name));
    for (const { name } of others) this.#filter.detach(name);
    return others.map(({ name }) => name);
  }
}
