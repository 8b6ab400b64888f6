// SPDX-License-Identifier: MIT

/** A multicast group on which announcements are sent, always to port 9875. */
export interface SapGroup {
  readonly address: string;
  readonly family: 4 | 6;
}

/** The IPv4 groups in use: RFC 2974 §3, and 224.0.0.56 for PulseAudio and PipeWire. */
export const IPV4_SAP_GROUPS: readonly SapGroup[] = [
  "224.2.127.254", // global scope
  "239.255.255.255", // 239.255.0.0/16, IPv4 local scope (RFC 2365 §6.1); AES67
  "239.195.255.255", // 239.192.0.0/14, organisation-local scope (RFC 2365 §6.2)
  "224.0.0.255", // link-local, as VLC announces it
  "224.0.0.56", // PulseAudio and PipeWire
].map((address) => ({ address, family: 4 }));

/** The IPv6 groups FF0X::2:7FFE (RFC 2974 §3): link-, site-, organisation-local and global. */
export const IPV6_SAP_GROUPS: readonly SapGroup[] = [
  "ff02::2:7ffe",
  "ff05::2:7ffe",
  "ff08::2:7ffe",
  "ff0e::2:7ffe",
].map((address) => ({ address, family: 6 }));
