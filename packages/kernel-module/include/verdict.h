/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The decision about one packet, as one pure function.
 *
 * Compiled into the eBPF filter, the loadable module and the unit tests, so that they cannot disagree. Whoever includes
 * this file defines the look-ups below; they are called only when their answer matters. Their packet tells the includer,
 * by its context, whose tables to look into.
 */
#ifndef MSENDER_VERDICT_H
#define MSENDER_VERDICT_H

#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/types.h>

#include "msender.h"

#ifndef __always_inline
#define __always_inline inline __attribute__((always_inline))
#endif

#ifdef MSENDER_BE32
/* The kernel module's, which its static checker understands. */
#elif __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define MSENDER_BE32(x) ((__be32)__builtin_bswap32(x))
#else
#define MSENDER_BE32(x) ((__be32)(x))
#endif

#define MSENDER_NS_PER_SECOND 1000000000ULL

/* Protocol numbers (IANA), of IPv6 also of extension headers. */
#define MSENDER_PROTOCOL_HOP_BY_HOP 0  /* RFC 8200 §4.3 */
#define MSENDER_PROTOCOL_IGMP 2	       /* RFC 3376 §4 */
#define MSENDER_PROTOCOL_ROUTING 43    /* RFC 8200 §4.4 */
#define MSENDER_PROTOCOL_FRAGMENT 44   /* RFC 8200 §4.5 */
#define MSENDER_PROTOCOL_AH 51	       /* RFC 4302 §2 */
#define MSENDER_PROTOCOL_ICMPV6 58     /* RFC 4443 */
#define MSENDER_PROTOCOL_NO_NEXT 59    /* RFC 8200 §4.7 */
#define MSENDER_PROTOCOL_DESTINATION 60 /* RFC 8200 §4.6 */
#define MSENDER_PROTOCOL_PIM 103       /* RFC 7761 §4.9 */
#define MSENDER_PROTOCOL_MOBILITY 135  /* RFC 6275 §6.1 */
#define MSENDER_PROTOCOL_HIP 139       /* RFC 7401 §5.1 */
#define MSENDER_PROTOCOL_SHIM6 140     /* RFC 5533 §5.1 */

/* Extension headers of a unicast packet behind which PIM is looked for; each kind comes once or twice (RFC 8200 §4.1). */
#define MSENDER_EXTENSIONS_MAX 8

enum msender_action {
	MSENDER_PASS,
	MSENDER_DROP,
	MSENDER_DELIVER, /* mark: deliver locally, never forward */
};

/* A packet as an internal interface received it: its TTL or hop limit is not decremented yet. */
struct msender_packet {
	const struct iphdr *ip;	    /* IPv4: its first 20 bytes, or NULL when it has fewer */
	const struct ipv6hdr *ipv6; /* IPv6: its first 40 bytes, or NULL when it has fewer */
	__u32 length;		    /* bytes, link header included */
	const void *context;	    /* whatever the look-ups need to find out more, and to find their tables */
};

struct msender_verdict {
	enum msender_action action;
	enum msender_reason reason;
	int monitored;		 /* 1 when it would have been another action if the interface were not only monitored */
	struct msender_ctl *ctl; /* of the registered sender whose counters change, or NULL */
};

/* Finds the sender that is registered for this (S,G), or NULL. */
static __always_inline struct msender_ctl *msender_find(const struct msender_packet *packet, const struct msender_key *key);
static __always_inline struct msender_ctl *msender_find6(const struct msender_packet *packet, const struct msender_key6 *key);
/* Finds the most specific sender that stands for this (S,G) among others, or NULL. */
static __always_inline struct msender_ctl *msender_find_wildcard(const struct msender_packet *packet,
								 const struct msender_key *key);
static __always_inline struct msender_ctl *msender_find_wildcard6(const struct msender_packet *packet,
								  const struct msender_key6 *key);
/* Tells whether any interface may be monitored. */
static __always_inline int msender_may_monitor(const struct msender_packet *packet);
/* Finds the interface that received the packet, or NULL when it is not known. */
static __always_inline const struct msender_interface *msender_find_interface(const struct msender_packet *packet);
/* Tells whether the mrouter itself listens to the group although its senders are not registered. */
static __always_inline int msender_is_observed(const struct msender_packet *packet, __be32 group);
static __always_inline int msender_is_observed6(const struct msender_packet *packet, const __be32 *group);
/* Tells whether the host may send unicast PIM. */
static __always_inline int msender_is_pim_neighbour(const struct msender_packet *packet, __be32 source);
static __always_inline int msender_is_pim_neighbour6(const struct msender_packet *packet, const __be32 *source);
/* Tells whether the packet's Ethernet header, which it has, names this source. */
static __always_inline int msender_has_mac(const struct msender_packet *packet, const __u8 *mac);
/* Copies bytes that lie `offset` bytes behind the start of the IPv6 header; 0, or not 0 when the packet has fewer. */
static __always_inline int msender_load(const struct msender_packet *packet, __u32 offset, void *to, __u32 length);
/* CLOCK_MONOTONIC to within a tick, and to the nanosecond. */
static __always_inline __u64 msender_tick_ns(void);
static __always_inline __u64 msender_now_ns(void);

static __always_inline struct msender_verdict msender_decide(enum msender_action action, enum msender_reason reason,
							     struct msender_ctl *ctl)
{
	struct msender_verdict verdict = { action, reason, 0, ctl };

	return verdict;
}

static __always_inline int msender_is_spoofed(const struct msender_ctl *ctl, const struct msender_packet *packet)
{
	const struct msender_interface *interface;

	if (!ctl->binding && !(ctl->flags & MSENDER_MAC))
		return 0;
	interface = msender_find_interface(packet);
	if (!interface)
		return 1;
	if (ctl->binding && ctl->binding != interface->binding)
		return 1;
	if (!(ctl->flags & MSENDER_MAC))
		return 0;
	return !(interface->flags & MSENDER_ETHERNET) || !msender_has_mac(packet, ctl->mac);
}

/*
 * The generic cell rate algorithm in bytes: `due_ns` runs ahead of the clock by what was sent, and may be ahead by the burst.
 *
 * Without a lock: every passed packet adds its own share, so that the rate holds in the long run, and CPUs that decide at
 * the same moment exceed the burst by one packet each at most. The product stays below 2^64, because `due_ns` is never
 * ahead by more than the burst, as long as it begins at 0 whenever rate or burst changes.
 */
static __always_inline int msender_conforms(struct msender_ctl *ctl, __u32 length)
{
	__u64 now = msender_now_ns(), due = ctl->due_ns, cost = length * MSENDER_NS_PER_SECOND / ctl->rate;

	if (due < now) {
		__sync_val_compare_and_swap(&ctl->due_ns, due, now);
		due = now;
	}
	if ((due - now + cost) * ctl->rate > ctl->burst * MSENDER_NS_PER_SECOND)
		return 0;
	__sync_fetch_and_add(&ctl->due_ns, cost);
	return 1;
}

/* The reason for which a registered sender may or may not send this packet; a refused one uses up nothing of the rate. */
static __always_inline enum msender_reason msender_check(struct msender_ctl *ctl, const struct msender_packet *packet,
							 __u8 ttl)
{
	if (ctl->expires_ns && msender_tick_ns() >= ctl->expires_ns)
		return MSENDER_EXPIRED;
	if (ttl > ctl->max_ttl)
		return MSENDER_TTL;
	if (msender_is_spoofed(ctl, packet))
		return MSENDER_SPOOF;
	if (ctl->rate && !msender_conforms(ctl, packet->length))
		return MSENDER_RATE;
	return MSENDER_PERMITTED;
}

static __always_inline struct msender_verdict msender_judge_sender(struct msender_ctl *ctl,
								   const struct msender_packet *packet, __u8 ttl)
{
	enum msender_reason reason = msender_check(ctl, packet, ttl);

	return msender_decide(reason == MSENDER_PERMITTED ? MSENDER_PASS : MSENDER_DROP, reason, ctl);
}

static __always_inline int msender_is_multicast(__be32 address)
{
	return (address & MSENDER_BE32(0xf0000000)) == MSENDER_BE32(0xe0000000);
}

static __always_inline int msender_is_link_local(__be32 group)
{
	return (group & MSENDER_BE32(0xffffff00)) == MSENDER_BE32(0xe0000000);
}

/*
 * Reports of IGMPv1 and v2 and queries for one group go to that group (RFC 2236 §9), with one hop: nobody forwards them.
 * Who may receive is no question of who may send.
 */
static __always_inline int msender_is_membership(const struct iphdr *ip)
{
	return ip->protocol == MSENDER_PROTOCOL_IGMP && ip->ttl == 1;
}

static __always_inline struct msender_verdict msender_judge_unicast(const struct msender_packet *packet)
{
	const struct iphdr *ip = packet->ip;

	if (ip->protocol == MSENDER_PROTOCOL_PIM && !msender_is_pim_neighbour(packet, ip->saddr))
		return msender_decide(MSENDER_DROP, MSENDER_REGISTER, 0);
	return msender_decide(MSENDER_PASS, MSENDER_UNICAST, 0);
}

static __always_inline struct msender_verdict msender_judge_multicast(const struct msender_packet *packet)
{
	struct msender_key key = { packet->ip->saddr, packet->ip->daddr };
	struct msender_ctl *ctl;

	if (msender_is_link_local(key.group))
		return msender_decide(MSENDER_PASS, MSENDER_LINK_LOCAL, 0);
	/* Where the mrouter itself is a receiver, its kernel would take the report for data of the group. */
	if (msender_is_membership(packet->ip) && !msender_is_observed(packet, key.group))
		return msender_decide(MSENDER_PASS, MSENDER_MEMBERSHIP, 0);
	ctl = msender_find(packet, &key);
	if (!ctl)
		ctl = msender_find_wildcard(packet, &key);
	if (ctl)
		return msender_judge_sender(ctl, packet, packet->ip->ttl);
	if (msender_is_observed(packet, key.group))
		return msender_decide(MSENDER_DELIVER, MSENDER_OBSERVED, 0);
	return msender_decide(MSENDER_DROP, MSENDER_UNKNOWN, 0);
}

static __always_inline struct msender_verdict msender_enforce(const struct msender_packet *packet)
{
	const struct iphdr *ip = packet->ip;

	if (!ip || ip->version != 4 || ip->ihl < 5)
		return msender_decide(MSENDER_DROP, MSENDER_MALFORMED, 0);
	if (!msender_is_multicast(ip->daddr))
		return msender_judge_unicast(packet);
	return msender_judge_multicast(packet);
}

/* Source and group as they lie in the header, one behind the other (RFC 8200 §3). */
static __always_inline const struct msender_key6 *msender_key6_of(const struct msender_packet *packet)
{
	return (const struct msender_key6 *)&packet->ipv6->saddr;
}

static __always_inline int msender_is_multicast6(const __be32 *address)
{
	return (address[0] & MSENDER_BE32(0xff000000)) == MSENDER_BE32(0xff000000);
}

/* Reserved, interface-local or link-local scope (RFC 4291 §2.7): routers forward none of it. */
static __always_inline int msender_is_link_local6(const __be32 *group)
{
	__be32 scope = group[0] & MSENDER_BE32(0x000f0000);

	return scope == MSENDER_BE32(0x00000000) || scope == MSENDER_BE32(0x00010000) || scope == MSENDER_BE32(0x00020000);
}

/*
 * The same for MLD (RFC 2710 §3, RFC 3810 §5): one hop, and only the Router Alert of value 0 (RFC 2711 §2.1) before it, alone or
 * behind two bytes of padding. The kernel keeps from forwarding what carries that option.
 */
static __always_inline int msender_is_membership6(const struct msender_packet *packet)
{
	__u8 bytes[9]; /* next header, length, 6 bytes of options; type of the ICMPv6 message */
	__u8 *option = bytes + 2;

	if (packet->ipv6->hop_limit != 1 || packet->ipv6->nexthdr != MSENDER_PROTOCOL_HOP_BY_HOP)
		return 0;
	if (msender_load(packet, sizeof(struct ipv6hdr), bytes, sizeof(bytes)))
		return 0;
	if (bytes[0] != MSENDER_PROTOCOL_ICMPV6 || bytes[1] != 0)
		return 0;
	if (option[0] <= 1 && option[1] == 0)
		option += 2;
	if (option[0] != 5 || option[1] != 2 || option[2] != 0 || option[3] != 0)
		return 0;
	return (bytes[8] >= 130 && bytes[8] <= 132) || bytes[8] == 143;
}

static __always_inline int msender_is_extension(__u8 protocol)
{
	switch (protocol) {
	case MSENDER_PROTOCOL_HOP_BY_HOP:
	case MSENDER_PROTOCOL_ROUTING:
	case MSENDER_PROTOCOL_FRAGMENT:
	case MSENDER_PROTOCOL_AH:
	case MSENDER_PROTOCOL_DESTINATION:
	case MSENDER_PROTOCOL_MOBILITY:
	case MSENDER_PROTOCOL_HIP:
	case MSENDER_PROTOCOL_SHIM6:
		return 1;
	default:
		return 0;
	}
}

/*
 * The protocol behind the extension headers (RFC 8200 §4), or -1 when the packet ends before it or has too many of them. Of
 * a fragment that is not the first it does not matter: nobody puts it together without the first, which has them all (RFC 7112).
 */
static __always_inline int msender_find_protocol6(const struct msender_packet *packet)
{
	__u32 offset = sizeof(struct ipv6hdr);
	__u8 protocol = packet->ipv6->nexthdr;
	__u8 header[4]; /* next header, length; fragment offset and flags */

	for (int i = 0; i < MSENDER_EXTENSIONS_MAX && msender_is_extension(protocol); i++) {
		if (msender_load(packet, offset, header, sizeof(header)))
			return -1;
		if (protocol == MSENDER_PROTOCOL_FRAGMENT) {
			if (header[2] || header[3] & 0xf8)
				return MSENDER_PROTOCOL_NO_NEXT;
			offset += 8;
		} else if (protocol == MSENDER_PROTOCOL_AH) {
			offset += (header[1] + 2) * 4;
		} else {
			offset += (header[1] + 1) * 8;
		}
		protocol = header[0];
	}
	return msender_is_extension(protocol) ? -1 : protocol;
}

static __always_inline struct msender_verdict msender_judge_unicast6(const struct msender_packet *packet)
{
	int protocol = msender_find_protocol6(packet);

	if (protocol < 0)
		return msender_decide(MSENDER_DROP, MSENDER_MALFORMED, 0);
	if (protocol == MSENDER_PROTOCOL_PIM && !msender_is_pim_neighbour6(packet, msender_key6_of(packet)->source))
		return msender_decide(MSENDER_DROP, MSENDER_REGISTER, 0);
	return msender_decide(MSENDER_PASS, MSENDER_UNICAST, 0);
}

static __always_inline struct msender_verdict msender_judge_multicast6(const struct msender_packet *packet)
{
	const struct msender_key6 *key = msender_key6_of(packet);
	struct msender_ctl *ctl;

	if (msender_is_link_local6(key->group))
		return msender_decide(MSENDER_PASS, MSENDER_LINK_LOCAL, 0);
	if (msender_is_membership6(packet))
		return msender_decide(MSENDER_PASS, MSENDER_MEMBERSHIP, 0);
	ctl = msender_find6(packet, key);
	if (!ctl)
		ctl = msender_find_wildcard6(packet, key);
	if (ctl)
		return msender_judge_sender(ctl, packet, packet->ipv6->hop_limit);
	if (msender_is_observed6(packet, key->group))
		return msender_decide(MSENDER_DELIVER, MSENDER_OBSERVED, 0);
	return msender_decide(MSENDER_DROP, MSENDER_UNKNOWN, 0);
}

static __always_inline struct msender_verdict msender_enforce6(const struct msender_packet *packet)
{
	if (packet->ipv6->version != 6)
		return msender_decide(MSENDER_DROP, MSENDER_MALFORMED, 0);
	if (!msender_is_multicast6(msender_key6_of(packet)->group))
		return msender_judge_unicast6(packet);
	return msender_judge_multicast6(packet);
}

/**
 * msender_judge() - decide about an IPv4 or IPv6 packet that an internal interface received
 *
 * Return: what to do, why, and whose counters to change.
 */
static __always_inline struct msender_verdict msender_judge(const struct msender_packet *packet)
{
	struct msender_verdict verdict = packet->ipv6 ? msender_enforce6(packet) : msender_enforce(packet);
	const struct msender_interface *interface;

	if (verdict.action == MSENDER_PASS || !msender_may_monitor(packet))
		return verdict;
	interface = msender_find_interface(packet);
	if (!interface || !(interface->flags & MSENDER_MONITOR))
		return verdict;
	verdict.action = MSENDER_PASS;
	verdict.monitored = 1;
	return verdict;
}

#endif
