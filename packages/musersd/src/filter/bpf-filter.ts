// SPDX-License-Identifier: MIT
import { errorCodeOfErrno } from "@mauth/protocol/error-code";
import type { ErrorCode } from "@mauth/protocol/error-code";
import type { Address } from "@mauth/protocol/address";
import type { Ipv4 } from "@mauth/protocol/ipv4";
import { errnoOf } from "../errors.ts";
import type { Native } from "../native.ts";
import { Bindings } from "./bindings.ts";
import { BpfMap } from "./bpf-map.ts";
import { FIRST_DROP_REASON, isWildcard, REASONS } from "./filter.ts";
import type { Attachment, Count, DeniedRow, Filter, Sender, SenderName, SenderRow } from "./filter.ts";
import {
  CONTROL,
  decodeDenied,
  decodeInterface,
  decodeSender,
  decodeWildcard,
  encodeAddressKey,
  encodeControl,
  encodeInterfaceValue,
  encodeNumberKey,
  encodePlainSenderValues,
  encodeSenderKey,
  encodeSenderKeys,
  encodeSenderValue,
  encodeWildcardKey,
  GROUP_LENGTH_BITS,
  isPlain,
  isSamePolicy,
  observedBits,
} from "./layout.ts";
import type { Ipv4Sender } from "./layout.ts";
import { MAP_LAYOUTS } from "./maps.ts";
import type { MapFds, MapName } from "./maps.ts";
import { ReasonCounts } from "./reason-counts.ts";

const PRESENT = Uint8Array.of(1);

/** The filter as eBPF maps. Needs no capability once the maps are open. */
export class BpfFilter implements Filter {
  readonly kind = "bpf";
  readonly isEnforcing = true;
  readonly sendersMax: number;
  readonly #senders: BpfMap;
  readonly #wildcards: BpfMap;
  readonly #control: BpfMap;
  readonly #bindings: Bindings;
  readonly #denied: BpfMap;
  readonly #observed: BpfMap;
  readonly #pimNeighbours: BpfMap;
  readonly #interfaces: BpfMap;
  readonly #counts: ReasonCounts;
  readonly #monitored: ReasonCounts;

  constructor(native: Native, fds: MapFds) {
    const open = (name: MapName): BpfMap => new BpfMap(native, fds[name], MAP_LAYOUTS[name]);
    this.#senders = open("senders");
    this.#wildcards = open("wildcards");
    this.#control = open("control");
    this.#bindings = new Bindings(open("bindings"));
    this.#denied = open("denied");
    this.#observed = open("observed");
    this.#pimNeighbours = open("pim_neighbours");
    this.#interfaces = open("interfaces");
    this.#counts = new ReasonCounts(native, fds.counts);
    this.#monitored = new ReasonCounts(native, fds.monitored);
    this.sendersMax = this.#senders.entriesMax;
  }

  add(sender: Sender): ErrorCode | undefined {
    if (!isIpv4(sender)) return "unsupported";
    const { map, key } = this.#placeOf(sender.source, sender.group, sender.groupLength);
    return asErrorCode(() => {
      const present = map.find(key);
      const value = encodeSenderValue(sender, present);
      // Nothing to write, so no increment of a counter between read and write can get lost.
      if (present !== undefined && isSamePolicy(present, value)) return;
      if (sender.interface !== undefined) this.#bind(sender.interface);
      // Before the entry: the filter must not be able to miss it.
      if (map === this.#wildcards) this.#setControl("wildcards", 1n);
      map.write(key, value);
    });
  }

  addMany(senders: readonly Sender[], isNew: (name: SenderName) => boolean = () => false): (ErrorCode | undefined)[] {
    const plain = senders.filter((sender) => isIpv4(sender) && isPlain(sender)) as Ipv4Sender[];
    const fresh = plain.length === senders.length ? plain.filter(isNew) : [];
    const written = this.#insert(fresh);
    let next = 0;
    // One that exists keeps its counters, and one that could not be written has its own error: one at a time.
    return senders.map((sender) => (sender === fresh[next] && next++ < written ? undefined : this.add(sender)));
  }

  remove(source: Address, group: Address, groupLength?: number): ErrorCode | undefined {
    if (typeof source !== "number" || typeof group !== "number") return undefined;
    const { map, key } = this.#placeOf(source, group, groupLength);
    return asErrorCode(() => {
      map.delete(key);
      if (map === this.#wildcards && map.isEmpty()) this.#setControl("wildcards", 0n);
    });
  }

  removeMany(senders: readonly SenderName[]): (ErrorCode | undefined)[] {
    const plain = senders.filter((sender) => isIpv4(sender) && !isWildcard(sender)) as Ipv4Sender[];
    const gone = plain.length === senders.length ? this.#senders.deleteMany(encodeSenderKeys(plain)) : 0;
    return senders.map(({ source, group, groupLength }, index) =>
      index < gone ? undefined : this.remove(source, group, groupLength),
    );
  }

  find(source: Address, group: Address, groupLength?: number): SenderRow | undefined {
    if (typeof source !== "number" || typeof group !== "number") return undefined;
    const { map, key } = this.#placeOf(source, group, groupLength);
    const value = map.find(key);
    if (value === undefined) return undefined;
    const decode = map === this.#wildcards ? decodeWildcard : decodeSender;
    return decode(new DataView(key.buffer), new DataView(value.buffer), this.#bindings.nameOf);
  }

  senders(): SenderRow[] {
    const nameOf = this.#bindings.readAll();
    const rows = this.#senders.entries((key, value) => decodeSender(key, value, nameOf));
    return rows.concat(this.#wildcards.entries((key, value) => decodeWildcard(key, value, nameOf)));
  }

  denied(): DeniedRow[] {
    return this.#denied.entries(decodeDenied);
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
    }
    const gone = this.interfaces().filter(({ ifindex }) => !interfaces.some((one) => one.ifindex === ifindex));
    for (const { ifindex } of gone) this.#interfaces.delete(encodeNumberKey(ifindex));
    if (!isMonitoring) this.#setControl("monitoring", 0n);
  }

  setObserved(all: readonly Address[]): void {
    const groups = all.filter((group) => typeof group === "number");
    const present = this.#observed.entries((key) => key.getUint32(0));
    this.#setControl("observed", observedBits([...present, ...groups]));
    replaceSet(this.#observed, groups);
    this.#setControl("observed", observedBits(groups));
  }

  setPimNeighbours(hosts: readonly Address[]): void {
    replaceSet(
      this.#pimNeighbours,
      hosts.filter((host) => typeof host === "number"),
    );
  }

  /** Writes plain senders together; returns how many were written before one could not be. */
  #insert(senders: readonly Ipv4Sender[]): number {
    return this.#senders.writeMany(encodeSenderKeys(senders), encodePlainSenderValues(senders));
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

  #placeOf(source: Ipv4, group: Ipv4, groupLength = GROUP_LENGTH_BITS): { map: BpfMap; key: Uint8Array } {
    if (isWildcard({ source, groupLength }))
      return { map: this.#wildcards, key: encodeWildcardKey(source, group, groupLength) };
    return { map: this.#senders, key: encodeSenderKey(source, group) };
  }
}

function isIpv4(sender: SenderName): sender is Ipv4Sender {
  return typeof sender.source === "number" && typeof sender.group === "number";
}

/** Adds first and removes then, so that no member that stays is ever absent. */
function replaceSet(map: BpfMap, members: readonly Ipv4[]): void {
  for (const member of members) map.write(encodeAddressKey(member), PRESENT);
  const present = map.entries((key) => key.getUint32(0));
  for (const member of present) if (!members.includes(member)) map.delete(encodeAddressKey(member));
}

function asErrorCode(change: () => void): ErrorCode | undefined {
  try {
    change();
    return undefined;
  } catch (error) {
    const errno = errnoOf(error);
    if (errno === "") throw error;
    return errorCodeOfErrno(errno);
  }
}
