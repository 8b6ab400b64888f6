// SPDX-License-Identifier: MIT
import { bitsOfAddress, isSameFamily } from "@mauth/protocol/address";
import type { Address } from "@mauth/protocol/address";
import type { ErrorCode } from "@mauth/protocol/error-code";
import { asErrorCode, errnoOf } from "../errors.ts";
import type { Native } from "../native.ts";
import { Bindings } from "./bindings.ts";
import { BpfMap } from "./bpf-map.ts";
import { FamilyMaps } from "./family-maps.ts";
import { FIRST_DROP_REASON, isWildcard, REASONS } from "./filter.ts";
import type {
  Attachment,
  Count,
  DeniedRow,
  Filter,
  FilterVisitor,
  RefusedTable,
  Sender,
  SenderName,
  SenderRow,
  SenderTable,
} from "./filter.ts";
import { IPV4_KEYS, IPV6_KEYS } from "./keys.ts";
import {
  CONTROL,
  decodeInterface,
  decodeSenderValue,
  encodeControl,
  encodeInterfaceValue,
  encodeNumberKey,
  encodeSenderValue,
  isPlain,
  isSamePolicy,
  LINKS_MAX,
  PENDING_SLOTS,
} from "./layout.ts";
import { MAP_LAYOUTS } from "./maps.ts";
import type { MapFds, MapName } from "./maps.ts";
import { Pending } from "./pending.ts";
import { ReasonCounts } from "./reason-counts.ts";

/** The filter as eBPF maps. Needs no capability once the maps are open. */
export class BpfFilter implements Filter {
  readonly kind = "bpf";
  readonly isEnforcing = true;
  readonly #ipv4: FamilyMaps;
  readonly #ipv6: FamilyMaps;
  readonly #control: BpfMap;
  readonly #bindings: Bindings;
  readonly #interfaces: BpfMap;
  readonly #links: BpfMap;
  readonly #counts: ReasonCounts;
  readonly #monitored: ReasonCounts;

  readonly senderTables: readonly SenderTable[];
  readonly deniedTables: readonly RefusedTable<DeniedRow>[];

  constructor(native: Native, fds: MapFds) {
    const open = (name: MapName): BpfMap => new BpfMap(native, fds[name], MAP_LAYOUTS[name]);
    this.#control = open("control");
    this.#ipv4 = new FamilyMaps({
      keys: IPV4_KEYS,
      senders: open("senders"),
      wildcards: open("wildcards"),
      denied: open("denied"),
      pending: new Pending(native, fds.pending, { first: 0, keyLength: IPV4_KEYS.deniedLengthBytes }),
      observed: open("observed"),
      pimNeighbours: open("pim_neighbours"),
      control: {
        wildcards: (number) => this.#setControl("wildcards", number),
        observed: (number) => this.#setControl("observed", number),
      },
    });
    this.#ipv6 = new FamilyMaps({
      keys: IPV6_KEYS,
      senders: open("senders6"),
      wildcards: open("wildcards6"),
      denied: open("denied6"),
      pending: new Pending(native, fds.pending, { first: PENDING_SLOTS, keyLength: IPV6_KEYS.deniedLengthBytes }),
      observed: open("observed6"),
      pimNeighbours: open("pim_neighbours6"),
      control: {
        wildcards: (number) => this.#setControl("wildcards6", number),
        observed: (number) => this.#setControl("observed6", number),
      },
    });
    this.#bindings = new Bindings(open("bindings"));
    this.#interfaces = open("interfaces");
    this.#links = open("links");
    this.#counts = new ReasonCounts(native, fds.counts);
    this.#monitored = new ReasonCounts(native, fds.monitored);
    const families = [this.#ipv4, this.#ipv6];
    this.senderTables = families.flatMap((maps) => maps.senderTables(this.#bindings.nameOf));
    this.deniedTables = [this.#ipv4.deniedTable(), this.#ipv6.deniedTable()];
  }

  get sendersMax(): number {
    return this.#ipv4.sendersMax;
  }

  /** Maps are there as long as their file descriptors are. */
  isThere(): boolean {
    return true;
  }

  add(sender: Sender): ErrorCode | undefined {
    if (!isSameFamily(sender.source, sender.group)) return "bad-group";
    const maps = this.#mapsOf(sender);
    const place = maps.placeOf(sender);
    return asErrorCode(() => {
      const present = place.map.find(place.key);
      const value = encodeSenderValue(sender, present);
      // Nothing to write, so no increment of a counter between read and write can get lost.
      if (present !== undefined && isSamePolicy(present, value)) return;
      if (sender.interface !== undefined) this.#bind(sender.interface);
      maps.write(place, value);
    });
  }

  addMany(senders: readonly Sender[], isNew: (name: SenderName) => boolean = () => false): (ErrorCode | undefined)[] {
    const fresh = isOfOneFamily(senders) && senders.every(isPlain) ? senders.filter(isNew) : [];
    const [first] = fresh;
    const written = first === undefined ? 0 : this.#mapsOf(first).writePlain(fresh);
    let next = 0;
    // One that exists keeps its counters, and one that could not be written has its own error: one at a time.
    return senders.map((sender) => (sender === fresh[next] && next++ < written ? undefined : this.add(sender)));
  }

  remove(source: Address, group: Address, groupLength?: number): ErrorCode | undefined {
    if (!isSameFamily(source, group)) return undefined;
    const name = nameOf(source, group, groupLength);
    const maps = this.#mapsOf(name);
    return asErrorCode(() => maps.delete(maps.placeOf(name)));
  }

  removeMany(senders: readonly SenderName[]): (ErrorCode | undefined)[] {
    const [first] = senders;
    const isTogether = first !== undefined && isOfOneFamily(senders) && !senders.some(isWildcard);
    const gone = isTogether ? this.#mapsOf(first).deletePlain(senders) : 0;
    return senders.map(({ source, group, groupLength }, index) =>
      index < gone ? undefined : this.remove(source, group, groupLength),
    );
  }

  find(source: Address, group: Address, groupLength?: number): SenderRow | undefined {
    if (!isSameFamily(source, group)) return undefined;
    const name = nameOf(source, group, groupLength);
    const { map, key } = this.#mapsOf(name).placeOf(name);
    const value = map.find(key);
    return value && decodeSenderValue(name, new DataView(value.buffer), this.#bindings.nameOf);
  }

  senders(): SenderRow[] {
    const names = this.#bindings.readAll();
    return this.#ipv4.senders(names).concat(this.#ipv6.senders(names));
  }

  visitSenders(visitor: FilterVisitor): void {
    const names = this.#bindings.readAll();
    this.#ipv4.visitSenders(visitor, names);
    for (const row of this.#ipv6.senders(names)) visitor.sender(row);
  }

  denied(): DeniedRow[] {
    return this.#ipv4.denied().concat(this.#ipv6.denied());
  }

  counts(): Count[] {
    return Object.entries(REASONS).map(([text, reason]) => {
      const number = Number(text);
      const monitoredPackets = this.#monitored.read(number).packets;
      return { reason, isDrop: number >= FIRST_DROP_REASON, ...this.#counts.read(number), monitoredPackets };
    });
  }

  interfaces(): Attachment[] {
    return this.#interfaces.entries(decodeInterface);
  }

  setInterfaces(interfaces: readonly Attachment[]): void {
    const isMonitoring = interfaces.some((one) => one.isMonitored);
    if (isMonitoring) this.#setControl("monitoring", 1n);
    for (const one of interfaces) {
      const key = encodeNumberKey(one.ifindex);
      const value = encodeInterfaceValue(one);
      const present = this.#interfaces.find(key);
      if (present === undefined || !present.every((octet, index) => octet === value[index]))
        this.#interfaces.write(key, value);
      this.#setLink(one.ifindex, one.hasEthernet);
    }
    const gone = this.interfaces().filter(({ ifindex }) => !interfaces.some((one) => one.ifindex === ifindex));
    for (const { ifindex } of gone) {
      this.#setLink(ifindex, false);
      this.#interfaces.delete(encodeNumberKey(ifindex));
    }
    if (!isMonitoring) this.#setControl("monitoring", 0n);
  }

  setObserved(groups: readonly Address[]): void {
    this.#ipv4.setObserved(groups.filter((group) => typeof group === "number"));
    this.#ipv6.setObserved(groups.filter((group) => typeof group === "bigint"));
  }

  setPimNeighbours(hosts: readonly Address[]): void {
    this.#ipv4.setPimNeighbours(hosts.filter((host) => typeof host === "number"));
    this.#ipv6.setPimNeighbours(hosts.filter((host) => typeof host === "bigint"));
  }

  /** Where the filter finds the IP header; of interfaces beyond the table it asks the kernel. */
  #setLink(ifindex: number, hasEthernet: boolean): void {
    if (ifindex < LINKS_MAX) this.#links.write(encodeNumberKey(ifindex), Uint8Array.of(hasEthernet ? 1 : 0));
  }

  #setControl(name: keyof typeof CONTROL, number: bigint): void {
    this.#control.write(encodeNumberKey(CONTROL[name]), encodeControl(number));
  }

  #bind(name: string): void {
    try {
      this.#bindings.note(name);
    } catch (error) {
      if (errnoOf(error) !== "E2BIG") throw error;
      this.#bindings.keepOnly(new Set(this.senders().flatMap((row) => row.interface ?? [])));
      this.#bindings.note(name);
    }
  }

  #mapsOf({ source }: Pick<SenderName, "source">): FamilyMaps {
    return typeof source === "number" ? this.#ipv4 : this.#ipv6;
  }
}

function nameOf(source: Address, group: Address, groupLength: number | undefined): SenderName {
  return groupLength === undefined || groupLength === bitsOfAddress(group)
    ? { source, group }
    : { source, group, groupLength };
}

function isOfOneFamily(senders: readonly SenderName[]): boolean {
  const family = typeof senders[0]?.source;
  return senders.every(({ source, group }) => typeof source === family && typeof group === family);
}
