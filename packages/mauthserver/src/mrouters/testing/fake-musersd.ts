// SPDX-License-Identifier: MIT
import { createSocket } from "node:dgram";
import type { RemoteInfo, Socket } from "node:dgram";
import { once } from "node:events";
import type { ErrorCode } from "@mauth/protocol/error-code";
import { parseIpv4 } from "@mauth/protocol/ipv4";
import { MemorySlots, V1Server } from "@mauth/protocol/rpc";
import { COMMAND } from "@mauth/protocol/v1";
import type { Request } from "@mauth/protocol/v1";
import { formatSenderKey } from "../../sender-key.ts";

/** A musersd without a kernel: the real protocol over a real UDP socket of 127.0.0.1, and a table in memory. */
export class FakeMusersd {
  /** What the "kernel" holds: maximum TTLs by "SOURCE>GROUP". */
  readonly table = new Map<string, number>();
  /** Every request that was executed, in order. */
  readonly executed: Request[] = [];
  /** Refuses what it is asked, as a full or failing kernel would. */
  refuse: (request: Request) => ErrorCode | undefined = () => undefined;
  /** Hears nothing, as behind a cut cable. */
  isCutOff = false;
  #memory = new MemorySlots();
  #v1: V1Server | undefined;
  #socket: Socket | undefined;
  #port = 0;

  /** "127.0.0.1:PORT", the same after a restart. */
  get address(): string {
    return `127.0.0.1:${this.#port}`;
  }

  async start(): Promise<this> {
    this.#v1 = new V1Server({ memory: this.#memory, execute: (request) => this.#execute(request) });
    this.#socket = createSocket("udp4", (bytes, remote) => this.#receive(bytes, remote));
    this.#socket.bind(this.#port, "127.0.0.1");
    await once(this.#socket, "listening");
    this.#port = this.#socket.address().port;
    return this;
  }

  async stop(): Promise<void> {
    this.#socket?.close();
    this.#socket = undefined;
  }

  /** What a reboot of the mrouter does: the table and the slots are gone. */
  async reboot(): Promise<void> {
    await this.stop();
    this.table.clear();
    this.#memory = new MemorySlots();
    await this.start();
  }

  #receive(bytes: Uint8Array, { address, port }: RemoteInfo): void {
    if (this.isCutOff) return;
    const peer = { address: parseIpv4(address) ?? 0, port };
    const response = this.#v1?.receive(peer, bytes, performance.now());
    if (response) this.#socket?.send(response, port, address);
  }

  #execute(request: Request): ErrorCode | undefined {
    this.executed.push(request);
    const error = this.refuse(request);
    if (error !== undefined) return error;
    const key = formatSenderKey(request.source, request.group);
    if (request.command === COMMAND.add) this.table.set(key, request.maxTtl);
    else this.table.delete(key);
    return undefined;
  }
}
