/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * The ABI of the multicast sender filter: keys, values, limits and reasons.
 *
 * Shared by the eBPF filter, the loadable module, the native bridge of musersd and the tests. Addresses are in network
 * byte order, everything else in host byte order. A change of layout changes MSENDER_ABI.
 */
#ifndef MSENDER_H
#define MSENDER_H

#include <linux/types.h>

#define MSENDER_ABI 1

/* Default capacity of the sender table, in entries; configurable when the filter is loaded. */
#define MSENDER_SENDERS_MAX 262144
/* Capacity of the table of refused (interface, S, G); the least recently refused one makes room. */
#define MSENDER_DENIED_MAX 65536
#define MSENDER_OBSERVED_MAX 256
#define MSENDER_PIM_NEIGHBOURS_MAX 256
#define MSENDER_INTERFACES_MAX 8192

/* Mark of a packet to an observed group, and the empty multicast routing table that an mrule looks it up in. */
#define MSENDER_MARK 0x5ac
#define MSENDER_TABLE 1452

/* Registered by the mrouter's own mauth.conf; the filter does not look at it. */
#define MSENDER_STATIC 0x01

/* A sender: (S,G) of RFC 4607. */
struct msender_key {
	__be32 source;
	__be32 group;
};

/* What a sender may do, and what it did. The name is the paper's. */
struct msender_ctl {
	__u8 max_ttl;		/* hops, 1 to 255; compared with the TTL on arrival, before any decrement */
	__u8 flags;		/* MSENDER_STATIC */
	__u16 reserved;
	__u32 reserved_ifindex; /* reserved, 0 */
	__u64 packets;		/* passed */
	__u64 bytes;		/* passed, IP length and link header */
	__u64 refused;		/* packets of this (S,G) that were dropped */
	__u64 last_ns;		/* CLOCK_MONOTONIC (coarse) of the last passed packet, 0 when none passed */
};

/* A refused (S,G) on one interface. For a forged PIM Register the group is the unicast address it was sent to. */
struct msender_denied_key {
	__u32 ifindex;
	__be32 source;
	__be32 group;
};

struct msender_denied {
	__u64 packets;
	__u64 bytes;
	__u64 first_ns; /* CLOCK_MONOTONIC (coarse) */
	__u64 last_ns;	/* CLOCK_MONOTONIC (coarse) */
	__u8 reason;	/* enum msender_reason of the last packet */
	__u8 ttl;	/* hops, of the last packet */
	__u16 reserved;
	__u32 reserved2;
};

/* An internal interface, by ifindex; written by who attaches the filter, for who reports it. */
struct msender_interface {
	char name[16];	/* NUL-terminated */
	__u8 attached;	/* 1 when the filter judges its packets */
	__u8 reserved[7];
};

/* Packets and bytes judged for one reason; one per CPU. */
struct msender_count {
	__u64 packets;
	__u64 bytes;
};

/* Why a packet was passed, marked or dropped. Values are never reused; they index the table of counts. */
enum msender_reason {
	MSENDER_LOOPBACK = 0,	/* pass: the mrouter's own multicast, looped back */
	MSENDER_NOT_IP = 1,	/* pass: not IPv4 */
	MSENDER_UNICAST = 2,	/* pass */
	MSENDER_LINK_LOCAL = 3, /* pass: 224.0.0.0/24, never forwarded (RFC 5771) */
	MSENDER_PERMITTED = 4,	/* pass: registered, TTL within the maximum */
	MSENDER_OBSERVED = 5,	/* mark: delivered to the mrouter itself, never forwarded */
	MSENDER_UNKNOWN = 16,	/* drop: (S,G) is not registered */
	MSENDER_TTL = 17,	/* drop: registered, TTL above the maximum */
	MSENDER_REGISTER = 18,	/* drop: unicast PIM from a host that is no PIM neighbour (RFC 7761) */
	MSENDER_MALFORMED = 19, /* drop: no complete IPv4 header */
	MSENDER_EXPIRED = 20,	/* drop: reserved */
	MSENDER_SPOOF = 21,	/* drop: reserved */
	MSENDER_RATE = 22,	/* drop: reserved */
	MSENDER_REASONS = 32,
};

#endif
