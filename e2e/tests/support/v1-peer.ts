// SPDX-License-Identifier: MIT
import type { Lab } from "../../lab/lab.ts";
import { RPC_PORT } from "../../lab/services.ts";
import { ADDRESS, type HostName } from "../../lab/topology.ts";
import type { Exchange } from "../../lab/traffic/exchange.ts";
import { ADD, REMOVE, v1Bytes } from "../../lab/v1.ts";
import { SENTINEL_GROUP } from "../../lab/lab.ts";

/** A program that speaks the paper's protocol to musersd from one UDP socket. */
export class V1Peer {
  readonly #exchange: Exchange;
  #sequence = 0;

  /** By default on the mrouter itself, where v1 is allowed. */
  constructor(lab: Lab, from: { host: HostName; address: string } = { host: "mrouter", address: "127.0.0.1" }) {
    this.#exchange = lab.exchange(from.host, { address: from.address, port: RPC_PORT });
  }

  add(source: string, group: string, maxTtl: number): Promise<"ack" | "error"> {
    return this.call(ADD, source, group, maxTtl);
  }

  remove(source: string, group: string): Promise<"ack" | "error"> {
    return this.call(REMOVE, source, group, 0);
  }

  /** Makes lab.drain() work: the sentinel addresses may send to the sentinel group. */
  async permitSentinels(): Promise<void> {
    await this.add(ADDRESS.permittedSentinel, SENTINEL_GROUP, 255);
    await this.add(ADDRESS.rogueSentinel, SENTINEL_GROUP, 255);
  }

  async call(command: number, source: string, group: string, maxTtl: number): Promise<"ack" | "error"> {
    const sequence = this.#sequence;
    this.#sequence = (sequence + 1) % 256;
    const response = await this.#exchange.ask(v1Bytes({ sequence, command, source, group, maxTtl }));
    if (response.length !== 2 || response[1] !== sequence) throw new Error(`unexpected response ${response.join(" ")}`);
    return response[0] === 0x00 ? "ack" : "error";
  }

  async stop(): Promise<void> {
    await this.#exchange.stop();
  }
}
