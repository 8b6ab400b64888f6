// SPDX-License-Identifier: MIT
import { chmodSync, chownSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { mayLoadFilter } from "../capabilities.ts";
import type { Config } from "../config.ts";
import { ConfigError, StartError } from "../errors.ts";
import { BpfFilter } from "../filter/bpf-filter.ts";
import type { Log } from "../log.ts";
import { openNative } from "../native.ts";
import type { Native } from "../native.ts";
import { makeStateDir } from "../state-dir.ts";
import { findUser } from "../user.ts";
import { Attachments } from "./attachments.ts";
import { loadFilter } from "./filter-loader.ts";
import { Gate } from "./gate.ts";
import { ObservedGroups } from "./observed-rule.ts";
import { isPattern, matchesAny } from "./patterns.ts";
import { pinDirOf, pinPaths } from "./pins.ts";

/** How often attachments and mrule are looked at when nothing woke us: somebody may have removed them by hand. */
const CHECK_INTERVAL_MS = 1000;

/** The part that needs privilege: it loads, attaches and watches, and talks to nobody. */
export interface Loader {
  /** Stops watching; the kernel goes on enforcing. */
  stop(): void;
}

/**
 * Tells early, before anything is touched, that the configured filter cannot run here.
 * @throws ConfigError when this version does not have it, or an interface does not exist.
 * @throws StartError when this process may not load it.
 */
export function assertLoadable(config: Config): void {
  if (config.filter === "module") throw new ConfigError('filter: this version has no kernel module; use "bpf"');
  if (config.filter === "memory") return;
  if (!mayLoadFilter()) throw new StartError('filter "bpf" needs root (CAP_BPF and CAP_NET_ADMIN)');
  assertInterfaces(openNative(), config.interfaces);
}

/**
 * Puts the filter into force and keeps it there.
 * @throws StartError when the machine cannot run the filter.
 */
export function startLoader(config: Config, log: Log): Loader {
  const native = openNative();
  const { sendersMax, interfaces } = config;
  const pinDir = pinDirOf(config);
  makeStateDir(config.stateDir);
  const objectPath = fileURLToPath(import.meta.resolve("@mauth/kernel-module/msender.bpf.o"));
  const loaded = loadFilter({ native, pinDir, objectPath, sendersMax }, ifindexesOf(native, interfaces));
  const filter = new BpfFilter(native, loaded.maps);
  const { origin, carried } = loaded;
  log.info({ origin, carried, senders: filter.senders().length, sendersMax: filter.sendersMax }, "filter loaded");
  if (filter.sendersMax !== sendersMax)
    log.warn(
      { inForce: filter.sendersMax, configured: sendersMax },
      "senders_max changes when the filter is created anew",
    );

  const observed = new ObservedGroups({ native, filter, groups: config.observed, log });
  observed.start();
  filter.setPimNeighbours(config.pimNeighbours);
  const monitored = monitoredOf(config);
  const attachments = new Attachments({ native, program: loaded.program, interfaces, monitored, filter, log });
  const gate = new Gate(config, log);
  const check = (): void => {
    gate.check(attachments.check());
    observed.check();
  };
  check();
  attachments.detachOthers();
  sharePins(config);
  native.watchLinks(check);
  const timer = setInterval(check, CHECK_INTERVAL_MS);
  return { stop: () => clearInterval(timer) };
}

/** Lets the user of the serving part open the pins and keep its files where it is started apart (systemd), by its group. */
function sharePins(config: Config): void {
  const user = findUser(config.user);
  if (user.name === "nobody") return;
  for (const directory of [config.stateDir, pinDirOf(config)]) chownSync(directory, 0, user.gid);
  chmodSync(config.stateDir, 0o770);
  chmodSync(pinDirOf(config), 0o750);
  for (const path of pinPaths(config)) {
    chownSync(path, 0, user.gid);
    chmodSync(path, 0o660);
  }
}

/** Names and patterns of the interfaces that are only monitored. */
function monitoredOf({ mode, monitor }: Config): readonly string[] {
  return mode === "monitor" ? ["*"] : monitor;
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
