// SPDX-License-Identifier: MIT
// Announces as many sessions as the command line says, once each and all at once, 700 bytes each, to 239.255.255.255,
// from 192.0.2.1 or the address that is the second argument.
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { SAP_PORT, encodeSap } from "../src/sap/packet.ts";

const SOURCE = process.argv[3] ?? "192.0.2.1";
const count = Number(process.argv[2]);

function announcement(index: number): Uint8Array {
  const head = `v=0\r\no=- ${index + 1} 1 IN IP4 ${SOURCE}\r\ns=Burst ${index}\r\nt=0 0\r\n`;
  const media = "m=audio 5004 RTP/AVP 96\r\nc=IN IP4 233.252.0.1/15\r\na=rtpmap:96 L24/48000/2\r\na=x-filler:";
  const payload = new TextEncoder().encode((head + media).padEnd(674, "x") + "\r\n");
  return encodeSap({ deletion: false, messageIdHash: index & 0xffff, originatingSource: SOURCE, payload });
}

const socket = createSocket("udp4");
socket.bind(0, SOURCE);
await once(socket, "listening");
socket.setMulticastInterface(SOURCE);
const announcements = Array.from({ length: count }, (_, index) => announcement(index));
await Promise.all(
  announcements.map(
    async (bytes) => new Promise((resolve) => socket.send(bytes, SAP_PORT, "239.255.255.255", resolve)),
  ),
);
socket.close();
