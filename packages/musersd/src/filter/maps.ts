// SPDX-License-Identifier: MIT
import {
  ADDRESS_KEY_LENGTH_BYTES,
  BINDING_KEY_LENGTH_BYTES,
  CONTROL_LENGTH_BYTES,
  COUNT_LENGTH_BYTES,
  DENIED_KEY_LENGTH_BYTES,
  DENIED_VALUE_LENGTH_BYTES,
  INTERFACE_KEY_LENGTH_BYTES,
  INTERFACE_NAME_LENGTH_BYTES,
  INTERFACE_VALUE_LENGTH_BYTES,
  NEW_DENIED_LENGTH_BYTES,
  SENDER_KEY_LENGTH_BYTES,
  SENDER_VALUE_LENGTH_BYTES,
  WILDCARD_KEY_LENGTH_BYTES,
} from "./layout.ts";

/** Lengths in bytes. */
export interface MapLayout {
  readonly keyLength: number;
  /** For one CPU. */
  readonly valueLength: number;
}

/** The maps of msender.bpf.c by name. */
export const MAP_LAYOUTS = {
  senders: { keyLength: SENDER_KEY_LENGTH_BYTES, valueLength: SENDER_VALUE_LENGTH_BYTES },
  wildcards: { keyLength: WILDCARD_KEY_LENGTH_BYTES, valueLength: SENDER_VALUE_LENGTH_BYTES },
  control: { keyLength: 4, valueLength: CONTROL_LENGTH_BYTES },
  new_denied: { keyLength: 4, valueLength: NEW_DENIED_LENGTH_BYTES },
  bindings: { keyLength: BINDING_KEY_LENGTH_BYTES, valueLength: INTERFACE_NAME_LENGTH_BYTES },
  denied: { keyLength: DENIED_KEY_LENGTH_BYTES, valueLength: DENIED_VALUE_LENGTH_BYTES },
  observed: { keyLength: ADDRESS_KEY_LENGTH_BYTES, valueLength: 1 },
  pim_neighbours: { keyLength: ADDRESS_KEY_LENGTH_BYTES, valueLength: 1 },
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
