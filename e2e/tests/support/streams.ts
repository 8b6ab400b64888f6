// SPDX-License-Identifier: MIT
import { expect } from "vitest";
import type { Lab } from "../../lab/lab.ts";
import { ADDRESS } from "../../lab/topology.ts";
import type { Receiver } from "../../lab/traffic/receiver.ts";
import type { Sender } from "../../lab/traffic/sender.ts";
import { until } from "../../lab/until.ts";

const PACKETS_PER_SECOND = 1_000;

/** A permitted and an unpermitted host that both send 1,000 packets/s to one group, and what of it arrives. */
export class Streams {
  readonly #lab: Lab;
  readonly #group: string;
  readonly #receiver: Receiver;
  readonly #permitted: Sender;
  readonly #rogue: Sender;

  private constructor(lab: Lab, group: string, receiver: Receiver) {
    this.#lab = lab;
    this.#group = group;
    this.#receiver = receiver;
    this.#permitted = lab.send("permitted", { group, packetsPerSecond: PACKETS_PER_SECOND });
    this.#rogue = lab.send("rogue", { group, packetsPerSecond: PACKETS_PER_SECOND });
  }

  /**
   * Starts both and waits until the route is up. smcrouted installs it at the first packet and the kernel keeps only
   * three packets of a sender for it, so that only what is sent afterwards must arrive without loss.
   */
  static async start(lab: Lab, group: string): Promise<Streams> {
    const receiver = await lab.receive([group]);
    const first = lab.send("permitted", { group, count: 1 });
    await first.finished();
    await until(() => receiver.packets(ADDRESS.permitted, group), { what: "the first permitted packet" });
    const streams = new Streams(lab, group, receiver);
    await streams.flows(500);
    return streams;
  }

  /** Waits until that many more permitted packets have arrived: the stream flows. */
  async flows(packets: number): Promise<void> {
    const goal = (await this.#receiver.packets(ADDRESS.permitted, this.#group)) + packets;
    const arrived = async () => (await this.#receiver.packets(ADDRESS.permitted, this.#group)) >= goal;
    await until(arrived, { what: `${packets} more permitted packets` });
  }

  /** Stops both and asserts that every permitted packet arrived, and of the other host none. */
  async expectNoneLostAndNoneLeaked(): Promise<void> {
    const sent = await this.#permitted.stop();
    const rogueSent = await this.#rogue.stop();
    await this.#lab.drain();
    expect(rogueSent).toBeGreaterThan(500);
    expect(await this.#receiver.packets(ADDRESS.rogue, this.#group)).toBe(0);
    // One more: the packet that set up the route.
    expect(await this.#receiver.flow(ADDRESS.permitted, this.#group)).toMatchObject({ packets: sent + 1, missing: 0 });
    await this.#receiver.stop();
  }
}
