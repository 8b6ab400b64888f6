// SPDX-License-Identifier: MIT
import type { Address } from "@mauth/protocol/address";
import { readIpv6, writeIpv6 } from "@mauth/protocol/ipv6";
import type { DeniedRow, SenderName } from "./filter.ts";

/** The keys of msender.h for one family as bytes: addresses in network byte order, lengths and ifindexes in the machine's. */
export class FamilyKeys {
  /** Of an address. */
  readonly bits: 32 | 128;
  readonly addressLengthBytes: number;
  readonly senderLengthBytes: number;
  readonly wildcardLengthBytes: number;
  readonly deniedLengthBytes: number;

  constructor(bits: 32 | 128) {
    this.bits = bits;
    this.addressLengthBytes = bits / 8;
    this.senderLengthBytes = 2 * this.addressLengthBytes;
    this.wildcardLengthBytes = 4 + this.senderLengthBytes;
    this.deniedLengthBytes = 4 + this.senderLengthBytes;
  }

  /** An address as the key of a set. */
  encodeAddress(address: Address): Uint8Array {
    const bytes = new Uint8Array(this.addressLengthBytes);
    writeAddress(new DataView(bytes.buffer), 0, address);
    return bytes;
  }

  decodeAddress(key: DataView): Address {
    return this.#read(key, 0);
  }

  /** struct msender_key of each, one behind the other. */
  encodeSenders(names: readonly SenderName[]): Uint8Array {
    const bytes = new Uint8Array(names.length * this.senderLengthBytes);
    const view = new DataView(bytes.buffer);
    let offset = 0;
    for (const { source, group } of names) {
      writeAddress(view, offset, source);
      writeAddress(view, offset + this.addressLengthBytes, group);
      offset += this.senderLengthBytes;
    }
    return bytes;
  }

  decodeSender(key: DataView): SenderName {
    return { source: this.#read(key, 0), group: this.#read(key, this.addressLengthBytes) };
  }

  /** struct msender_wildcard_key. */
  encodeWildcard({ source, group, groupLength = this.bits }: SenderName): Uint8Array {
    const bytes = new Uint8Array(this.wildcardLengthBytes);
    const view = new DataView(bytes.buffer);
    view.setUint32(0, this.bits + groupLength, true);
    writeAddress(view, 4, source);
    writeAddress(view, 4 + this.addressLengthBytes, group);
    return bytes;
  }

  decodeWildcard(key: DataView): SenderName {
    const groupLength = key.getUint32(0, true) - this.bits;
    const name = { source: this.#read(key, 4), group: this.#read(key, 4 + this.addressLengthBytes) };
    return groupLength < this.bits ? { ...name, groupLength } : name;
  }

  /** struct msender_denied_key. */
  decodeDenied(key: DataView): Pick<DeniedRow, "ifindex" | "source" | "group"> {
    const source = this.#read(key, 4);
    return { ifindex: key.getUint32(0, true), source, group: this.#read(key, 4 + this.addressLengthBytes) };
  }

  #read(view: DataView, offset: number): Address {
    return this.bits === 32 ? view.getUint32(offset) : readIpv6(view, offset);
  }
}

function writeAddress(view: DataView, offset: number, address: Address): void {
  if (typeof address === "number") view.setUint32(offset, address);
  else writeIpv6(view, offset, address);
}

export const IPV4_KEYS = new FamilyKeys(32);
export const IPV6_KEYS = new FamilyKeys(128);
