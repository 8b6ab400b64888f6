// SPDX-License-Identifier: MIT
import type { Config } from "../config.ts";
import { FilterLostError, messageOf, StartError } from "../errors.ts";
import { BpfFilter } from "../filter/bpf-filter.ts";
import type { Filter } from "../filter/filter.ts";
import { MemoryFilter } from "../filter/memory-filter.ts";
import { ModuleFilter } from "../filter/module-filter.ts";
import { openPinnedMaps } from "../loader/pins.ts";
import type { Log } from "../log.ts";
import { applyMauthConf } from "../mauth-conf.ts";
import type { Native } from "../native.ts";
import { makeStateDir, troubleWithState } from "../state-dir.ts";
import { findUser } from "../user.ts";
import type { Material } from "./material.ts";
import { bootClockMs, RpcService } from "./rpc.ts";
import type { Datagram } from "./rpc.ts";
import { SapEars } from "./sap-ears.ts";
import type { Peer, UdpSocket } from "./udp-socket.ts";

const TICK_INTERVAL_MS = 1000;

/** The part that talks to the network, as an unprivileged user without any capability. */
export interface Server {
  /** Takes new keys and static senders, by difference. */
  reload(material: Material): void;
  /** Stops serving; the kernel goes on enforcing. */
  stop(): void;
}

export interface ServerOptions {
  readonly config: Config;
  readonly native: Native;
  readonly socket: UdpSocket;
  readonly material: Material;
  readonly log: Log;
}

/**
 * Opens what is needed, gives up every privilege, then serves.
 * @throws StartError when the filter is not loaded or a privilege cannot be given up.
 */
export function startServer({ config, native, socket, material, log }: ServerOptions): Server {
  makeStateDir(config.stateDir);
  const filter = openFilter(config, native, log);
  const rpc = openRpc({ config, filter, keys: material.keys, native });
  if (process.getuid?.() === 0) dropPrivileges(config, native);
  applyStaticSenders(config, filter, material, log);
  const sendAll = (datagrams: readonly Datagram[]): void => {
    for (const { bytes, peer } of datagrams) socket.send(bytes, peer);
  };
  const ears = new SapEars({
    native,
    groups: config.observed,
    onDatagram: (datagram) => sendAll(rpc.relaySap(datagram)),
    nowMs: bootClockMs,
    log,
  });
  rpc.countSap(ears.relay.counters);
  const endIfLost = endingIfLost(filter, log);
  let isWorking = false;
  const work = endIfLost(() => {
    sendAll(rpc.work());
    isWorking = rpc.hasWork;
    if (isWorking) setImmediate(work);
  });
  const workIfAny = (): void => {
    if (isWorking || !rpc.hasWork) return;
    isWorking = true;
    setImmediate(work);
  };
  const tick = endIfLost(() => {
    ears.follow(filter.interfaces());
    rpc.tick();
    workIfAny();
    const refusals = rpc.refusalLine();
    if (refusals !== undefined) log.warn(refusals, "datagrams refused");
  });
  tick();
  const timer = setInterval(tick, TICK_INTERVAL_MS);
  const receive = endIfLost((bytes: Uint8Array, peer: Peer) => {
    sendAll(rpc.receive(bytes, peer));
    workIfAny();
  });
  socket.onDatagram(receive);
  const { address } = config.listen;
  log.info({ address, port: socket.port, uid: process.getuid?.(), interfaces: filter.interfaces() }, "serving");
  return {
    reload: (next) => {
      applyStaticSenders(config, filter, next, log);
      rpc.setKeys(next.keys);
      log.info({ keys: [...next.keys.keys()] }, "keys read");
    },
    stop: () => {
      if (config.mauthConfAtStop === "remove") applyStaticSenders(config, filter, { staticSenders: [] }, log);
      clearInterval(timer);
      socket.close();
      ears.close();
      rpc.close();
      log.info("stopped; the kernel goes on enforcing");
    },
  };
}

/** Makes a step end this process, with one sentence, when it fails because the kernel has lost the filter. */
function endingIfLost(filter: Filter, log: Log) {
  return <Args extends unknown[]>(step: (...args: Args) => void) =>
    (...args: Args): void => {
      try {
        step(...args);
      } catch (error) {
        if (filter.isThere()) throw error;
        log.fatal(new FilterLostError(error).message);
        process.exit(1);
      }
    };
}

function openFilter(config: Config, native: Native, log: Log): Filter {
  if (config.filter === "bpf") return new BpfFilter(native, openPinnedMaps(native, config));
  if (config.filter === "module") return openModule(native);
  log.warn("filter = memory: NOTHING IS ENFORCED, every sender gets through");
  const filter = new MemoryFilter({ sendersMax: config.sendersMax });
  filter.setObserved(config.observed);
  filter.setPimNeighbours(config.pimNeighbours);
  return filter;
}

/** Needs no privilege: the loader has named this user as the filter's owner. */
function openModule(native: Native): Filter {
  try {
    return new ModuleFilter(native);
  } catch (error) {
    throw new StartError(`the filter of the kernel module is not there; start the loader first: ${messageOf(error)}`, {
      cause: error,
    });
  }
}

/** Its memory is in files, which are another user's when musersd was tried by hand before. */
function openRpc(options: ConstructorParameters<typeof RpcService>[0]): RpcService {
  try {
    return new RpcService(options);
  } catch (error) {
    const { stateDir } = options.config;
    throw new StartError(troubleWithState(stateDir, error), { cause: error });
  }
}

function dropPrivileges(config: Config, native: Native): void {
  const user = findUser(config.user);
  try {
    native.dropPrivileges(user.uid, user.gid);
  } catch (error) {
    throw new StartError(`cannot become ${user.name}: ${messageOf(error)}`, { cause: error });
  }
}

function applyStaticSenders(config: Config, filter: Filter, material: Pick<Material, "staticSenders">, log: Log): void {
  const result = applyMauthConf(filter, material.staticSenders);
  if (config.mauthConf !== "" || result.removed > 0)
    log.info({ path: config.mauthConf, ...result }, "static senders applied");
}
