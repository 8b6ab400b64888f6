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

#define MSENDER_PROTOCOL_PIM 103 /* RFC 7761 §4.9 */
#define MSENDER_NS_PER_SECOND 1000000000ULL

enum msender_action {
	MSENDER_PASS,
	MSENDER_DROP,
	MSENDER_DELIVER, /* mark: deliver locally, never forward */
};

/* A packet as an internal interface received it: its TTL is not decremented yet. */
struct msender_packet {
	const struct iphdr *ip; /* its first 20 bytes, NULL when it has fewer */
	__u32 length;		/* bytes, link header included */
	const void *context;	/* whatever the look-ups need to find out more, and to find their tables */
};

struct msender_verdict {
	enum msender_action action;
	enum msender_reason reason;
	int monitored;		 /* 1 when it would have been another action if the interface were not only monitored */
	struct msender_ctl *ctl; /* of the registered sender whose counters change, or NULL */
};

/* Finds the sender that is registered for this (S,G), or NULL. */
static __always_inline struct msender_ctl *msender_find(const struct msender_packet *packet, const struct msender_key *key);
/* Finds the most specific sender that stands for this (S,G) among others, or NULL. */
static __always_inline struct msender_ctl *msender_find_wildcard(const struct msender_packet *packet,
								 const struct msender_key *key);
/* Tells whether any interface may be monitored. */
static __always_inline int msender_may_monitor(const struct msender_packet *packet);
/* Finds the interface that received the packet, or NULL when it is not known. */
static __always_inline const struct msender_interface *msender_find_interface(const struct msender_packet *packet);
/* Tells whether the mrouter itself listens to the group although its senders are not registered. */
static __always_inline int msender_is_observed(const struct msender_packet *packet, __be32 group);
/* Tells whether the host may send unicast PIM. */
static __always_inline int msender_is_pim_neighbour(const struct msender_packet *packet, __be32 source);
/* Tells whether the packet's Ethernet header, which it has, names this source. */
static __always_inline int msender_has_mac(const struct msender_packet *packet, const __u8 *mac);
/* CLOCK_MONOTONIC to within a tick, and to the nanosecond. */
static __always_inline __u64 msender_tick_ns(void);
static __always_inline __u64 msender_now_ns(void);

static __always_inline struct msender_verdict msender_decide(enum msender_action action, enum msender_reason reason,
							     struct msender_ctl *ctl)
{
	struct msender_verdict verdict = { action, reason, 0, ctl };

	return verdict;
}

static __always_inline int msender_is_multicast(__be32 address)
{
	return (address & MSENDER_BE32(0xf0000000)) == MSENDER_BE32(0xe0000000);
}

static __always_inline int msender_is_link_local(__be32 group)
{
	return (group & MSENDER_BE32(0xffffff00)) == MSENDER_BE32(0xe0000000);
}

static __always_inline struct msender_verdict msender_judge_unicast(const struct msender_packet *packet)
{
	const struct iphdr *ip = packet->ip;

	if (ip->protocol == MSENDER_PROTOCOL_PIM && !msender_is_pim_neighbour(packet, ip->saddr))
		return msender_decide(MSENDER_DROP, MSENDER_REGISTER, 0);
	return msender_decide(MSENDER_PASS, MSENDER_UNICAST, 0);
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
static __always_inline enum msender_reason msender_check(struct msender_ctl *ctl, const struct msender_packet *packet)
{
	if (ctl->expires_ns && msender_tick_ns() >= ctl->expires_ns)
		return MSENDER_EXPIRED;
	if (packet->ip->ttl > ctl->max_ttl)
		return MSENDER_TTL;
	if (msender_is_spoofed(ctl, packet))
		return MSENDER_SPOOF;
	if (ctl->rate && !msender_conforms(ctl, packet->length))
		return MSENDER_RATE;
	return MSENDER_PERMITTED;
}

static __always_inline struct msender_verdict msender_judge_multicast(const struct msender_packet *packet)
{
	struct msender_key key = { packet->ip->saddr, packet->ip->daddr };
	struct msender_ctl *ctl;
	enum msender_reason reason;

	if (msender_is_link_local(key.group))
		return msender_decide(MSENDER_PASS, MSENDER_LINK_LOCAL, 0);
	ctl = msender_find(packet, &key);
	if (!ctl)
		ctl = msender_find_wildcard(packet, &key);
	if (ctl) {
		reason = msender_check(ctl, packet);
		return msender_decide(reason == MSENDER_PERMITTED ? MSENDER_PASS : MSENDER_DROP, reason, ctl);
	}
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

/**
 * msender_judge() - decide about an IPv4 packet that an internal interface received
 *
 * Return: what to do, why, and whose counters to change.
 */
static __always_inline struct msender_verdict msender_judge(const struct msender_packet *packet)
{
	struct msender_verdict verdict = msender_enforce(packet);
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
