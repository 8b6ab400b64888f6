// SPDX-License-Identifier: MIT
import { createSocket } from "node:dgram";
import type { Socket } from "node:dgram";
import { once } from "node:events";
import { encodeSap, SAP_PORT } from "../../packages/mauthserver/src/sap/packet.ts";

/** Of global scope (RFC 2974, section 3). */
const SAP_GROUP = "224.2.127.254";
const LOOPBACK = "127.0.0.1";

/** Announces sessions on the loopback interface, each once. */
export class Announcer {
  readonly #socket: Socket;

  private constructor(socket: Socket) {
    this.#socket = socket;
  }

  static async open(): Promise<Announcer> {
    const socket = createSocket("udp4");
    socket.bind(0, LOOPBACK);
    await once(socket, "listening");
    socket.setMulticastInterface(LOOPBACK);
    socket.setMulticastTTL(1);
    return new Announcer(socket);
  }

  /** An audio session of AES67; `number` tells it from others, and `title` names it. */
  announce(number: number, title: string): void {
    const sdp = [
      "v=0",
      `o=- ${number} 1 IN IP4 ${LOOPBACK}`,
      `s=${title}`,
      `c=IN IP4 239.254.${number >> 8}.${number & 255}/16`,
      "t=0 0",
      "m=audio 5004 RTP/AVP 96",
      "a=rtpmap:96 L24/48000/2",
      "",
    ].join("\r\n");
    const packet = { deletion: false, messageIdHash: number, originatingSource: LOOPBACK };
    this.#socket.send(encodeSap({ ...packet, payload: Buffer.from(sdp) }), SAP_PORT, SAP_GROUP);
  }

  close(): void {
    this.#socket.close();
  }
}
