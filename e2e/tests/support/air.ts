// SPDX-License-Identifier: MIT
import { expect } from "@playwright/test";
import type { Lab } from "../../lab/lab.ts";
import { ADDRESS } from "../../lab/topology.ts";
import type { Receiver } from "../../lab/traffic/receiver.ts";
import type { Sender } from "../../lab/traffic/sender.ts";
import { until } from "../../lab/until.ts";

export const TTL = 16;
const PACKETS_PER_SECOND = 50;
/** What has surely been let through, and not just been on its way. */
const FLOWING_PACKETS = 15;

export type Host = "permitted" | "rogue";

/** What is sent and what arrives while one story is told. */
export class Air {
  readonly #lab: Lab;
  readonly #senders: Sender[] = [];
  readonly #joined = new Set<string>();
  #receiver: Promise<Receiver> | undefined;

  constructor(lab: Lab) {
    this.#lab = lab;
  }

  /** A host sends to groups, and the receiver has joined them. */
  async send(host: Host, ...groups: string[]): Promise<void> {
    this.#receiver ??= this.#lab.receive([]);
    await (await this.#receiver).join(...groups.filter((group) => !this.#joined.has(group)));
    for (const group of groups) {
      this.#joined.add(group);
      this.#senders.push(this.#lab.send(host, { group, packetsPerSecond: PACKETS_PER_SECOND, ttl: TTL }));
    }
  }

  /** Its packets reach the receiver. */
  async expectFlowing(host: Host, group: string): Promise<void> {
    const before = await this.#arrived(host, group);
    const isFlowing = async () => (await this.#arrived(host, group)) > before + FLOWING_PACKETS;
    await until(isFlowing, { what: `packets of ${host} to ${group}`, deadlineMs: 20_000 });
  }

  /** No packet arrives after what was on its way has: the sentinel comes later. */
  async expectCut(host: Host, group: string): Promise<void> {
    await this.#lab.drain();
    const before = await this.#arrived(host, group);
    await this.#lab.drain();
    expect(await this.#arrived(host, group), `packets of ${host} to ${group}`).toBe(before);
  }

  async stop(): Promise<void> {
    await Promise.all(this.#senders.map((sender) => sender.stop()));
    await (await this.#receiver)?.stop();
  }

  async #arrived(host: Host, group: string): Promise<number> {
    return (await this.#receiver)?.packets(ADDRESS[host], group) ?? 0;
  }
}
