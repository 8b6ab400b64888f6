// SPDX-License-Identifier: MIT
import type { ErrorCode } from "@mauth/protocol/error-code";
import { isLinkLocalMulticast, isMulticast } from "@mauth/protocol/ipv4";
import type { Ipv4 } from "@mauth/protocol/ipv4";
import { FIRST_DROP_REASON, GROUP_LENGTH_BITS, isWildcard, REASONS } from "./filter.ts";
import type { Attachment, Count, DeniedRow, Filter, Reason, Sender, SenderName, SenderRow } from "./filter.ts";
import { LeakyBucket } from "./leaky-bucket.ts";

const PROTOCOL_PIM = 103;
const DENIED_MAX = 65_536;
const WILDCARDS_MAX = 16_384;

/** The header fields that a decision depends on. */
export interface Packet {
  readonly source: Ipv4;
  readonly group: Ipv4;
  /** Hops on arrival. */
  readonly ttl: number;
  readonly protocol: number;
  readonly ifindex: number;
  /** Source of the Ethernet header. */
  readonly mac?: string;
  /** Frame length in bytes. */
  readonly length: number;
}

interface Entry {
  readonly row: SenderRow;
  readonly bucket: LeakyBucket | undefined;
}

/**
 * The reference model: keeps senders and judges packets that it is shown, but sees none of the machine's. It enforces
 * nothing, and whoever runs it must have asked for it by name.
 */
export class MemoryFilter implements Filter {
  readonly kind = "memory";
  readonly isEnforcing = false;
  readonly sendersMax: number;
  readonly #senders = new Map<string, Entry>();
  readonly #wildcards = new Map<string, Entry>();
  readonly #denied = new Map<string, DeniedRow>();
  readonly #counts = new Map<Reason, { packets: number; bytes: number; monitoredPackets: number }>();
  #observed: readonly Ipv4[] = [];
  #pimNeighbours: readonly Ipv4[] = [];
  #interfaces: readonly Attachment[] = [];

  constructor(options: { sendersMax: number }) {
    this.sendersMax = options.sendersMax;
  }

  add(sender: Sender): ErrorCode | undefined {
    const table = this.#tableOf(sender);
    const key = keyOf(sender.source, sender.group, sender.groupLength);
    const present = table.get(key);
    const entriesMax = table === this.#senders ? this.sendersMax : WILDCARDS_MAX;
    if (present === undefined && table.size >= entriesMax) return "full";
    const { packets, bytes, refusedPackets, lastMs } = present?.row ?? NOTHING_COUNTED;
    const row = { ...sender, isStatic: sender.isStatic ?? false, packets, bytes, refusedPackets, lastMs };
    table.set(key, { row, bucket: LeakyBucket.of(sender, present) });
    return undefined;
  }

  addMany(senders: readonly Sender[]): (ErrorCode | undefined)[] {
    return senders.map((sender) => this.add(sender));
  }

  remove(source: Ipv4, group: Ipv4, groupLength?: number): ErrorCode | undefined {
    this.#tableOf({ source, ...(groupLength !== undefined && { groupLength }) }).delete(
      keyOf(source, group, groupLength),
    );
    return undefined;
  }

  removeMany(senders: readonly SenderName[]): (ErrorCode | undefined)[] {
    return senders.map(({ source, group, groupLength }) => this.remove(source, group, groupLength));
  }

  find(source: Ipv4, group: Ipv4, groupLength = GROUP_LENGTH_BITS): SenderRow | undefined {
    return this.#tableOf({ source, groupLength }).get(keyOf(source, group, groupLength))?.row;
  }

  senders(): SenderRow[] {
    return [...this.#senders.values(), ...this.#wildcards.values()].map(({ row }) => row);
  }

  denied(): DeniedRow[] {
    return [...this.#denied.values()];
  }

  counts(): Count[] {
    return Object.entries(REASONS).map(([number, reason]) => {
      const count = this.#counts.get(reason) ?? { packets: 0, bytes: 0, monitoredPackets: 0 };
      return { reason, isDrop: Number(number) >= FIRST_DROP_REASON, ...count };
    });
  }

  /** None unless a test sets some: no packet of this machine is judged. */
  interfaces(): Attachment[] {
    return [...this.#interfaces];
  }

  setInterfaces(interfaces: readonly Attachment[]): void {
    this.#interfaces = [...interfaces];
  }

  setObserved(groups: readonly Ipv4[]): void {
    this.#observed = [...groups];
  }

  setPimNeighbours(hosts: readonly Ipv4[]): void {
    this.#pimNeighbours = [...hosts];
  }

  /** Judges a packet as the kernel filter would, and counts it. */
  judge(packet: Packet, nowMs: number): "pass" | "deliver" | "drop" {
    const entry = this.#mostSpecific(packet);
    const reason = this.#reasonFor(packet, entry, nowMs);
    const isRefused = FIRST_REFUSAL <= numberOf(reason);
    const isMonitored = (isRefused || reason === "OBSERVED") && this.#interfaceOf(packet)?.isMonitored === true;
    this.#count(reason, packet, isMonitored);
    if (entry !== undefined && isMulticast(packet.group)) this.#countSender(entry, packet, { reason, nowMs });
    if (isRefused) this.#note(packet, { reason, isMonitored, nowMs });
    if (isMonitored) return "pass";
    if (isRefused) return "drop";
    return reason === "OBSERVED" ? "deliver" : "pass";
  }

  #tableOf(sender: Pick<Sender, "source" | "groupLength">): Map<string, Entry> {
    return isWildcard(sender) ? this.#wildcards : this.#senders;
  }

  #interfaceOf(packet: Packet): Attachment | undefined {
    return this.#interfaces.find(({ ifindex }) => ifindex === packet.ifindex);
  }

  /** The sender that decides alone: one with a source of its own first, then the one with the longest group. */
  #mostSpecific({ source, group }: Packet): Entry | undefined {
    if (!isMulticast(group) || isLinkLocalMulticast(group)) return undefined;
    const exact = this.#senders.get(keyOf(source, group));
    if (exact !== undefined) return exact;
    for (const from of [source, 0])
      for (let length = GROUP_LENGTH_BITS; length >= 4; length--) {
        const prefix = (group & -(2 ** (GROUP_LENGTH_BITS - length))) >>> 0;
        const entry = this.#wildcards.get(keyOf(from, prefix, length));
        if (entry !== undefined) return entry;
      }
    return undefined;
  }

  #reasonFor(packet: Packet, entry: Entry | undefined, nowMs: number): Reason {
    if (!isMulticast(packet.group)) {
      const isForged = packet.protocol === PROTOCOL_PIM && !this.#pimNeighbours.includes(packet.source);
      return isForged ? "REGISTER" : "UNICAST";
    }
    if (isLinkLocalMulticast(packet.group)) return "LINK_LOCAL";
    if (entry !== undefined) return this.#reasonOfSender(packet, entry, nowMs);
    return this.#observed.includes(packet.group) ? "OBSERVED" : "UNKNOWN";
  }

  #reasonOfSender(packet: Packet, { row, bucket }: Entry, nowMs: number): Reason {
    if (row.expiresMs !== undefined && nowMs >= row.expiresMs) return "EXPIRED";
    if (packet.ttl > row.maxTtl) return "TTL";
    const received = this.#interfaceOf(packet);
    if (row.interface !== undefined && row.interface !== received?.name) return "SPOOF";
    if (row.mac !== undefined && (received?.hasEthernet !== true || row.mac !== packet.mac)) return "SPOOF";
    return bucket === undefined || bucket.takes(packet.length, nowMs) ? "PERMITTED" : "RATE";
  }

  #count(reason: Reason, packet: Packet, isMonitored: boolean): void {
    const count = this.#counts.get(reason) ?? { packets: 0, bytes: 0, monitoredPackets: 0 };
    if (isMonitored) count.monitoredPackets++;
    else count.packets++;
    if (!isMonitored) count.bytes += packet.length;
    this.#counts.set(reason, count);
  }

  #countSender({ row, bucket }: Entry, packet: Packet, { reason, nowMs }: { reason: Reason; nowMs: number }): void {
    const counted =
      reason === "PERMITTED"
        ? { packets: row.packets + 1, bytes: row.bytes + packet.length, lastMs: nowMs }
        : { refusedPackets: row.refusedPackets + 1 };
    const key = keyOf(row.source, row.group, row.groupLength);
    this.#tableOf(row).set(key, { row: { ...row, ...counted }, bucket });
  }

  #note(packet: Packet, verdict: { reason: Reason; isMonitored: boolean; nowMs: number }): void {
    const { ifindex, source, group, ttl } = packet;
    const { reason, isMonitored, nowMs } = verdict;
    const key = `${ifindex}|${source}|${group}`;
    const row = this.#denied.get(key) ?? { packets: 0, bytes: 0, firstMs: nowMs };
    const { packets, bytes, firstMs } = row;
    // Re-inserted at the end, so that the first one is the least recently refused.
    this.#denied.delete(key);
    const [oldest] = this.#denied.keys();
    if (this.#denied.size >= DENIED_MAX && oldest !== undefined) this.#denied.delete(oldest);
    const counted = { packets: packets + 1, bytes: bytes + packet.length, firstMs, lastMs: nowMs };
    this.#denied.set(key, { ifindex, source, group, ttl, reason, isMonitored, ...counted });
  }
}

const NOTHING_COUNTED = { packets: 0, bytes: 0, refusedPackets: 0, lastMs: 0 };
const FIRST_REFUSAL = FIRST_DROP_REASON;
const NUMBERS = new Map(Object.entries(REASONS).map(([number, reason]) => [reason, Number(number)]));

function numberOf(reason: Reason): number {
  return NUMBERS.get(reason) ?? 0;
}

function keyOf(source: Ipv4, group: Ipv4, groupLength = GROUP_LENGTH_BITS): string {
  return `${source}>${group}/${groupLength}`;
}
