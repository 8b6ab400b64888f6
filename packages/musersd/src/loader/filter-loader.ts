// SPDX-License-Identifier: MIT
import { mkdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { MAP_LAYOUTS, mapFds, MAP_NAMES } from "../filter/maps.ts";
import type { MapFds, MapLayout, MapName } from "../filter/maps.ts";
import { errnoOf, messageOf, StartError } from "../errors.ts";
import type { Native, ProgramInfo } from "../native.ts";
import { readEarlierSenders, writeNumbers, writeSenders } from "./carry-over.ts";

/** The name of the program in msender.bpf.c, as the kernel keeps it (15 characters). */
export const PROGRAM_NAME = "msender_ingress";

/** The filter in the kernel, and where its tables came from. */
export interface LoadedFilter {
  /** File descriptor of the program to attach. */
  readonly program: number;
  readonly maps: MapFds;
  /** pinned: an earlier process left them; adopted: found behind an attached program whose pins are gone; created: empty. */
  readonly origin: Origin;
  /** Senders that were carried over from tables of an earlier version. */
  readonly carried: number;
}
type Origin = "pinned" | "adopted" | "created";

export interface FilterLoaderOptions {
  readonly native: Native;
  /** Directory of the pins; a BPF file system is mounted there. */
  readonly pinDir: string;
  readonly objectPath: string;
  readonly sendersMax: number;
}

/** Tables in force: file descriptors of those that there are, the table of senders always among them. */
type Tables = ReadonlyMap<MapName, number>;

/**
 * Loads the filter around the tables that already judge packets, so that a restart changes no verdict. A table of senders
 * of an earlier version is copied before anything is attached.
 * @param ifindexes Internal interfaces, on which an attached filter is looked for when no pins are found.
 * @throws StartError when the kernel refuses.
 */
export function loadFilter(options: FilterLoaderOptions, ifindexes: readonly number[]): LoadedFilter {
  const { native, pinDir } = options;
  preparePinDir(native, pinDir);
  const { origin, tables } = findTables(native, pinDir, ifindexes);
  const reused = new Map([...tables].filter(([name, fd]) => hasLayout(native, name, fd)));
  const { maps, program, carried } = loadAround(options, tables, reused);
  for (const name of MAP_NAMES)
    if (origin !== "pinned" || !reused.has(name)) repin(native, maps[name], join(pinDir, name));
  for (const fd of tables.values()) native.close(fd);
  return { program: repinProgram(native, join(pinDir, "program"), program), maps, origin, carried };
}

function loadAround(options: FilterLoaderOptions, tables: Tables, reused: Tables): Omit<LoadedFilter, "origin"> {
  const { native, objectPath } = options;
  const senders = tables.get("senders");
  const earlier = senders === undefined || reused.has("senders") ? undefined : readEarlierSenders(native, senders);
  const sendersMax = Math.max(options.sendersMax, earlier?.count ?? 0);
  let loaded;
  try {
    loaded = native.objectLoad(objectPath, sendersMax, Object.fromEntries(reused));
  } catch (error) {
    throw new StartError(loadFailure(error), { cause: error });
  }
  const maps = asMapFds(loaded.maps);
  if (earlier !== undefined) writeSenders(native, maps.senders, earlier);
  const control = reused.has("control") ? undefined : tables.get("control");
  if (control !== undefined) writeNumbers(native, { from: control, to: maps.control });
  return { program: loaded.program, maps, carried: earlier?.count ?? 0 };
}

function hasLayout(native: Native, name: MapName, fd: number): boolean {
  const { keyLength, valueLength, entriesMax } = native.mapInfo(fd);
  const layout: MapLayout = MAP_LAYOUTS[name];
  return (
    keyLength === layout.keyLength &&
    valueLength === layout.valueLength &&
    (layout.entries === undefined || layout.entries === entriesMax)
  );
}

function preparePinDir(native: Native, pinDir: string): void {
  try {
    mkdirSync(pinDir, { recursive: true, mode: 0o700 });
    native.mountBpffs(pinDir);
  } catch (error) {
    throw new StartError(`no BPF file system for the pins of the filter: ${messageOf(error)}`, { cause: error });
  }
}

function findTables(native: Native, pinDir: string, ifindexes: readonly number[]): { origin: Origin; tables: Tables } {
  const pinned = findPinned(native, pinDir);
  if (pinned.has("senders")) return { origin: "pinned", tables: pinned };
  // Without the senders nothing can have been enforced through the others.
  for (const fd of pinned.values()) native.close(fd);
  const attached = findAttached(native, ifindexes);
  return attached === undefined ? { origin: "created", tables: new Map() } : { origin: "adopted", tables: attached };
}

function findPinned(native: Native, pinDir: string): Tables {
  const tables = new Map<MapName, number>();
  for (const name of MAP_NAMES) {
    const fd = native.pinned(join(pinDir, name));
    if (fd !== undefined) tables.set(name, fd);
  }
  return tables;
}

function findAttached(native: Native, ifindexes: readonly number[]): Tables | undefined {
  for (const ifindex of ifindexes) {
    const info = attachedFilter(native, ifindex);
    if (info === undefined) continue;
    const tables = new Map<MapName, number>();
    for (const id of info.mapIds) {
      const fd = native.mapById(id);
      const { name } = native.mapInfo(fd);
      const known = MAP_NAMES.find((one) => one === name);
      if (known === undefined) native.close(fd);
      else tables.set(known, fd);
    }
    if (tables.has("senders")) return tables;
    for (const fd of tables.values()) native.close(fd);
  }
  return undefined;
}

/** Describes the filter that is attached to the interface; undefined when there is none or the interface is gone. */
export function attachedFilter(native: Native, ifindex: number): ProgramInfo | undefined {
  let id;
  try {
    id = native.tcQuery(ifindex, PROGRAM_NAME);
  } catch (error) {
    if (errnoOf(error) === "ENODEV") return undefined;
    throw error;
  }
  if (id === undefined) return undefined;
  const program = native.programById(id);
  try {
    return native.programInfo(program);
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
  repin(native, loaded, path);
  return loaded;
}

/** Pins under the name in one step, whatever was pinned there. */
function repin(native: Native, fd: number, path: string): void {
  const next = `${path}_new`;
  rmSync(next, { force: true });
  native.pin(fd, next);
  renameSync(next, path);
}

function asMapFds(fds: Record<string, number>): MapFds {
  return mapFds((name) => {
    const found = fds[name];
    if (found === undefined) throw new StartError(`the filter object has no map ${name}`);
    return found;
  });
}

function loadFailure(error: unknown): string {
  const errno = errnoOf(error);
  if (errno === "EPERM") return "the kernel lets only root (CAP_BPF and CAP_NET_ADMIN) load the filter";
  if (errno === "ENOENT") return `${messageOf(error)}; build it with npm run setup`;
  return messageOf(error);
}
