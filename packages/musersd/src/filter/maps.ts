// SPDX-License-Identifier: MIT
import { IPV4_KEYS, IPV6_KEYS } from "./keys.ts";
import {
  BINDING_KEY_LENGTH_BYTES,
  CONTROL_LENGTH_BYTES,
  CONTROLS,
  COUNT_LENGTH_BYTES,
  DENIED_VALUE_LENGTH_BYTES,
  INTERFACE_KEY_LENGTH_BYTES,
  INTERFACE_NAME_LENGTH_BYTES,
  INTERFACE_VALUE_LENGTH_BYTES,
  LINKS_MAX,
  NEW_DENIED_LENGTH_BYTES,
  PENDING_LENGTH_BYTES,
  PENDING_SLOTS,
  SENDER_VALUE_LENGTH_BYTES,
  TICK_LENGTH_BYTES,
} from "./layout.ts";

/** Lengths in bytes. */
export interface MapLayout {
  readonly keyLength: number;
  /** For one CPU. */
  readonly valueLength: number;
  /** Entries of a table that always has all of them. */
  readonly entries?: number;
}

/** The maps of msender.bpf.c by name. */
export const MAP_LAYOUTS = {
  senders: { keyLength: IPV4_KEYS.senderLengthBytes, valueLength: SENDER_VALUE_LENGTH_BYTES },
  senders6: { keyLength: IPV6_KEYS.senderLengthBytes, valueLength: SENDER_VALUE_LENGTH_BYTES },
  wildcards: { keyLength: IPV4_KEYS.wildcardLengthBytes, valueLength: SENDER_VALUE_LENGTH_BYTES },
  wildcards6: { keyLength: IPV6_KEYS.wildcardLengthBytes, valueLength: SENDER_VALUE_LENGTH_BYTES },
  control: { keyLength: 4, valueLength: CONTROL_LENGTH_BYTES, entries: CONTROLS },
  links: { keyLength: 4, valueLength: 1, entries: LINKS_MAX },
  ticks: { keyLength: 4, valueLength: TICK_LENGTH_BYTES },
  new_denied: { keyLength: 4, valueLength: NEW_DENIED_LENGTH_BYTES },
  bindings: { keyLength: BINDING_KEY_LENGTH_BYTES, valueLength: INTERFACE_NAME_LENGTH_BYTES },
  denied: { keyLength: IPV4_KEYS.deniedLengthBytes, valueLength: DENIED_VALUE_LENGTH_BYTES },
  denied6: { keyLength: IPV6_KEYS.deniedLengthBytes, valueLength: DENIED_VALUE_LENGTH_BYTES },
  pending: { keyLength: 4, valueLength: PENDING_LENGTH_BYTES, entries: 2 * PENDING_SLOTS },
  observed: { keyLength: IPV4_KEYS.addressLengthBytes, valueLength: 1 },
  observed6: { keyLength: IPV6_KEYS.addressLengthBytes, valueLength: 1 },
  pim_neighbours: { keyLength: IPV4_KEYS.addressLengthBytes, valueLength: 1 },
  pim_neighbours6: { keyLength: IPV6_KEYS.addressLengthBytes, valueLength: 1 },
  interfaces: { keyLength: INTERFACE_KEY_LENGTH_BYTES, valueLength: INTERFACE_VALUE_LENGTH_BYTES },
  counts: { keyLength: 4, valueLength: COUNT_LENGTH_BYTES },
  monitored: { keyLength: 4, valueLength: COUNT_LENGTH_BYTES },
} as const satisfies Record<string, MapLayout>;

/** The name of a map. */
export type MapName = keyof typeof MAP_LAYOUTS;

/** All names, the table of senders first. */
export const MAP_NAMES = Object.keys(MAP_LAYOUTS) as MapName[];

/** File descriptors of the filter's maps. */
export type MapFds = Readonly<Record<MapName, number>>;

/** Asks for the file descriptor of each map. */
export function mapFds(open: (name: MapName) => number): MapFds {
  return Object.fromEntries(MAP_NAMES.map((name) => [name, open(name)])) as Record<MapName, number>;
}
