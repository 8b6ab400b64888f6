// SPDX-License-Identifier: MIT
import type { Config } from "../config.ts";
import { messageOf } from "../errors.ts";
import type { Log } from "../log.ts";
import { openNative } from "../native.ts";
import type { Native } from "../native.ts";
import { fromMessage, readMaterial } from "./material.ts";
import type { MaterialMessage } from "./material.ts";
import { startServer } from "./server.ts";
import type { Server, ServerOptions } from "./server.ts";
import { bindSocket } from "./udp-socket.ts";
import type { UdpSocket } from "./udp-socket.ts";

/** What the serving part tells the process that started it. */
export type FromServer = { readonly type: "bound" };
/** What that process tells it. */
export type ToServer = { readonly type: "serve" | "reload"; readonly material: MaterialMessage };

/** Runs the serving part by itself: it reads its files as its own user and needs the filter to be loaded. */
export async function runServer(config: Config, log: Log): Promise<void> {
  const material = readMaterial(config);
  const native = openNative();
  const socket = await bindSocket(native, config.listen);
  const server = startOrClose({ config, native, socket, material, log });
  process.on("SIGHUP", () => {
    try {
      server.reload(readMaterial(config));
    } catch (error) {
      log.error(messageOf(error));
    }
  });
  stopOnSignal(server);
}

/** Runs the serving part under its parent: binds, says so, and serves when told that the filter is loaded. */
export async function runServerForParent(config: Config, log: Log): Promise<void> {
  const native = openNative();
  const parent = process.ppid;
  const socket = await bindOrDisconnect(native, config);
  // The parent holds the other end for as long as it lives, however it dies.
  process.once("disconnect", () => process.exit(1));
  let server: Server | undefined;
  process.on("message", ({ type, material }: ToServer) => {
    if (type === "reload") {
      server?.reload(fromMessage(material));
      return;
    }
    try {
      server = startServer({ config, native, socket, material: fromMessage(material), log });
      native.dieWithParent(parent);
      stopOnSignal(server);
    } catch (error) {
      process.stderr.write(`musersd: ${messageOf(error)}\n`);
      process.exit(1);
    }
  });
  process.send?.({ type: "bound" } satisfies FromServer);
}

/** An open socket would keep this process alive after it has failed. */
function startOrClose(options: ServerOptions): Server {
  try {
    return startServer(options);
  } catch (error) {
    options.socket.close();
    throw error;
  }
}

/** An open channel to the parent would keep this process alive after it has failed. */
async function bindOrDisconnect(native: Native, config: Config): Promise<UdpSocket> {
  try {
    return await bindSocket(native, config.listen);
  } catch (error) {
    process.disconnect();
    throw error;
  }
}

function stopOnSignal(server: Server): void {
  for (const signal of ["SIGTERM", "SIGINT"] as const)
    process.once(signal, () => {
      server.stop();
      process.exit(0);
    });
}
