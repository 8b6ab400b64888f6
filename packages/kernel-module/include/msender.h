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

#define MSENDER_ABI 3

/* Default capacity of a table of senders, one for IPv4 and one for IPv6, in entries; configurable when the filter is loaded. */
#define MSENDER_SENDERS_MAX 262144
/* Capacity of a table of refused (interface, S, G), one for each family; the least recently refused one makes room. */
#define MSENDER_DENIED_MAX 65536
/* New rows of these tables within one tick of the clock (1 to 10 ms) on one CPU: a flood of forged sources must cost little. */
#ifndef MSENDER_NEW_DENIED_PER_TICK
#define MSENDER_NEW_DENIED_PER_TICK 64
#endif
/* Refused (S,G) that one CPU counts apart within a tick, by the last octets of their addresses; for each family. */
#define MSENDER_PENDING_SLOTS 16
/* For each family. */
#define MSENDER_OBSERVED_MAX 256
#define MSENDER_PIM_NEIGHBOURS_MAX 256
#define MSENDER_INTERFACES_MAX 8192
/* ifindexes of which the filter remembers whether their packets have an Ethernet header; of others it asks the kernel. */
#define MSENDER_LINKS_MAX 4096
#define MSENDER_WILDCARDS_MAX 16384
/* Names of interfaces that senders are bound to. */
#define MSENDER_BINDINGS_MAX 1024

/* Mark of a packet to an observed group, and the empty multicast routing table that an mrule looks it up in. */
#define MSENDER_MARK 0x5ac
#define MSENDER_TABLE 1452

/* Flags of a sender. Registered by the mrouter's own mauth.conf; the filter does not look at it: */
#define MSENDER_STATIC 0x01
/* Only packets from its link-layer address are its own: */
#define MSENDER_MAC 0x02

/* A sender: (S,G) of RFC 4607. */
struct msender_key {
	__be32 source;
	__be32 group;
};

/* The same in IPv6: the words of each address in network byte order, like the addresses of an IPv6 header. */
struct msender_key6 {
	__be32 source[4];
	__be32 group[4];
};

/* A sender that stands for many. Of several that fit a packet, the one whose source is given comes first, then the longest. */
struct msender_wildcard_key {
	__u32 length; /* bits that count: the 32 of the source, and 4 to 32 of the group */
	__be32 source; /* 0.0.0.0: any */
	__be32 group;
};

struct msender_wildcard_key6 {
	__u32 length; /* bits that count: the 128 of the source, and 8 to 128 of the group */
	__be32 source[4]; /* all 0: any */
	__be32 group[4];
};

/*
 * What a sender may do, and what it did. The name is the paper's.
 *
 * 72 bytes, so that the kernel's hash table entry is 128 with IPv4's key: the list pointers, the key and the first 8 bytes share one
 * cache line, everything from `packets` on is the next one.
 */
struct msender_ctl {
	__u8 max_ttl;		/* hops, 1 to 255; compared with TTL or hop limit on arrival, before any decrement */
	__u8 flags;		/* MSENDER_STATIC, MSENDER_MAC */
	__u8 mac[6];		/* 0 without MSENDER_MAC */
	__u64 packets;		/* passed */
	__u64 bytes;		/* passed, IP length and link header */
	__u64 refused;		/* packets of this sender that were dropped, or on a monitored interface would have been */
	__u64 last_ns;		/* CLOCK_MONOTONIC (coarse) of the last passed packet, 0 when none passed */
	__u64 expires_ns;	/* CLOCK_MONOTONIC from which on it may send no more, 0: never */
	__u64 due_ns;		/* CLOCK_MONOTONIC when what it has sent would have been sent at exactly its rate */
	__u32 rate;		/* bytes a second, counted as `bytes`; 0: any */
	__u32 burst;		/* bytes that may be sent at once beyond the rate */
	__u32 binding;		/* msender_interface.binding of the only interface that it may send from, 0: any */
	__u32 reserved;
};

/* A refused (S,G) on one interface. For a forged PIM Register the group is the unicast address it was sent to. */
struct msender_denied_key {
	__u32 ifindex;
	__be32 source;
	__be32 group;
};

struct msender_denied_key6 {
	__u32 ifindex;
	__be32 source[4];
	__be32 group[4];
};

struct msender_denied {
	__u64 packets;
	__u64 bytes;
	__u64 first_ns; /* CLOCK_MONOTONIC (coarse) */
	__u64 last_ns;	/* CLOCK_MONOTONIC (coarse) */
	__u8 reason;	/* enum msender_reason of the last packet */
	__u8 ttl;	/* hops, of the last packet; the hop limit of IPv6 */
	__u8 monitored; /* 1 when the last packet was passed because its interface is only monitored */
	__u8 reserved;
	__u32 reserved2;
};

/*
 * Packets that a CPU has refused since the first of this tick, not yet added to their row: finding the row costs more than
 * everything else about a refused packet. Only those that would change nothing in the row but its counts. They are added
 * when something else comes into the slot; until then who reads the row adds them. The slots of IPv6 are behind those of IPv4.
 */
struct msender_pending {
	__u64 tick_ns; /* CLOCK_MONOTONIC (coarse) */
	__u64 packets;
	__u64 bytes;
	__u32 key[9]; /* struct msender_denied_key or msender_denied_key6 */
	__u8 reason;
	__u8 ttl;
	__u8 monitored;
	__u8 reserved;
};

/* Flags of an interface. Packets that would be dropped or kept from forwarding are counted apart and passed: */
#define MSENDER_MONITOR 0x01
/* Its packets have an Ethernet header: */
#define MSENDER_ETHERNET 0x02

/* An internal interface, by ifindex; written before the filter is attached to it. Without an entry nothing is monitored. */
struct msender_interface {
	char name[16];	/* NUL-terminated */
	__u8 attached;	/* 1 when the filter judges its packets; for who reports it */
	__u8 flags;	/* MSENDER_MONITOR, MSENDER_ETHERNET */
	__u8 reserved[2];
	__u32 binding;	/* FNV-1a of the name, and 1 instead of 0: what senders are bound to, whatever its ifindex */
};

/*
 * Indexes of the table that saves the filter look-ups that would find nothing: 0 means so. A number is set before what it
 * tells of is added, and cleared after that was removed; each has one writer.
 */
enum msender_control {
	MSENDER_CONTROL_WILDCARDS = 0,	/* 1 when there is a wildcard */
	MSENDER_CONTROL_MONITORING = 1, /* 1 when an interface is monitored */
	MSENDER_CONTROL_OBSERVED = 2,	/* bit n when the last octet of an observed group is n modulo 64 */
	MSENDER_CONTROL_WILDCARDS6 = 3, /* the same two for IPv6 */
	MSENDER_CONTROL_OBSERVED6 = 4,
	MSENDER_CONTROLS = 5,
};

/* New rows of the tables of refused in this tick; one per CPU. */
struct msender_new_denied {
	__u64 tick_ns;
	__u64 rows;
};

/* The clock as it was when this CPU asked for it in this jiffy: asking costs more than looking here. */
struct msender_tick {
	__u64 now_ns; /* CLOCK_MONOTONIC, coarse */
	__u64 jiffies;
};

/* Packets and bytes judged for one reason; one per CPU. */
struct msender_count {
	__u64 packets;
	__u64 bytes;
};

/* Why a packet was passed, marked or dropped. Values are never reused; they index the table of counts. */
enum msender_reason {
	MSENDER_LOOPBACK = 0,	/* pass: the mrouter's own multicast, looped back */
	MSENDER_NOT_IP = 1,	/* pass: neither IPv4 nor IPv6 */
	MSENDER_UNICAST = 2,	/* pass */
	MSENDER_LINK_LOCAL = 3, /* pass: 224.0.0.0/24 (RFC 5771), or scope 0 to 2 of IPv6 (RFC 4291): never forwarded */
	MSENDER_PERMITTED = 4,	/* pass: registered, TTL within the maximum */
	MSENDER_OBSERVED = 5,	/* mark: delivered to the mrouter itself, never forwarded */
	MSENDER_MEMBERSHIP = 6, /* pass: IGMP or MLD with one hop: who wants to receive a group says so to the group */
	MSENDER_UNKNOWN = 16,	/* drop: (S,G) is not registered */
	MSENDER_TTL = 17,	/* drop: registered, TTL above the maximum */
	MSENDER_REGISTER = 18,	/* drop: unicast PIM from a host that is no PIM neighbour (RFC 7761) */
	MSENDER_MALFORMED = 19, /* drop: headers that are not whole, or hidden behind several priority tags */
	MSENDER_EXPIRED = 20,	/* drop: registered, its time is over */
	MSENDER_SPOOF = 21,	/* drop: registered, from another interface or link-layer address */
	MSENDER_RATE = 22,	/* drop: registered, above its rate */
	MSENDER_REASONS = 32,
};

#endif
