// SPDX-License-Identifier: MIT
import type { ErrorCode } from "@mauth/protocol/error-code";
import { isLinkLocalMulticast, isMulticast } from "@mauth/protocol/ipv4";
import type { Ipv4 } from "@mauth/protocol/ipv4";
import { FIRST_DROP_REASON, REASONS } from "./filter.ts";
import type { Attachment, Count, DeniedRow, Filter, Reason, Sender, SenderRow } from "./filter.ts";

const PROTOCOL_PIM = 103;
const DENIED_MAX = 65_536;

/** The header fields that a decision depends on. */
export interface Packet {
  readonly source: Ipv4;
  readonly group: Ipv4;
  /** Hops on arrival. */
  readonly ttl: number;
  readonly protocol: number;
  readonly ifindex: number;
  /** Frame length in bytes. */
  readonly length: number;
}

/**
 * The reference model: keeps senders and judges packets that it is shown, but sees none of the machine's. It enforces
 * nothing, and whoever runs it must have asked for it by name.
 */
export class MemoryFilter implements Filter {
  readonly kind = "memory";
  readonly isEnforcing = false;
  readonly sendersMax: number;
  readonly #senders = new Map<string, SenderRow>();
  readonly #denied = new Map<string, DeniedRow>();
  readonly #counts = new Map<Reason, { packets: number; bytes: number }>();
  #observed: readonly Ipv4[] = [];
  #pimNeighbours: readonly Ipv4[] = [];

  constructor(options: { sendersMax: number }) {
    this.sendersMax = options.sendersMax;
  }

  add(sender: Sender): ErrorCode | undefined {
    const key = keyOf(sender.source, sender.group);
    const present = this.#senders.get(key);
    if (present === undefined && this.#senders.size >= this.sendersMax) return "full";
    const counters = present ?? { packets: 0, bytes: 0, refusedPackets: 0, lastMs: 0 };
    this.#senders.set(key, { ...counters, ...sender, isStatic: sender.isStatic ?? false });
    return undefined;
  }

  remove(source: Ipv4, group: Ipv4): ErrorCode | undefined {
    this.#senders.delete(keyOf(source, group));
    return undefined;
  }

  find(source: Ipv4, group: Ipv4): SenderRow | undefined {
    return this.#senders.get(keyOf(source, group));
  }

  senders(): SenderRow[] {
    return [...this.#senders.values()];
  }

  denied(): DeniedRow[] {
    return [...this.#denied.values()];
  }

  counts(): Count[] {
    return Object.entries(REASONS).map(([number, reason]) => {
      const { packets, bytes } = this.#counts.get(reason) ?? { packets: 0, bytes: 0 };
      return { reason, isDrop: Number(number) >= FIRST_DROP_REASON, packets, bytes };
    });
  }

  /** None: no packet of this machine is judged. */
  interfaces(): Attachment[] {
    return [];
  }

  setObserved(groups: readonly Ipv4[]): void {
    this.#observed = [...groups];
  }

  setPimNeighbours(hosts: readonly Ipv4[]): void {
    this.#pimNeighbours = [...hosts];
  }

  /** Judges a packet as the kernel filter would, and counts it. */
  judge(packet: Packet, nowMs: number): "pass" | "deliver" | "drop" {
    const sender = this.find(packet.source, packet.group);
    const reason = this.#reasonFor(packet, sender);
    const count = this.#counts.get(reason) ?? { packets: 0, bytes: 0 };
    this.#counts.set(reason, { packets: count.packets + 1, bytes: count.bytes + packet.length });
    if (sender !== undefined && reason === "PERMITTED") this.#countPassed(sender, packet, nowMs);
    if (sender !== undefined && reason === "TTL") this.#countRefused(sender);
    if (reason === "OBSERVED") return "deliver";
    if (reason !== "UNKNOWN" && reason !== "TTL" && reason !== "REGISTER") return "pass";
    this.#note(packet, reason, nowMs);
    return "drop";
  }

  #reasonFor(packet: Packet, sender: SenderRow | undefined): Reason {
    if (!isMulticast(packet.group)) {
      const isForged = packet.protocol === PROTOCOL_PIM && !this.#pimNeighbours.includes(packet.source);
      return isForged ? "REGISTER" : "UNICAST";
    }
    if (isLinkLocalMulticast(packet.group)) return "LINK_LOCAL";
    if (sender !== undefined) return packet.ttl > sender.maxTtl ? "TTL" : "PERMITTED";
    return this.#observed.includes(packet.group) ? "OBSERVED" : "UNKNOWN";
  }

  #countPassed(sender: SenderRow, packet: Packet, nowMs: number): void {
    const { packets, bytes } = sender;
    const key = keyOf(sender.source, sender.group);
    this.#senders.set(key, { ...sender, packets: packets + 1, bytes: bytes + packet.length, lastMs: nowMs });
  }

  #countRefused(sender: SenderRow): void {
    this.#senders.set(keyOf(sender.source, sender.group), { ...sender, refusedPackets: sender.refusedPackets + 1 });
  }

  #note(packet: Packet, reason: Reason, nowMs: number): void {
    const { ifindex, source, group, ttl } = packet;
    const key = `${ifindex}|${source}|${group}`;
    const row = this.#denied.get(key) ?? { packets: 0, bytes: 0, firstMs: nowMs };
    const { packets, bytes, firstMs } = row;
    // Re-inserted at the end, so that the first one is the least recently refused.
    this.#denied.delete(key);
    const [oldest] = this.#denied.keys();
    if (this.#denied.size >= DENIED_MAX && oldest !== undefined) this.#denied.delete(oldest);
    const counted = { packets: packets + 1, bytes: bytes + packet.length, firstMs, lastMs: nowMs };
    this.#denied.set(key, { ifindex, source, group, ttl, reason, ...counted });
  }
}

function keyOf(source: Ipv4, group: Ipv4): string {
  return `${source}>${group}`;
}
