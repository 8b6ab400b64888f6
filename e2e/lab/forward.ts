// SPDX-License-Identifier: MIT
import { once } from "node:events";
import { type AddressInfo, type Server, type Socket, connect, createServer } from "node:net";
import { LabError } from "./record.ts";

/** Makes a UNIX socket inside the lab reachable from the host at 127.0.0.1, where a browser can open it. */
export class Forwarder {
  readonly #path: string;
  readonly #server: Server;
  readonly #open = new Set<Socket>();

  constructor(path: string) {
    this.#path = path;
    this.#server = createServer((client) => this.#join(client));
  }

  /** The TCP port on 127.0.0.1. */
  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** Listens; port 0 takes any free port. */
  async start(port: number): Promise<void> {
    this.#server.listen(port, "127.0.0.1");
    try {
      await once(this.#server, "listening");
    } catch (error) {
      throw new LabError(`port ${port} of 127.0.0.1 is taken: stop what uses it, or choose another with MAUTH_PORT=…`, {
        cause: error,
      });
    }
  }

  async stop(): Promise<void> {
    if (!this.#server.listening) return;
    const closed = once(this.#server, "close");
    this.#server.close();
    for (const socket of this.#open) socket.destroy();
    await closed;
  }

  #join(client: Socket): void {
    const service = connect(this.#path);
    for (const [socket, other] of [
      [client, service],
      [service, client],
    ] as const) {
      this.#open.add(socket);
      socket.pipe(other);
      // When one side is gone, so is the other: a killed mauthserver looks like one to the browser.
      socket.on("error", () => other.destroy());
      socket.on("close", () => {
        this.#open.delete(socket);
        other.end();
      });
    }
  }
}
