// SPDX-License-Identifier: MIT
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { Config } from "./config.ts";
import { ConfigError, messageOf, StartError } from "./errors.ts";
import { assertAvailable, startEnforcement } from "./loader/loader.ts";
import type { Log } from "./log.ts";
import { bootClockMs, createV1Server } from "./server/rpc.ts";
import { SlotFile } from "./server/slot-file.ts";
import { readMauthConf, reloadMauthConf } from "./server/static-senders.ts";
import { UdpSocket } from "./server/udp-socket.ts";

/** A running musersd. */
export interface Daemon {
  readonly port: number;
  /** Re-reads mauth.conf. */
  reload(): void;
  /** Stops serving; the kernel goes on enforcing. */
  stop(): Promise<void>;
}

/**
 * Starts musersd: the port first, so that a second one changes nothing; then the filter; then the service.
 * @throws ConfigError, StartError
 */
export async function startDaemon(config: Config, log: Log): Promise<Daemon> {
  assertAvailable(config);
  const conf = readMauthConf(config.mauthConf);
  if (!conf.ok) throw new ConfigError(conf.reason);
  const socket = await UdpSocket.bind(config.listen);
  try {
    prepareStateDir(config.stateDir);
    return serve(config, socket, log);
  } catch (error) {
    await socket.close();
    throw error;
  }
}

function serve(config: Config, socket: UdpSocket, log: Log): Daemon {
  const enforcement = startEnforcement(config, log);
  reloadMauthConf(config.mauthConf, enforcement.filter, log);
  const slots = new SlotFile(join(config.stateDir, "slots"));
  const v1 = createV1Server(config, enforcement.filter, slots);

  socket.onDatagram((bytes, peer) => {
    const response = v1.receive(peer, bytes, bootClockMs());
    if (response !== undefined) socket.send(response, peer);
  });
  socket.onError((error) => log.error({ error }, "UDP socket failed"));
  log.info({ address: config.listen.address, port: socket.port, interfaces: enforcement.interfaces() }, "serving");
  return {
    port: socket.port,
    reload: () => reloadMauthConf(config.mauthConf, enforcement.filter, log),
    stop: async () => {
      enforcement.stop();
      await socket.close();
      slots.close();
      log.info("stopped; the kernel goes on enforcing");
    },
  };
}

function prepareStateDir(stateDir: string): void {
  try {
    mkdirSync(stateDir, { recursive: true, mode: 0o700 });
  } catch (error) {
    throw new StartError(`cannot make the state directory ${stateDir}: ${messageOf(error)}`, { cause: error });
  }
}
