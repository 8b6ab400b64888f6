// SPDX-License-Identifier: MIT

/** Wait before the first retransmission; every further wait is twice the last one. */
export const V1_RTO_MS = 200;

/** A client sends a request at most this often: at 0, 0.2, 0.6, 1.4 and 3.0 s. */
export const V1_SENDS_MAX = 5;

/** H: how long a client waits for a response before the outcome is unknown, 6.2 s. */
export const V1_HORIZON_MS = V1_RTO_MS * (2 ** V1_SENDS_MAX - 1);

/** T: how long a network may keep a datagram before it delivers it. */
export const V1_PACKET_LIFE_MS = 30_000;

/** H + T: after this silence no datagram of a call can arrive any more, 36.2 s, rounded up. */
export const V1_SLOT_LIFETIME_MS = 40_000;

/** Slots in all; 128 KiB of records. */
export const V1_SLOTS_MAX = 4096;

/** Slots that the ports of one address may hold. */
export const V1_SLOTS_PER_ADDRESS_MAX = 1024;

/** Calls from one port, fewer than the 127 that serial-number order can tell apart. */
export const V1_CALLS_PER_PORT_MAX = 100;

/** The same while every call since has been unknown: 20 of them take 124 s, which no datagram outlives. */
export const V1_CALLS_PER_PORT_LIMIT = V1_CALLS_PER_PORT_MAX + 20;

/**
 * When a server without its slots may answer again (V1-11): datagrams of its former life may be under way until H + T after it
 * ended, which the time since boot may prove already. `slots` is "absent" where no file of slots was found, "damaged" where one
 * was there and could not be read. `nowMs` is on the boot clock.
 */
export function quietUntilMs(slots: "intact" | "absent" | "damaged", nowMs: number): number {
  if (slots === "intact") return 0;
  return slots === "absent" ? V1_SLOT_LIFETIME_MS : nowMs + V1_SLOT_LIFETIME_MS;
}
