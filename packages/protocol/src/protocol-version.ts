// SPDX-License-Identifier: MIT

/**
 * The revision of the wire format, carried by HELLO; both sides use the lower one.
 *
 * 1: v1 as in the paper; v2 with IPv4 senders, digest, statistics, denied and SAP events.
 * 2: limits of senders: lease, rate, interface, link-layer address, wildcards. Entries without them are as before.
 * 3: IPv6: entries, LIST behind one, tables 5 and 6 of STATS, events of classes 2 and 3; the operation MODE.
 */
export const PROTOCOL_VERSION = 3;
