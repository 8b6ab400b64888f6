// SPDX-License-Identifier: MIT
import { createSocket } from "node:dgram";
import type { Socket } from "node:dgram";
import { formatIpv4, parseIpv4 } from "@mauth/protocol/ipv4";
import type { Ipv4 } from "@mauth/protocol/ipv4";
import { errnoOf, messageOf, StartError } from "../errors.ts";

/** The other end of a datagram. */
export interface Peer {
  readonly address: Ipv4;
  readonly port: number;
}

/** A burst of requests waits here while the kernel is being changed. */
const RECEIVE_BUFFER_BYTES = 4 * 1024 * 1024;

/** The only file of musersd that knows UDP sockets. */
export class UdpSocket {
  readonly #socket: Socket;

  private constructor(socket: Socket) {
    this.#socket = socket;
  }

  /** @throws StartError when the address is taken or not this machine's. */
  static async bind(endpoint: { readonly address: string; readonly port: number }): Promise<UdpSocket> {
    const socket = createSocket({
      type: "udp4",
      recvBufferSize: RECEIVE_BUFFER_BYTES,
      // Peers are literal addresses: skips a name lookup that costs as much as the rest of a call.
      lookup: (hostname, _options, callback) => callback(null, hostname, 4),
    });
    const { address, port } = endpoint;
    await new Promise<void>((resolve, reject) => {
      socket.once("error", (error) =>
        reject(new StartError(`cannot listen on ${address}:${port}: ${bindFailure(error)}`)),
      );
      socket.bind({ address, port, exclusive: true }, resolve);
    });
    socket.removeAllListeners("error");
    return new UdpSocket(socket);
  }

  get port(): number {
    return this.#socket.address().port;
  }

  /** Hands over each datagram; `bytes` are the receiver's to keep. */
  onDatagram(receive: (bytes: Uint8Array, peer: Peer) => void): void {
    this.#socket.on("message", (bytes, { address, port }) => {
      const source = parseIpv4(address);
      if (source !== undefined)
        receive(new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length), { address: source, port });
    });
  }

  /** Errors that belong to no datagram, such as the interface going away. */
  onError(report: (error: Error) => void): void {
    this.#socket.on("error", report);
  }

  /** Sends without waiting: a lost response is what retransmission is for. */
  send(bytes: Uint8Array, peer: Peer): void {
    this.#socket.send(bytes, peer.port, formatIpv4(peer.address), () => {
      // A peer that cannot be reached will ask again or give up; nothing here depends on it.
    });
  }

  async close(): Promise<void> {
    await new Promise<void>((resolve) => this.#socket.close(resolve));
  }
}

function bindFailure(error: Error): string {
  const errno = errnoOf(error);
  if (errno === "EADDRINUSE") return "the port is taken (is another musersd running?)";
  if (errno === "EADDRNOTAVAIL") return "the address is not on this machine";
  if (errno === "EACCES") return "ports below 1024 need root";
  return messageOf(error);
}
