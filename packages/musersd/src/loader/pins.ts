// SPDX-License-Identifier: MIT
import { join } from "node:path";
import type { Config } from "../config.ts";
import { StartError } from "../errors.ts";
import { MAP_NAMES } from "../filter/bpf-filter.ts";
import type { MapFds } from "../filter/bpf-filter.ts";
import type { Native } from "../native.ts";

/** Where the filter is pinned: a BPF file system in the state directory. */
export function pinDirOf(config: Config): string {
  return join(config.stateDir, "bpf");
}

/** The pins of the maps. */
export function pinPaths(config: Config): string[] {
  return MAP_NAMES.map((name) => join(pinDirOf(config), name));
}

/**
 * Opens the pinned maps; needs no capability, only permission on the files.
 * @throws StartError when the filter has not been loaded.
 */
export function openPinnedMaps(native: Native, config: Config): MapFds {
  const open = (name: (typeof MAP_NAMES)[number]): number => {
    const path = join(pinDirOf(config), name);
    const fd = native.pinned(path);
    if (fd === undefined) throw new StartError(`the filter is not loaded: ${path} is missing; start the loader first`);
    return fd;
  };
  return {
    senders: open("senders"),
    denied: open("denied"),
    observed: open("observed"),
    pim_neighbours: open("pim_neighbours"),
    counts: open("counts"),
    interfaces: open("interfaces"),
  };
}
