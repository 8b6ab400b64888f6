// SPDX-License-Identifier: MIT
/* A process whose receiver throws at the first datagram, which it sends to itself. */
import { createSocket } from "node:dgram";
import { loadNative } from "../src/native.ts";
import { UdpSocket } from "../src/server/udp-socket.ts";

const server = new UdpSocket(loadNative(), { address: "127.0.0.1", port: 0 });
server.onDatagram(() => {
  throw new Error("faulty receiver");
});
createSocket("udp4").send("x", server.port, "127.0.0.1");
