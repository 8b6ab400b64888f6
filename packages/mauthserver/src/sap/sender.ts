// SPDX-License-Identifier: MIT
import { createSocket } from "node:dgram";
import type { Socket } from "node:dgram";
import { once } from "node:events";
import type { Outgoing } from "./announcer.ts";
import { SAP_PORT } from "./packet.ts";

/** RFC 2974 §3. */
const SAP_TTL_HOPS = 255;

/** Sends announcements, each from its originating source, so that it goes out on the interface of that address. */
export class SapSender {
  readonly counters = { sent: 0, failed: 0 };
  readonly #port: number;
  readonly #ttlHops: number;
  readonly #sockets = new Map<string, Promise<Socket>>();

  constructor(options: { readonly port?: number; readonly ttlHops?: number } = {}) {
    this.#port = options.port ?? SAP_PORT;
    this.#ttlHops = options.ttlHops ?? SAP_TTL_HOPS;
  }

  /** Resolves to whether the kernel took the datagram; an address that the host does not have now is no error. */
  async send({ originatingSource, sapGroup, bytes }: Outgoing): Promise<boolean> {
    try {
      const socket = await this.#socketOf(originatingSource);
      await new Promise<void>((resolve, reject) => {
        socket.send(bytes, this.#port, sapGroup, (error) => (error === null ? resolve() : reject(error)));
      });
      this.counters.sent += 1;
      return true;
    } catch {
      this.counters.failed += 1;
      await this.#forget(originatingSource); // The interface may come back with the address: begin anew then.
      return false;
    }
  }

  /** Closes the sockets. */
  async stop(): Promise<void> {
    await Promise.all([...this.#sockets.keys()].map(async (source) => this.#forget(source)));
  }

  async #socketOf(source: string): Promise<Socket> {
    const known = this.#sockets.get(source);
    if (known !== undefined) return known;
    const opened = this.#open(source);
    this.#sockets.set(source, opened);
    return opened;
  }

  async #open(source: string): Promise<Socket> {
    const socket = createSocket(source.includes(":") ? "udp6" : "udp4");
    try {
      socket.bind(0, source);
      await once(socket, "listening");
      if (!source.includes(":")) socket.setMulticastInterface(source);
      socket.setMulticastTTL(this.#ttlHops);
      socket.setMulticastLoopback(true); // Other programs on this host listen too, mauthserver itself among them.
    } catch (error) {
      socket.close();
      throw error;
    }
    socket.on("error", () => void this.#forget(source));
    return socket;
  }

  async #forget(source: string): Promise<void> {
    const opened = this.#sockets.get(source);
    this.#sockets.delete(source);
    await opened?.then(
      (socket) => socket.close(),
      () => undefined,
    );
  }
}
