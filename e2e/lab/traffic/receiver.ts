// SPDX-License-Identifier: MIT
import { Tool } from "./tool.ts";

/** What has arrived of one (source, group). */
export interface Flow {
  readonly source: string;
  readonly group: string;
  readonly packets: number;
  /** UDP payload. */
  readonly bytes: number;
  readonly ttlMin: number;
  readonly ttlMax: number;
  /** Sequence numbers that were skipped and have not come since. */
  readonly missing: number;
  readonly reordered: number;
  /** From the first to the last packet. */
  readonly seconds: number;
  /** When the first packet was read, milliseconds since the Unix epoch; 0 while there is none. */
  readonly firstAtMs: number;
}

const NOTHING = { packets: 0, bytes: 0, ttlMin: 0, ttlMax: 0, missing: 0, reordered: 0, seconds: 0, firstAtMs: 0 };

/** A host that has joined groups and counts what arrives at one port. */
export class Receiver {
  readonly #tool: Tool;
  #waiting: Array<(line: string) => void> = [];

  constructor(options: { namespace: string; interfaceAddress: string; port: number }) {
    this.#tool = new Tool({
      namespace: options.namespace,
      program: "receive",
      args: [options.interfaceAddress, String(options.port)],
      onLine: (line) => this.#waiting.shift()?.(line),
    });
  }

  /** Joins groups and returns when the kernel has done so. */
  async join(...groups: string[]): Promise<void> {
    await Promise.all(groups.map((group) => this.#ask(`join ${group}`)));
  }

  /** Everything that has arrived since the start. Fails when the receiver itself lost datagrams. */
  async flows(): Promise<Flow[]> {
    const report = JSON.parse(await this.#ask("report")) as { overflowed: number; flows: Flow[] };
    if (report.overflowed > 0) throw new Error(`the receiver's socket overflowed: ${report.overflowed} datagrams lost`);
    return report.flows;
  }

  /** What has arrived of one (source, group). */
  async flow(source: string, group: string): Promise<Flow> {
    const flows = await this.flows();
    return flows.find((flow) => flow.source === source && flow.group === group) ?? { source, group, ...NOTHING };
  }

  /** How many packets of one (source, group) have arrived. */
  async packets(source: string, group: string): Promise<number> {
    return (await this.flow(source, group)).packets;
  }

  async stop(): Promise<void> {
    await this.#tool.stop();
  }

  #ask(line: string): Promise<string> {
    const answer = new Promise<string>((resolve) => this.#waiting.push(resolve));
    this.#tool.write(line);
    const failed = this.#tool.ended.then(() => {
      throw this.#tool.failure ?? new Error(`the receiver ended before it answered "${line}"`);
    });
    return Promise.race([answer, failed]);
  }
}
