// SPDX-License-Identifier: MIT
import type { Duplex } from "node:stream";

/** How long a client may take to read why it was refused. */
const REFUSED_MS = 1000;

/** Answers a request for a WebSocket with a refusal and lets the connection go, also when the other end does not close it. */
export function refuseUpgrade(socket: Duplex, status: string): void {
  socket.on("error", () => socket.destroy());
  // Nobody reads on: what still comes must not keep the connection.
  socket.resume();
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
  setTimeout(() => socket.destroy(), REFUSED_MS).unref();
}
