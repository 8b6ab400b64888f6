// SPDX-License-Identifier: MIT
import { once } from "node:events";
import { WebSocket } from "ws";
import { parseIpv4 } from "../../packages/protocol/src/ipv4.ts";
import { encodeRequest } from "../../packages/protocol/src/v1/index.ts";

/** A console that makes one call after the other, and hears of the answer at once. */
export class Caller {
  readonly #socket: WebSocket;
  #sequence = 0;
  #answered: ((isAck: boolean) => void) | undefined;

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.on("message", (data: Buffer, isBinary) => {
      if (isBinary && data[1] === this.#sequence) this.#answered?.(data[0] === 0);
    });
  }

  static async open(url: string): Promise<Caller> {
    const socket = new WebSocket(url, { origin: new URL(url).origin.replace("ws:", "http:") });
    const caller = new Caller(socket);
    await once(socket, "open");
    return caller;
  }

  /** Resolves when the call was acknowledged. */
  async call(command: number, source: string, group: string, maxTtl = 0): Promise<void> {
    const sequence = (this.#sequence = (this.#sequence + 1) & 0xff);
    const answered = new Promise<boolean>((resolve) => (this.#answered = resolve));
    const request = { sequence, command, source: parseIpv4(source) ?? 0, group: parseIpv4(group) ?? 0, maxTtl };
    this.#socket.send(encodeRequest(request));
    if (!(await answered)) throw new Error(`${source} to ${group} was refused`);
  }

  async close(): Promise<void> {
    this.#socket.close();
    await once(this.#socket, "close");
  }
}
