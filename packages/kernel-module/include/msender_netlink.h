/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * How the loadable module is controlled: the generic netlink family "msender".
 *
 * Every network namespace has a filter of its own. Addresses are 4 bytes (IPv4) or 16 (IPv6) in network byte order, numbers
 * are in host byte order. Values are never reused.
 */
#ifndef MSENDER_NETLINK_H
#define MSENDER_NETLINK_H

#define MSENDER_FAMILY "msender"
#define MSENDER_FAMILY_VERSION 1

/*
 * "admin": needs CAP_NET_ADMIN over the network namespace, of whoever opened the socket and of whoever sends on it.
 * "owner": needs it of whoever opened the socket only, or that this was the user whom the filter names as its owner.
 */
enum msender_command {
	MSENDER_COMMAND_CREATE = 1,	    /* admin: SENDERS_MAX?, OWNER?; an existing filter only gets the owner */
	MSENDER_COMMAND_DELETE = 2,	    /* admin: everything passes from now on */
	MSENDER_COMMAND_GET = 3,	    /* owner: ABI, SENDERS_MAX, SENDERS */
	MSENDER_COMMAND_ATTACH = 4,	    /* admin: INTERFACE, MONITOR?; one that is not there as soon as it is */
	MSENDER_COMMAND_DETACH = 5,	    /* admin: INTERFACE */
	MSENDER_COMMAND_GET_INTERFACE = 6,  /* owner, dump: INTERFACE, IFINDEX?, MONITOR?, ETHERNET? */
	MSENDER_COMMAND_SET_OBSERVED = 7,   /* admin: ADDRESS...; exactly these from now on */
	MSENDER_COMMAND_SET_NEIGHBOURS = 8, /* admin: ADDRESS...; exactly these may send unicast PIM from now on */
	MSENDER_COMMAND_ADD = 9,	    /* owner: a sender; one that is there keeps its counters */
	MSENDER_COMMAND_REMOVE = 10,	    /* owner: SOURCE, GROUP, GROUP_LENGTH? */
	MSENDER_COMMAND_GET_SENDER = 11,    /* owner, and dump */
	MSENDER_COMMAND_GET_DENIED = 12,    /* owner, dump */
	MSENDER_COMMAND_GET_COUNT = 13,	    /* owner, dump: REASON, PACKETS, BYTES, MONITORED_PACKETS */
	MSENDER_COMMAND_SET_MODE = 14,	    /* owner: INTERFACE, MONITOR?; of an internal interface */
};

enum msender_attribute {
	MSENDER_ATTRIBUTE_PAD = 1,
	MSENDER_ATTRIBUTE_ABI = 2,	   /* u32, MSENDER_ABI */
	MSENDER_ATTRIBUTE_SENDERS_MAX = 3, /* u32, entries of each family */
	MSENDER_ATTRIBUTE_SENDERS = 4,	   /* u32, entries */
	MSENDER_ATTRIBUTE_OWNER = 5,	   /* u32, user id */
	MSENDER_ATTRIBUTE_INTERFACE = 6,   /* string; of a sender the only interface that it may send from */
	MSENDER_ATTRIBUTE_IFINDEX = 7,	   /* u32 */
	MSENDER_ATTRIBUTE_MONITOR = 8,	   /* flag: only monitored */
	MSENDER_ATTRIBUTE_ETHERNET = 9,	   /* flag: packets have an Ethernet header */
	MSENDER_ATTRIBUTE_ADDRESS = 10,	   /* address; as often as there are members */
	MSENDER_ATTRIBUTE_SOURCE = 11,	   /* address; all zeros: any source */
	MSENDER_ATTRIBUTE_GROUP = 12,	   /* address */
	MSENDER_ATTRIBUTE_GROUP_LENGTH = 13,	  /* u8, bits that count; all of them when absent */
	MSENDER_ATTRIBUTE_MAX_TTL = 14,		  /* u8, hops */
	MSENDER_ATTRIBUTE_STATIC = 15,		  /* flag: MSENDER_STATIC */
	MSENDER_ATTRIBUTE_EXPIRES = 16,		  /* u64, nanoseconds of CLOCK_MONOTONIC */
	MSENDER_ATTRIBUTE_RATE = 17,		  /* u32, bytes a second */
	MSENDER_ATTRIBUTE_BURST = 18,		  /* u32, bytes */
	MSENDER_ATTRIBUTE_MAC = 19,		  /* 6 bytes */
	MSENDER_ATTRIBUTE_PACKETS = 20,		  /* u64 */
	MSENDER_ATTRIBUTE_BYTES = 21,		  /* u64 */
	MSENDER_ATTRIBUTE_REFUSED = 22,		  /* u64, packets */
	MSENDER_ATTRIBUTE_FIRST = 23,		  /* u64, nanoseconds of CLOCK_MONOTONIC */
	MSENDER_ATTRIBUTE_LAST = 24,		  /* u64, nanoseconds of CLOCK_MONOTONIC */
	MSENDER_ATTRIBUTE_REASON = 25,		  /* u32, enum msender_reason */
	MSENDER_ATTRIBUTE_TTL = 26,		  /* u8, hops */
	MSENDER_ATTRIBUTE_MONITORED_PACKETS = 27, /* u64 */
	MSENDER_ATTRIBUTES = 28,
};

#endif
