// SPDX-License-Identifier: MIT
import { errorCodeOfErrno } from "@mauth/protocol/error-code";
import type { ErrorCode } from "@mauth/protocol/error-code";
import type { Ipv4 } from "@mauth/protocol/ipv4";
import { errnoOf } from "../errors.ts";
import type { Native } from "../native.ts";
import { BpfMap } from "./bpf-map.ts";
import { FIRST_DROP_REASON, REASONS } from "./filter.ts";
import type { Attachment, Count, DeniedRow, Filter, Sender, SenderRow } from "./filter.ts";
import {
  ADDRESS_KEY_LENGTH_BYTES,
  COUNT_LENGTH_BYTES,
  decodeDenied,
  decodeInterface,
  decodeSender,
  DENIED_KEY_LENGTH_BYTES,
  DENIED_VALUE_LENGTH_BYTES,
  encodeAddressKey,
  encodeInterfaceKey,
  encodeInterfaceValue,
  encodeSenderKey,
  encodeSenderValue,
  INTERFACE_KEY_LENGTH_BYTES,
  INTERFACE_VALUE_LENGTH_BYTES,
  readCount,
  reasonOf,
  SENDER_KEY_LENGTH_BYTES,
  SENDER_VALUE_LENGTH_BYTES,
} from "./layout.ts";

/** The maps of msender.bpf.c. */
export const MAP_NAMES = ["senders", "denied", "observed", "pim_neighbours", "counts", "interfaces"] as const;

/** File descriptors of the filter's maps by their names in msender.bpf.c. */
export type MapFds = Readonly<Record<(typeof MAP_NAMES)[number], number>>;

const PRESENT = Uint8Array.of(1);

/** The filter as eBPF maps. Needs no capability once the maps are open. */
export class BpfFilter implements Filter {
  readonly kind = "bpf";
  readonly isEnforcing = true;
  readonly sendersMax: number;
  readonly #native: Native;
  readonly #counts: number;
  readonly #cpus: number;
  readonly #senders: BpfMap;
  readonly #denied: BpfMap;
  readonly #observed: BpfMap;
  readonly #pimNeighbours: BpfMap;
  readonly #interfaces: BpfMap;

  constructor(native: Native, fds: MapFds) {
    const address = { keyLength: ADDRESS_KEY_LENGTH_BYTES, valueLength: 1 };
    this.#native = native;
    this.#counts = fds.counts;
    this.#cpus = native.possibleCpus();
    this.#senders = new BpfMap(native, fds.senders, {
      keyLength: SENDER_KEY_LENGTH_BYTES,
      valueLength: SENDER_VALUE_LENGTH_BYTES,
    });
    this.#denied = new BpfMap(native, fds.denied, {
      keyLength: DENIED_KEY_LENGTH_BYTES,
      valueLength: DENIED_VALUE_LENGTH_BYTES,
    });
    this.#observed = new BpfMap(native, fds.observed, address);
    this.#pimNeighbours = new BpfMap(native, fds.pim_neighbours, address);
    this.#interfaces = new BpfMap(native, fds.interfaces, {
      keyLength: INTERFACE_KEY_LENGTH_BYTES,
      valueLength: INTERFACE_VALUE_LENGTH_BYTES,
    });
    this.sendersMax = this.#senders.entriesMax;
  }

  add(sender: Sender): ErrorCode | undefined {
    const key = encodeSenderKey(sender.source, sender.group);
    return asErrorCode(() => {
      const present = this.#senders.find(key);
      const value = encodeSenderValue(sender, present);
      // Nothing to write, so no increment of a counter between read and write can get lost.
      if (present !== undefined && present[0] === value[0] && present[1] === value[1]) return;
      this.#senders.write(key, value);
    });
  }

  remove(source: Ipv4, group: Ipv4): ErrorCode | undefined {
    return asErrorCode(() => this.#senders.delete(encodeSenderKey(source, group)));
  }

  find(source: Ipv4, group: Ipv4): SenderRow | undefined {
    const key = encodeSenderKey(source, group);
    const value = this.#senders.find(key);
    return value === undefined ? undefined : decodeSender(new DataView(key.buffer), new DataView(value.buffer));
  }

  senders(): SenderRow[] {
    return this.#senders.entries(decodeSender);
  }

  denied(): DeniedRow[] {
    return this.#denied.entries(decodeDenied);
  }

  counts(): Count[] {
    return Object.keys(REASONS).map((number) => this.#count(Number(number)));
  }

  interfaces(): Attachment[] {
    return this.#interfaces.entries(decodeInterface);
  }

  /** Tells whoever reads `interfaces()` what is attached, by difference. */
  setInterfaces(attachments: readonly Attachment[]): void {
    for (const one of attachments) this.#interfaces.write(encodeInterfaceKey(one.ifindex), encodeInterfaceValue(one));
    const gone = this.interfaces().filter(({ ifindex }) => !attachments.some((one) => one.ifindex === ifindex));
    for (const { ifindex } of gone) this.#interfaces.delete(encodeInterfaceKey(ifindex));
  }

  setObserved(groups: readonly Ipv4[]): void {
    replaceSet(this.#observed, groups);
  }

  setPimNeighbours(hosts: readonly Ipv4[]): void {
    replaceSet(this.#pimNeighbours, hosts);
  }

  #count(number: number): Count {
    const key = new Uint8Array(4);
    new DataView(key.buffer).setUint32(0, number, true);
    const value = new Uint8Array(COUNT_LENGTH_BYTES * this.#cpus);
    this.#native.mapLookup(this.#counts, key, value);
    const view = new DataView(value.buffer);
    let packets = 0;
    let bytes = 0;
    for (let offset = 0; offset < value.length; offset += COUNT_LENGTH_BYTES) {
      packets += readCount(view, offset);
      bytes += readCount(view, offset + 8);
    }
    return { reason: reasonOf(number), isDrop: number >= FIRST_DROP_REASON, packets, bytes };
  }
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
