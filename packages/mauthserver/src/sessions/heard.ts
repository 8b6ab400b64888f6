// SPDX-License-Identifier: MIT

/** A SAP datagram and where it was heard. */
export interface Heard {
  readonly bytes: Uint8Array;
  /** Unicast source of the UDP packet. */
  readonly source: string;
  readonly sapGroup: string;
  readonly interface: string;
  /** Name of the mrouter that relayed it, null when heard directly. */
  readonly mrouter: string | null;
}

/** The time, from both clocks: silence is measured on the monotonic one, announced ends on the wall. */
export interface Now {
  readonly monotonicMs: number;
  /** Since the Unix epoch. */
  readonly wallMs: number;
}
