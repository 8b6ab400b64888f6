// SPDX-License-Identifier: MIT
import { createSocket } from "node:dgram";
import type { Socket } from "node:dgram";

/** Where an mrouter listens. */
export interface Endpoint {
  /** An address or a name. */
  readonly host: string;
  readonly port: number;
}

/** A UDP socket with a new ephemeral port that talks to one peer only. */
export class UdpSocket {
  readonly #socket: Socket;
  /** Errors of the network, such as port unreachable; each is only a sign of silence. */
  errors = 0;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on("error", () => this.errors++);
  }

  /** Connects; rejects when the host has no address. */
  static async connect({ host, port }: Endpoint, onDatagram: (bytes: Uint8Array) => void): Promise<UdpSocket> {
    const socket = createSocket({ type: host.includes(":") ? "udp6" : "udp4" });
    socket.on("message", onDatagram);
    await new Promise<void>((resolve, reject) => {
      socket.once("error", reject);
      // Node calls back with an error although its types do not say so.
      socket.connect(port, host, ((error?: Error) => (error ? reject(error) : resolve())) as () => void);
    }).catch((error: unknown) => {
      socket.close();
      throw error;
    });
    socket.removeAllListeners("error");
    return new UdpSocket(socket);
  }

  send(bytes: Uint8Array): void {
    this.#socket.send(bytes, (error) => {
      if (error) this.errors++;
    });
  }

  close(): void {
    this.#socket.close();
  }
}
