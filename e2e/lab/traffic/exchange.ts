// SPDX-License-Identifier: MIT
import { Tool } from "./tool.ts";
import { until } from "../until.ts";

export interface ExchangeOptions {
  readonly namespace: string;
  readonly address: string;
  readonly port: number;
  /** Paces what is sent, in packets per second. */
  readonly packetsPerSecond?: number;
}

/** A connected UDP socket in a namespace of the lab. */
export class Exchange {
  readonly #tool: Tool;
  readonly #received: Uint8Array[] = [];

  constructor(options: ExchangeOptions) {
    const { namespace, address, port, packetsPerSecond } = options;
    const args = [address, String(port), ...(packetsPerSecond === undefined ? [] : [String(packetsPerSecond)])];
    const onLine = (line: string) => void this.#received.push(Buffer.from(line, "hex"));
    this.#tool = new Tool({ namespace, program: "exchange", args, onLine });
  }

  /** Everything that has come back, oldest first. */
  get received(): readonly Uint8Array[] {
    return this.#received;
  }

  send(bytes: Uint8Array): void {
    this.#tool.write(Buffer.from(bytes).toString("hex"));
  }

  /** Sends until something new comes back, as a client of an unreliable network has to; returns it. */
  async ask(bytes: Uint8Array, options: { deadlineMs?: number; retransmitMs?: number } = {}): Promise<Uint8Array> {
    const before = this.#received.length;
    let sendAtMs = -Infinity;
    const look = () => {
      if (performance.now() >= sendAtMs) {
        this.send(bytes);
        sendAtMs = performance.now() + (options.retransmitMs ?? 500);
      }
      return this.#received[before];
    };
    return until(look, {
      what: `a response to ${Buffer.from(bytes).toString("hex")}`,
      deadlineMs: options.deadlineMs ?? 5_000,
    });
  }

  /** Sends what was given so far and closes the socket. */
  async stop(): Promise<void> {
    await this.#tool.stop();
    if (this.#tool.failure) throw this.#tool.failure;
  }
}
