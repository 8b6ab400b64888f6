// SPDX-License-Identifier: MIT
import type { Address } from "@mauth/protocol/address";
import type { BpfMap } from "./bpf-map.ts";
import { isWildcard } from "./filter.ts";
import type { DeniedRow, FilterVisitor, RefusedTable, Sender, SenderName, SenderRow, SenderTable } from "./filter.ts";
import type { FamilyKeys } from "./keys.ts";
import {
  decodeDeniedValue,
  decodeSenderValue,
  encodePlainSenderValues,
  maxTtlOfPlain,
  observedBits,
  SENDER_VALUE_LENGTH_BYTES,
} from "./layout.ts";
import type { NameOf } from "./layout.ts";
import type { Pending } from "./pending.ts";
import { deniedRows, senderRows, wildcardRows } from "./map-rows.ts";

const PRESENT = Uint8Array.of(1);

/** The numbers of the control that tell of one family's maps. */
export interface FamilyControl {
  wildcards(number: bigint): void;
  observed(number: bigint): void;
}

export interface FamilyMapsOptions {
  readonly keys: FamilyKeys;
  readonly senders: BpfMap;
  readonly wildcards: BpfMap;
  readonly denied: BpfMap;
  readonly pending: Pending;
  readonly observed: BpfMap;
  readonly pimNeighbours: BpfMap;
  readonly control: FamilyControl;
}

/** Where a sender is. */
export interface Place {
  readonly map: BpfMap;
  readonly key: Uint8Array;
}

/** The maps of the filter for IPv4, or those for IPv6: the same, but for the length of their keys. */
export class FamilyMaps {
  readonly #maps: FamilyMapsOptions;

  constructor(maps: FamilyMapsOptions) {
    this.#maps = maps;
  }

  get sendersMax(): number {
    return this.#maps.senders.entriesMax;
  }

  placeOf(name: SenderName): Place {
    const { keys, senders, wildcards } = this.#maps;
    if (isWildcard(name)) return { map: wildcards, key: keys.encodeWildcard(name) };
    return { map: senders, key: keys.encodeSenders([name]) };
  }

  /** Writes a sender; the filter must not be able to miss a wildcard, so the control tells of it before. */
  write({ map, key }: Place, value: Uint8Array): void {
    if (map === this.#maps.wildcards) this.#maps.control.wildcards(1n);
    map.write(key, value);
  }

  /** Writes senders without limits and counters; returns how many were written before one could not be. */
  writePlain(senders: readonly Sender[]): number {
    return this.#maps.senders.writeMany(this.#maps.keys.encodeSenders(senders), encodePlainSenderValues(senders));
  }

  delete({ map, key }: Place): void {
    const { wildcards, control } = this.#maps;
    map.delete(key);
    if (map === wildcards && wildcards.isEmpty()) control.wildcards(0n);
  }

  /** Deletes senders that are no wildcards; returns how many it came through before one could not be deleted. */
  deletePlain(names: readonly SenderName[]): number {
    return this.#maps.senders.deleteMany(this.#maps.keys.encodeSenders(names));
  }

  senders(nameOf: NameOf): SenderRow[] {
    const { keys, senders, wildcards } = this.#maps;
    const rows = senders.entries((key, value) => decodeSenderValue(keys.decodeSender(key), value, nameOf));
    return rows.concat(wildcards.entries((key, value) => decodeSenderValue(keys.decodeWildcard(key), value, nameOf)));
  }

  /** Hands the senders over; for the maps of IPv4 only. */
  visitSenders(visitor: FilterVisitor, nameOf: NameOf): void {
    const { keys, senders, wildcards } = this.#maps;
    const decode = (key: DataView, value: DataView) => decodeSenderValue(keys.decodeSender(key), value, nameOf);
    for (const batch of senders.batches()) {
      const [names, values] = [new DataView(batch.keys.buffer), new DataView(batch.values.buffer)];
      for (let index = 0; index < batch.count; index++) {
        const at = index * keys.senderLengthBytes;
        const maxTtl = maxTtlOfPlain(values, index * SENDER_VALUE_LENGTH_BYTES);
        if (maxTtl > 0) visitor.plain(names.getUint32(at), names.getUint32(at + keys.addressLengthBytes), maxTtl);
        else visitor.sender(senders.decodeAt(batch, index, decode));
      }
    }
    const rows = wildcards.entries((key, value) => decodeSenderValue(keys.decodeWildcard(key), value, nameOf));
    for (const row of rows) visitor.sender(row);
  }

  senderTables(nameOf: NameOf): SenderTable[] {
    const { keys, senders, wildcards } = this.#maps;
    return [senderRows(senders, keys, nameOf), wildcardRows(wildcards, keys, nameOf)];
  }

  deniedTable(): RefusedTable<DeniedRow> {
    const { denied, pending, keys } = this.#maps;
    return deniedRows(() => pending.completed(denied), keys);
  }

  denied(): DeniedRow[] {
    const { keys, denied, pending } = this.#maps;
    return denied.entries(
      (key, value) => ({ ...keys.decodeDenied(key), ...decodeDeniedValue(value) }),
      pending.completed(denied),
    );
  }

  setObserved(groups: readonly Address[]): void {
    const { keys, observed, control } = this.#maps;
    const present = observed.entries((key) => keys.decodeAddress(key));
    control.observed(observedBits([...present, ...groups]));
    this.#replaceSet(observed, groups);
    control.observed(observedBits(groups));
  }

  setPimNeighbours(hosts: readonly Address[]): void {
    this.#replaceSet(this.#maps.pimNeighbours, hosts);
  }

  /** Adds first and removes then, so that no member that stays is ever absent. */
  #replaceSet(map: BpfMap, members: readonly Address[]): void {
    const { keys } = this.#maps;
    for (const member of members) map.write(keys.encodeAddress(member), PRESENT);
    const present = map.entries((key) => keys.decodeAddress(key));
    for (const member of present) if (!members.includes(member)) map.delete(keys.encodeAddress(member));
  }
}
