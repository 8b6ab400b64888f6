// SPDX-License-Identifier: MIT
import { join } from "node:path";
import type { Config } from "../config.ts";
import { StartError } from "../errors.ts";
import { mapFds, MAP_NAMES } from "../filter/maps.ts";
import type { MapFds, MapName } from "../filter/maps.ts";
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
  const open = (name: MapName): number => {
    const path = join(pinDirOf(config), name);
    const fd = native.pinned(path);
    if (fd === undefined) throw new StartError(`the filter is not loaded: ${path} is missing; start the loader first`);
    return fd;
  };
  return mapFds(open);
}
