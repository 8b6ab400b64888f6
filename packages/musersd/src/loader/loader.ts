// SPDX-License-Identifier: MIT
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Config } from "../config.ts";
import { mayLoadFilter } from "../capabilities.ts";
import { ConfigError, StartError } from "../errors.ts";
import { BpfFilter } from "../filter/bpf-filter.ts";
import type { Filter } from "../filter/filter.ts";
import { MemoryFilter } from "../filter/memory-filter.ts";
import type { Log } from "../log.ts";
import { openNative } from "../native.ts";
import type { Native } from "../native.ts";
import { Attachments } from "./attachments.ts";
import type { Attachment } from "./attachments.ts";
import { loadFilter } from "./filter-loader.ts";
import { ObservedGroups } from "./observed-rule.ts";
import { isPattern, matchesAny } from "./patterns.ts";

/** How often the attachments and the mrule are looked at when nothing woke us: somebody may have removed them by hand. */
const CHECK_INTERVAL_MS = 1000;

/** The running filter: its table, and where it is attached. */
export interface Enforcement {
  readonly filter: Filter;
  interfaces(): readonly Attachment[];
  /** Name of an interface that exists, else "ifindex N". */
  interfaceName(ifindex: number): string;
  /** Stops watching; the kernel goes on enforcing. */
  stop(): void;
}

/**
 * Tells early, before anything is touched, that the configured filter cannot run here.
 * @throws ConfigError when this version does not have it.
 * @throws StartError when this process may not load it.
 */
export function assertAvailable(config: Config): void {
  if (config.mode === "monitor") throw new ConfigError('mode: this version can only "enforce"');
  if (config.filter === "module") throw new ConfigError('filter: this version has no kernel module; use "bpf"');
  if (config.filter === "bpf" && !mayLoadFilter())
    throw new StartError('filter "bpf" needs root (CAP_BPF and CAP_NET_ADMIN)');
}

/**
 * Puts the configured filter into force.
 * @throws ConfigError when an interface does not exist.
 * @throws StartError when the machine cannot run the filter.
 */
export function startEnforcement(config: Config, log: Log): Enforcement {
  if (config.filter === "memory") return startMemory(config, log);
  const native = openNative();
  assertInterfaces(native, config.interfaces);
  return startBpf(config, native, log);
}

function startBpf(config: Config, native: Native, log: Log): Enforcement {
  const pinDir = join(config.stateDir, "bpf");
  const objectPath = fileURLToPath(import.meta.resolve("@mauth/kernel-module/msender.bpf.o"));
  const { sendersMax, interfaces } = config;
  const loaded = loadFilter({ native, pinDir, objectPath, sendersMax }, ifindexesOf(native, interfaces));
  const filter = new BpfFilter(native, loaded.maps);
  log.info({ origin: loaded.origin, senders: filter.senders().length, sendersMax: filter.sendersMax }, "filter loaded");
  if (filter.sendersMax !== sendersMax)
    log.warn(
      { inForce: filter.sendersMax, configured: sendersMax },
      "senders_max changes when the filter is created anew",
    );

  const observed = new ObservedGroups({ native, filter, groups: config.observed, log });
  observed.start();
  filter.setPimNeighbours(config.pimNeighbours);
  const attachments = new Attachments({ native, program: loaded.program, interfaces, log });
  attachments.check();
  attachments.detachOthers();

  const check = (): void => {
    attachments.check();
    observed.check();
  };
  native.watchLinks(check);
  const timer = setInterval(check, CHECK_INTERVAL_MS);
  return {
    filter,
    interfaces: () => attachments.current,
    interfaceName: (ifindex) =>
      attachments.current.find((one) => one.ifindex === ifindex)?.name ?? `ifindex ${ifindex}`,
    stop: () => clearInterval(timer),
  };
}

function startMemory(config: Config, log: Log): Enforcement {
  log.warn("filter = memory: NOTHING IS ENFORCED, every sender gets through");
  const filter = new MemoryFilter({ sendersMax: config.sendersMax });
  filter.setObserved(config.observed);
  filter.setPimNeighbours(config.pimNeighbours);
  return { filter, interfaces: () => [], interfaceName: (ifindex) => `ifindex ${ifindex}`, stop: () => {} };
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
