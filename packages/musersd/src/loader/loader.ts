// SPDX-License-Identifier: MIT
import { chmodSync, chownSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Mode } from "@mauth/protocol/v2";
import { mayLoadFilter } from "../capabilities.ts";
import type { Config } from "../config.ts";
import { ConfigError, FilterLostError, StartError } from "../errors.ts";
import { BpfFilter } from "../filter/bpf-filter.ts";
import type { Filter } from "../filter/filter.ts";
import type { Log } from "../log.ts";
import { configuredMode, modesPath, readModes } from "../modes.ts";
import { openNative } from "../native.ts";
import type { Native } from "../native.ts";
import { giveStateFilesTo, makeStateDir } from "../state-dir.ts";
import { findUser } from "../user.ts";
import { Attachments } from "./attachments.ts";
import { loadFilter } from "./filter-loader.ts";
import { closeGate, Gate } from "./gate.ts";
import type { Hook } from "./hook.ts";
import { assertModule, judgedByModule, loadModule, ModuleHook } from "./module-loader.ts";
import { ObservedGroups } from "./observed-rule.ts";
import { isPattern, matchesAny } from "./patterns.ts";
import { pinDirOf, pinPaths } from "./pins.ts";
import { judgedByBpf, TcHook } from "./tc-hook.ts";

/** How often attachments and mrule are looked at when nothing woke us: somebody may have removed them by hand. */
const CHECK_INTERVAL_MS = 1000;

/** The part that needs privilege: it loads, attaches and watches, and talks to nobody. */
export interface Loader {
  /** Looks now, because something has happened. */
  look(): void;
  /** Stops watching; the kernel goes on enforcing. */
  stop(): void;
}

/**
 * Tells early, before anything is touched, that the configured filter cannot run here.
 * @throws ConfigError when an interface does not exist.
 * @throws StartError when this process may not load it, or the kernel does not have it.
 */
export function assertLoadable(config: Config): void {
  if (config.filter === "memory") return;
  const native = openNative();
  if (config.filter === "module") assertModule(native);
  else if (!mayLoadFilter()) throw new StartError('filter "bpf" needs root (CAP_BPF and CAP_NET_ADMIN)');
  assertInterfaces(native, config.interfaces);
}

/**
 * Runs the part that closes the gate.
 * @throws StartError when the kernel does not take the rules.
 */
export function runGate(config: Config, log: Log): void {
  const native = openNative();
  closeGate(
    { native, isJudged: config.filter === "module" ? judgedByModule(native) : judgedByBpf(native) },
    config,
    log,
  );
}

/**
 * Puts the filter into force and keeps it there.
 * @param onLost Called once when the kernel has lost the filter; by then the gate is closed, and nothing is watched any more.
 * @throws StartError when the machine cannot run the filter.
 */
export function startLoader(config: Config, log: Log, onLost: (error: FilterLostError) => void): Loader {
  const native = openNative();
  const { sendersMax, interfaces } = config;
  makeStateDir(config.stateDir);
  const { filter, hook } =
    config.filter === "module" ? putModuleInForce(config, native, log) : putBpfInForce(config, native, log);
  if (filter.sendersMax !== sendersMax)
    log.warn(
      { inForce: filter.sendersMax, configured: sendersMax },
      "senders_max changes when the filter is created anew",
    );

  const observed = new ObservedGroups({ native, filter, groups: config.observed, log });
  observed.start();
  filter.setPimNeighbours(config.pimNeighbours);
  const modeOf = (name: string): Mode => readModes(modesPath(config)).get(name) ?? configuredMode(config, name);
  const attachments = new Attachments({ native, hook, interfaces, modeOf, filter, log });
  const gate = new Gate(config, log);
  const check = (): void => {
    gate.check(attachments.check());
    observed.check();
  };
  check();
  attachments.detachOthers();
  shareState(config);
  log.info({ stateDir: config.stateDir }, "state shared");
  let isOver = false;
  const look = (): void => {
    if (isOver) return;
    try {
      check();
    } catch (error) {
      if (filter.isThere()) throw error;
      isOver = true;
      clearInterval(timer);
      closeGateOfLost(native, config, log);
      onLost(new FilterLostError(error));
    }
  };
  const timer = setInterval(look, CHECK_INTERVAL_MS);
  native.watchLinks(look);
  return {
    look,
    stop: () => {
      isOver = true;
      clearInterval(timer);
    },
  };
}

/** Fails closed: nothing judges until the filter is made anew. */
function closeGateOfLost(native: Native, config: Config, log: Log): void {
  try {
    closeGate({ native, isJudged: () => false }, config, log);
  } catch (error) {
    log.error({ error }, "the filter is gone and the gate is not closed: EVERYTHING PASSES");
  }
}

interface InForce {
  readonly filter: Filter;
  readonly hook: Hook;
}

function putBpfInForce(config: Config, native: Native, log: Log): InForce {
  const pinDir = pinDirOf(config);
  const objectPath = fileURLToPath(import.meta.resolve("@mauth/kernel-module/msender.bpf.o"));
  const options = { native, pinDir, objectPath, sendersMax: config.sendersMax };
  const { program, maps, origin, carried } = loadFilter(options, ifindexesOf(native, config.interfaces));
  const filter = new BpfFilter(native, maps);
  log.info({ origin, carried, senders: filter.senders().length, sendersMax: filter.sendersMax }, "filter loaded");
  return { filter, hook: new TcHook(native, program) };
}

function putModuleInForce(config: Config, native: Native, log: Log): InForce {
  const filter = loadModule(native, { sendersMax: config.sendersMax, owner: findUser(config.user).uid });
  log.info({ senders: filter.senders().length, sendersMax: filter.sendersMax }, "filter in the kernel module");
  return { filter, hook: new ModuleHook(filter) };
}

/** Lets the user of the serving part open the pins and keep its files where it is started apart (systemd), by its group. */
function shareState(config: Config): void {
  const user = findUser(config.user);
  if (user.name === "nobody") return;
  chownSync(config.stateDir, 0, user.gid);
  chmodSync(config.stateDir, 0o770);
  giveStateFilesTo(user, config.stateDir);
  if (config.filter !== "bpf") return;
  chownSync(pinDirOf(config), 0, user.gid);
  chmodSync(pinDirOf(config), 0o750);
  for (const path of pinPaths(config)) {
    chownSync(path, 0, user.gid);
    chmodSync(path, 0o660);
  }
}

function assertInterfaces(native: Native, interfaces: readonly string[]): void {
  const present = native.interfaces();
  const missing = interfaces.find((name) => !isPattern(name) && present[name] === undefined);
  if (missing === undefined) return;
  throw new ConfigError(
    `interfaces: there is no interface ${missing}; this machine has ${Object.keys(present).join(", ")}`,
  );
}

function ifindexesOf(native: Native, interfaces: readonly string[]): number[] {
  return Object.entries(native.interfaces())
    .filter(([name]) => matchesAny(interfaces, name))
    .map(([, ifindex]) => ifindex);
}
