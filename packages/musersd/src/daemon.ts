// SPDX-License-Identifier: MIT
import { mkdirSync } from "node:fs";
import type { Config } from "./config.ts";
import { ConfigError, messageOf, StartError } from "./errors.ts";
import { assertAvailable, startEnforcement } from "./loader/loader.ts";
import type { Log } from "./log.ts";
import { openNative } from "./native.ts";
import { readKeys } from "./server/keys.ts";
import type { Keys } from "./server/keys.ts";
import { RpcService } from "./server/rpc.ts";
import { readMauthConf, reloadMauthConf } from "./server/static-senders.ts";
import { UdpSocket } from "./server/udp-socket.ts";

const TICK_INTERVAL_MS = 1000;

/** A running musersd. */
export interface Daemon {
  readonly port: number;
  /** Re-reads mauth.conf and the keys. */
  reload(): void;
  /** Stops serving; the kernel goes on enforcing. */
  stop(): void;
}

/**
 * Starts musersd: the port first, so that a second one changes nothing; then the filter; then the service.
 * @throws ConfigError, StartError
 */
export function startDaemon(config: Config, log: Log): Daemon {
  assertAvailable(config);
  const conf = readMauthConf(config.mauthConf);
  if (!conf.ok) throw new ConfigError(conf.reason);
  const keys = readKeys(config.v2Keys);
  const socket = new UdpSocket(openNative(), config.listen);
  try {
    prepareStateDir(config.stateDir);
    return serve(config, keys, socket, log);
  } catch (error) {
    socket.close();
    throw error;
  }
}

function serve(config: Config, keys: Keys, socket: UdpSocket, log: Log): Daemon {
  const enforcement = startEnforcement(config, log);
  reloadMauthConf(config.mauthConf, enforcement.filter, log);
  const rpc = new RpcService(config, enforcement, keys);
  const timer = setInterval(() => rpc.tick(), TICK_INTERVAL_MS);
  socket.onDatagram((bytes, peer) => {
    for (const answer of rpc.receive(bytes, peer)) socket.send(answer.bytes, answer.peer);
  });
  log.info({ address: config.listen.address, port: socket.port, interfaces: enforcement.interfaces() }, "serving");
  return {
    port: socket.port,
    reload: () => {
      reloadMauthConf(config.mauthConf, enforcement.filter, log);
      reloadKeys(config.v2Keys, rpc, log);
    },
    stop: () => {
      enforcement.stop();
      clearInterval(timer);
      socket.close();
      rpc.close();
      log.info("stopped; the kernel goes on enforcing");
    },
  };
}

/** A bad file keeps the keys that are in use. */
function reloadKeys(path: string, rpc: RpcService, log: Log): void {
  try {
    const keys = readKeys(path);
    rpc.setKeys(keys);
    if (path !== "") log.info({ path, keys: [...keys.keys()] }, "keys read");
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    log.error(error.message);
  }
}

function prepareStateDir(stateDir: string): void {
  try {
    mkdirSync(stateDir, { recursive: true, mode: 0o700 });
  } catch (error) {
    throw new StartError(`cannot make the state directory ${stateDir}: ${messageOf(error)}`, { cause: error });
  }
}
