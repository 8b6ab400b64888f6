// SPDX-License-Identifier: MIT
import { createSocket } from "node:dgram";
import type { Socket } from "node:dgram";

/** Where an mrouter listens. */
export interface Endpoint {
  /** An address or a name. */
  readonly host: string;
  readonly port: number;
}

export interface UdpHandlers {
  onDatagram(bytes: Uint8Array): void;
  /** The network says that nobody listens there; only a hint, because anybody can say so. */
  onError?(): void;
}

/** A UDP socket with a new ephemeral port that talks to one peer only. */
export class UdpSocket {
  readonly #socket: Socket;
  readonly #onError: () => void;

  private constructor(socket: Socket, onError: () => void) {
    this.#socket = socket;
    this.#onError = onError;
    socket.on("error", onError);
  }

  /** Connects; rejects when the host has no address. */
  static async connect({ host, port }: Endpoint, handlers: UdpHandlers): Promise<UdpSocket> {
    const socket = createSocket({ type: host.includes(":") ? "udp6" : "udp4" });
    socket.on("message", (bytes) => handlers.onDatagram(bytes));
    await new Promise<void>((resolve, reject) => {
      socket.once("error", reject);
      // Node calls back with an error although its types do not say so.
      socket.connect(port, host, ((error?: Error) => (error ? reject(error) : resolve())) as () => void);
    }).catch((error: unknown) => {
      socket.close();
      throw error;
    });
    socket.removeAllListeners("error");
    return new UdpSocket(socket, () => handlers.onError?.());
  }

  send(bytes: Uint8Array): void {
    this.#socket.send(bytes, (error) => {
      if (error) this.#onError();
    });
  }

  close(): void {
    this.#socket.close();
  }
}
