// SPDX-License-Identifier: MIT
import type { ErrorCode } from "@mauth/protocol/error-code";
import { bitsOfAddress, isGroupAddress, isMulticastAddress, isSameFamily } from "@mauth/protocol/address";
import type { Address } from "@mauth/protocol/address";
import { ipv6HostMask } from "@mauth/protocol/ipv6";
import { FIRST_DROP_REASON, isWildcard, REASONS } from "./filter.ts";
import type {
  Attachment,
  Count,
  DeniedRow,
  Filter,
  FilterVisitor,
  Reason,
  RefusedTable,
  Sender,
  SenderName,
  SenderRow,
  SenderTable,
} from "./filter.ts";
import { LeakyBucket } from "./leaky-bucket.ts";
import { objectTables } from "./object-rows.ts";

const PROTOCOL_IGMP = 2;
const PROTOCOL_PIM = 103;
const GROUP_LENGTH_BITS_MIN = 4;
const DENIED_MAX = 65_536;
const WILDCARDS_MAX = 16_384;

/** The header fields that a decision depends on. */
export interface Packet {
  readonly source: Address;
  readonly group: Address;
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

/** The senders of one family. */
interface Tables {
  readonly senders: Map<string, Entry>;
  readonly wildcards: Map<string, Entry>;
}

/**
 * The reference model: keeps senders and judges packets that it is shown, but sees none of the machine's. It enforces
 * nothing, and whoever runs it must have asked for it by name.
 */
export class MemoryFilter implements Filter {
  readonly kind = "memory";
  readonly isEnforcing = false;
  readonly sendersMax: number;
  readonly #ipv4: Tables = { senders: new Map(), wildcards: new Map() };
  readonly #ipv6: Tables = { senders: new Map(), wildcards: new Map() };
  readonly #denied = new Map<string, DeniedRow>();
  readonly #counts = new Map<Reason, { packets: number; bytes: number; monitoredPackets: number }>();
  #observed: readonly Address[] = [];
  #pimNeighbours: readonly Address[] = [];
  #interfaces: readonly Attachment[] = [];

  readonly senderTables: readonly SenderTable[];
  readonly deniedTables: readonly RefusedTable<DeniedRow>[];

  constructor(options: { sendersMax: number }) {
    this.sendersMax = options.sendersMax;
    ({ senderTables: this.senderTables, deniedTables: this.deniedTables } = objectTables(this));
  }

  isThere(): boolean {
    return true;
  }

  add(sender: Sender): ErrorCode | undefined {
    if (!isSameFamily(sender.source, sender.group)) return "bad-group";
    const table = this.#tableOf(sender);
    const key = keyOf(sender.source, sender.group, sender.groupLength);
    const present = table.get(key);
    const entriesMax = isWildcard(sender) ? WILDCARDS_MAX : this.sendersMax;
    if (present === undefined && table.size >= entriesMax) return "full";
    const { packets, bytes, refusedPackets, lastMs } = present?.row ?? NOTHING_COUNTED;
    const row = { ...sender, isStatic: sender.isStatic ?? false, packets, bytes, refusedPackets, lastMs };
    table.set(key, { row, bucket: LeakyBucket.of(sender, present) });
    return undefined;
  }

  addMany(senders: readonly Sender[]): (ErrorCode | undefined)[] {
    return senders.map((sender) => this.add(sender));
  }

  remove(source: Address, group: Address, groupLength?: number): ErrorCode | undefined {
    this.#tableOf({ source, ...(groupLength !== undefined && { groupLength }) }).delete(
      keyOf(source, group, groupLength),
    );
    return undefined;
  }

  removeMany(senders: readonly SenderName[]): (ErrorCode | undefined)[] {
    return senders.map(({ source, group, groupLength }) => this.remove(source, group, groupLength));
  }

  find(source: Address, group: Address, groupLength = bitsOfAddress(group) as number): SenderRow | undefined {
    return this.#tableOf({ source, groupLength }).get(keyOf(source, group, groupLength))?.row;
  }

  senders(): SenderRow[] {
    const families = [this.#ipv4, this.#ipv6];
    return families.flatMap(({ senders, wildcards }) =>
      [...senders.values(), ...wildcards.values()].map(({ row }) => row),
    );
  }

  visitSenders(visitor: FilterVisitor): void {
    for (const row of this.senders()) visitor.sender(row);
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

  setObserved(groups: readonly Address[]): void {
    this.#observed = [...groups];
  }

  setPimNeighbours(hosts: readonly Address[]): void {
    this.#pimNeighbours = [...hosts];
  }

  /** Judges a packet as the kernel filter would, and counts it. */
  judge(packet: Packet, nowMs: number): "pass" | "deliver" | "drop" {
    const entry = this.#mostSpecific(packet);
    const reason = this.#reasonFor(packet, entry, nowMs);
    const isRefused = FIRST_REFUSAL <= numberOf(reason);
    const isMonitored = (isRefused || reason === "OBSERVED") && this.#interfaceOf(packet)?.isMonitored === true;
    this.#count(reason, packet, isMonitored);
    if (entry !== undefined && isMulticastAddress(packet.group)) this.#countSender(entry, packet, { reason, nowMs });
    if (isRefused) this.#note(packet, { reason, isMonitored, nowMs });
    if (isMonitored) return "pass";
    if (isRefused) return "drop";
    return reason === "OBSERVED" ? "deliver" : "pass";
  }

  #tableOf(sender: Pick<Sender, "source" | "groupLength">): Map<string, Entry> {
    const { senders, wildcards } = this.#tablesOf(sender.source);
    return isWildcard(sender) ? wildcards : senders;
  }

  #tablesOf(address: Address): Tables {
    return typeof address === "number" ? this.#ipv4 : this.#ipv6;
  }

  #interfaceOf(packet: Packet): Attachment | undefined {
    return this.#interfaces.find(({ ifindex }) => ifindex === packet.ifindex);
  }

  /** The sender that decides alone: one with a source of its own first, then the one with the longest group. */
  #mostSpecific(packet: Packet): Entry | undefined {
    const { source, group } = packet;
    if (!isGroupAddress(group) || this.#isMembership(packet)) return undefined;
    const { senders, wildcards } = this.#tablesOf(group);
    const exact = senders.get(keyOf(source, group));
    if (exact !== undefined || wildcards.size === 0) return exact;
    for (const from of [source, typeof source === "number" ? 0 : 0n])
      for (let length: number = bitsOfAddress(group); length >= GROUP_LENGTH_BITS_MIN; length--) {
        const entry = wildcards.get(keyOf(from, prefixOf(group, length), length));
        if (entry !== undefined) return entry;
      }
    return undefined;
  }

  #reasonFor(packet: Packet, entry: Entry | undefined, nowMs: number): Reason {
    if (!isMulticastAddress(packet.group)) {
      const isForged = packet.protocol === PROTOCOL_PIM && !this.#pimNeighbours.includes(packet.source);
      return isForged ? "REGISTER" : "UNICAST";
    }
    if (!isGroupAddress(packet.group)) return "LINK_LOCAL";
    if (this.#isMembership(packet)) return "MEMBERSHIP";
    if (entry !== undefined) return this.#reasonOfSender(packet, entry, nowMs);
    return this.#observed.includes(packet.group) ? "OBSERVED" : "UNKNOWN";
  }

  /** IGMP alone: a packet of IPv6 is shown without the extension header that makes it MLD. */
  #isMembership({ group, protocol, ttl }: Packet): boolean {
    return typeof group === "number" && protocol === PROTOCOL_IGMP && ttl === 1 && !this.#observed.includes(group);
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

function keyOf(source: Address, group: Address, groupLength: number = bitsOfAddress(group)): string {
  return `${source}>${group}/${groupLength}`;
}

function prefixOf(group: Address, length: number): Address {
  if (typeof group === "number") return (group & -(2 ** (32 - length))) >>> 0;
  return group & ~ipv6HostMask(length);
}
