// SPDX-License-Identifier: MIT
import { existsSync, mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { MAP_NAMES } from "../filter/bpf-filter.ts";
import type { MapFds } from "../filter/bpf-filter.ts";
import { errnoOf, messageOf, StartError } from "../errors.ts";
import type { Native, ProgramInfo } from "../native.ts";

/** The name of the program in msender.bpf.c, as the kernel keeps it (15 characters). */
export const PROGRAM_NAME = "msender_ingress";

/** The maps that the program looks at; the others can be made anew without changing a verdict. */
const JUDGING_MAPS = ["senders", "denied", "observed", "pim_neighbours", "counts"] as const;

/** The filter in the kernel, and where its tables came from. */
export interface LoadedFilter {
  /** File descriptor of the program to attach. */
  readonly program: number;
  readonly maps: MapFds;
  /** pinned: an earlier process left them; adopted: found behind an attached program whose pins are gone; created: empty. */
  readonly origin: "pinned" | "adopted" | "created";
}

export interface FilterLoaderOptions {
  readonly native: Native;
  /** Directory of the pins; a BPF file system is mounted there. */
  readonly pinDir: string;
  readonly objectPath: string;
  readonly sendersMax: number;
}

/**
 * Loads the filter around the tables that already judge packets, so that a restart changes no verdict.
 * @param ifindexes Internal interfaces, on which an attached filter is looked for when no pins are found.
 * @throws StartError when the kernel refuses.
 */
export function loadFilter(options: FilterLoaderOptions, ifindexes: readonly number[]): LoadedFilter {
  const { native, pinDir, objectPath, sendersMax } = options;
  preparePinDir(native, pinDir);
  const pinned = findPinned(native, pinDir);
  const adopted = pinned === undefined ? findAttached(native, ifindexes) : undefined;
  const reused = pinned ?? adopted ?? {};
  let loaded;
  try {
    loaded = native.objectLoad(objectPath, sendersMax, reused);
  } catch (error) {
    throw new StartError(loadFailure(error), { cause: error });
  }
  const maps = asMapFds(loaded.maps);
  for (const fd of Object.values(reused)) native.close(fd);
  if (pinned === undefined) for (const name of MAP_NAMES) native.pin(maps[name], join(pinDir, name));
  const program = repinProgram(native, join(pinDir, "program"), loaded.program);
  return { program, maps, origin: pinned !== undefined ? "pinned" : adopted !== undefined ? "adopted" : "created" };
}

function preparePinDir(native: Native, pinDir: string): void {
  try {
    mkdirSync(pinDir, { recursive: true, mode: 0o700 });
    native.mountBpffs(pinDir);
  } catch (error) {
    throw new StartError(`no BPF file system for the pins of the filter: ${messageOf(error)}`, { cause: error });
  }
}

/** All maps or none: a half-written set of pins is removed, because nothing can have been enforced through it alone. */
function findPinned(native: Native, pinDir: string): Record<string, number> | undefined {
  const fds: Record<string, number> = {};
  for (const name of MAP_NAMES) {
    const fd = native.pinned(join(pinDir, name));
    if (fd !== undefined) fds[name] = fd;
  }
  if (Object.keys(fds).length === MAP_NAMES.length) return fds;
  for (const [name, fd] of Object.entries(fds)) {
    native.close(fd);
    rmSync(join(pinDir, name));
  }
  return undefined;
}

function findAttached(native: Native, ifindexes: readonly number[]): Record<string, number> | undefined {
  for (const ifindex of ifindexes) {
    const info = attachedFilter(native, ifindex);
    if (info === undefined) continue;
    const fds: Record<string, number> = {};
    for (const id of info.mapIds) {
      const fd = native.mapById(id);
      const { name } = native.mapInfo(fd);
      if ((JUDGING_MAPS as readonly string[]).includes(name)) fds[name] = fd;
      else native.close(fd);
    }
    if (Object.keys(fds).length === JUDGING_MAPS.length) return fds;
    for (const fd of Object.values(fds)) native.close(fd);
  }
  return undefined;
}

/** Describes the filter that is attached to the interface; undefined when there is none or the interface is gone. */
export function attachedFilter(native: Native, ifindex: number): ProgramInfo | undefined {
  let id;
  try {
    id = native.tcQuery(ifindex);
  } catch (error) {
    if (errnoOf(error) === "ENODEV") return undefined;
    throw error;
  }
  if (id === undefined) return undefined;
  const program = native.programById(id);
  try {
    const info = native.programInfo(program);
    return info.name === PROGRAM_NAME ? info : undefined;
  } finally {
    native.close(program);
  }
}

/** Tells whether two programs are the same instructions over the same maps. */
export function isSameFilter(a: ProgramInfo, b: ProgramInfo): boolean {
  return a.tag === b.tag && setOf(a.mapIds) === setOf(b.mapIds);
}

function setOf(ids: readonly number[]): string {
  return [...ids].sort((x, y) => x - y).join();
}

/** Keeps the pinned program when it is the same as the loaded one, so that attachments need no change. */
function repinProgram(native: Native, path: string, loaded: number): number {
  const pinned = native.pinned(path);
  if (pinned !== undefined && isSameFilter(native.programInfo(pinned), native.programInfo(loaded))) {
    native.close(loaded);
    return pinned;
  }
  if (pinned !== undefined) native.close(pinned);
  if (existsSync(path)) rmSync(path);
  native.pin(loaded, path);
  return loaded;
}

function asMapFds(fds: Record<string, number>): MapFds {
  const fd = (name: (typeof MAP_NAMES)[number]): number => {
    const found = fds[name];
    if (found === undefined) throw new StartError(`the filter object has no map ${name}`);
    return found;
  };
  return {
    senders: fd("senders"),
    denied: fd("denied"),
    observed: fd("observed"),
    pim_neighbours: fd("pim_neighbours"),
    counts: fd("counts"),
    interfaces: fd("interfaces"),
  };
}

function loadFailure(error: unknown): string {
  const errno = errnoOf(error);
  if (errno === "EPERM") return "the kernel lets only root (CAP_BPF and CAP_NET_ADMIN) load the filter";
  if (errno === "ENOENT") return `${messageOf(error)}; build it with npm run setup`;
  return messageOf(error);
}
