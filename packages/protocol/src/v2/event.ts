// SPDX-License-Identifier: MIT
import type { Address } from "../address.ts";
import { ByteReader, ByteWriter } from "./bytes.ts";
import { BODY_LENGTH_BYTES_MAX } from "./frame.ts";
import { readDeniedRow, readIpv6DeniedRow, writeDeniedRow, writeInterfaceName } from "./report.ts";
import type { DeniedRow } from "./report.ts";
import { EVENT_CLASSES } from "./request.ts";

/** The filter refused an (S,G) for the first time. */
export interface DeniedEvent {
  readonly class: "denied";
  readonly row: DeniedRow;
}

/** A SAP datagram heard on an internal interface, as it was; nobody has looked inside. */
export interface SapEvent {
  readonly class: "sap";
  readonly interface: string;
  readonly source: Address;
  /** The SAP group, such as 224.2.127.254 or ff05::2:7ffe. */
  readonly group: Address;
  readonly bytes: Uint8Array;
}

export type V2Event = DeniedEvent | SapEvent;

/** One piece of a SAP datagram. */
export interface SapFragment extends SapEvent {
  /** Names the datagram within its session; wraps at 2^32. */
  readonly datagramId: number;
  readonly offset: number;
  readonly lengthBytes: number;
}

/** What one EVENT carries, and when on the boot clock of the mrouter it was sent. */
export type EventPayload = (DeniedEvent | SapFragment) & { readonly nowMs: number };

/** A longer SAP datagram is not relayed. */
export const SAP_LENGTH_BYTES_MAX = 8192;

/** Bytes of a SAP datagram in one event; beside them, at most 41 bytes of IPv4, 65 of IPv6, say what they are. */
export const SAP_FRAGMENT_LENGTH_BYTES_MAX = BODY_LENGTH_BYTES_MAX - 41;
const SAP_IPV6_FRAGMENT_LENGTH_BYTES_MAX = BODY_LENGTH_BYTES_MAX - 65;

/** What the class of an event carries beyond its bit in SUBSCRIBE when its addresses have 16 bytes. */
const IPV6 = EVENT_CLASSES.length;

/** Cuts a SAP datagram into what fits into events; none when it is too long. */
export function fragmentSap(event: SapEvent, datagramId: number): SapFragment[] {
  const lengthBytes = event.bytes.length;
  if (lengthBytes > SAP_LENGTH_BYTES_MAX) return [];
  const isIpv6 = typeof event.group === "bigint";
  const pieceLengthBytes = isIpv6 ? SAP_IPV6_FRAGMENT_LENGTH_BYTES_MAX : SAP_FRAGMENT_LENGTH_BYTES_MAX;
  const fragments: SapFragment[] = [];
  for (let offset = 0; offset < lengthBytes; offset += pieceLengthBytes) {
    const bytes = event.bytes.slice(offset, offset + pieceLengthBytes);
    fragments.push({ ...event, bytes, datagramId, offset, lengthBytes });
  }
  return fragments;
}

/** Encodes the body of an EVENT. */
export function encodeEvent(event: EventPayload): Uint8Array {
  const { group } = event.class === "denied" ? event.row : event;
  const family = typeof group === "bigint" ? IPV6 : 0;
  const writer = new ByteWriter(BODY_LENGTH_BYTES_MAX);
  writer.u8(family + EVENT_CLASSES.indexOf(event.class)).u64(event.nowMs);
  if (event.class === "denied") {
    writeDeniedRow(writer, event.row);
    return writer.written();
  }
  writer.address(event.source).address(event.group);
  writeInterfaceName(writer, event.interface);
  writer.u32(event.datagramId).u16(event.lengthBytes).u16(event.offset);
  return writer.bytes(event.bytes).written();
}

/** Decodes the body of an EVENT; undefined when it is malformed or of a class that this version does not know. */
export function decodeEvent(body: Uint8Array): EventPayload | undefined {
  const reader = new ByteReader(body);
  const number = reader.u8();
  const isIpv6 = number >= IPV6;
  const name = EVENT_CLASSES[isIpv6 ? number - IPV6 : number];
  const nowMs = reader.u64();
  if (name === undefined) return undefined;
  const event = name === "sap" ? readSapFragment(reader, isIpv6) : readDenied(reader, isIpv6);
  return reader.isComplete ? { ...event, nowMs } : undefined;
}

function readDenied(reader: ByteReader, isIpv6: boolean): DeniedEvent {
  return { class: "denied", row: isIpv6 ? readIpv6DeniedRow(reader) : readDeniedRow(reader) };
}

function readSapFragment(reader: ByteReader, isIpv6: boolean): SapFragment {
  const source = isIpv6 ? reader.ipv6() : reader.u32();
  const group = isIpv6 ? reader.ipv6() : reader.u32();
  const name = reader.text();
  const datagramId = reader.u32();
  const lengthBytes = reader.u16();
  const offset = reader.u16();
  const bytes = reader.bytes(reader.left);
  if (bytes.length === 0 || lengthBytes > SAP_LENGTH_BYTES_MAX || offset + bytes.length > lengthBytes) {
    reader.isBroken = true;
  }
  return { class: "sap", source, group, interface: name, datagramId, lengthBytes, offset, bytes };
}
