/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The decision about one packet, as one pure function.
 *
 * Compiled into the eBPF filter, the loadable module and the unit tests, so that they cannot disagree. Whoever includes
 * this file defines the three look-ups below; they are called only when their answer matters.
 */
#ifndef MSENDER_VERDICT_H
#define MSENDER_VERDICT_H

#include <linux/ip.h>
#include <linux/types.h>

#include "msender.h"

#ifndef __always_inline
#define __always_inline inline __attribute__((always_inline))
#endif

#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define MSENDER_BE32(x) ((__be32)__builtin_bswap32(x))
#else
#define MSENDER_BE32(x) ((__be32)(x))
#endif

#define MSENDER_PROTOCOL_PIM 103 /* RFC 7761 §4.9 */

enum msender_action {
	MSENDER_PASS,
	MSENDER_DROP,
	MSENDER_DELIVER, /* mark: deliver locally, never forward */
};

struct msender_verdict {
	enum msender_action action;
	enum msender_reason reason;
	struct msender_ctl *ctl; /* of the registered sender whose counters change, or NULL */
};

/* Finds the registered sender, or NULL. */
static __always_inline struct msender_ctl *msender_find(const struct msender_key *key);
/* Tells whether the mrouter itself listens to the group although its senders are not registered. */
static __always_inline int msender_is_observed(__be32 group);
/* Tells whether the host may send unicast PIM. */
static __always_inline int msender_is_pim_neighbour(__be32 source);

static __always_inline struct msender_verdict msender_decide(enum msender_action action, enum msender_reason reason,
							     struct msender_ctl *ctl)
{
	struct msender_verdict verdict = { action, reason, ctl };

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

static __always_inline struct msender_verdict msender_judge_unicast(const struct iphdr *ip)
{
	if (ip->protocol == MSENDER_PROTOCOL_PIM && !msender_is_pim_neighbour(ip->saddr))
		return msender_decide(MSENDER_DROP, MSENDER_REGISTER, 0);
	return msender_decide(MSENDER_PASS, MSENDER_UNICAST, 0);
}

/**
 * msender_judge() - decide about an IPv4 packet that an internal interface received
 * @ip: its first 20 bytes, as they arrived: the TTL is not decremented yet
 *
 * Return: what to do, why, and whose counters to change.
 */
static __always_inline struct msender_verdict msender_judge(const struct iphdr *ip)
{
	struct msender_key key = { ip->saddr, ip->daddr };
	struct msender_ctl *ctl;

	if (ip->version != 4 || ip->ihl < 5)
		return msender_decide(MSENDER_DROP, MSENDER_MALFORMED, 0);
	if (!msender_is_multicast(ip->daddr))
		return msender_judge_unicast(ip);
	if (msender_is_link_local(ip->daddr))
		return msender_decide(MSENDER_PASS, MSENDER_LINK_LOCAL, 0);

	ctl = msender_find(&key);
	if (ctl && ip->ttl > ctl->max_ttl)
		return msender_decide(MSENDER_DROP, MSENDER_TTL, ctl);
	if (ctl)
		return msender_decide(MSENDER_PASS, MSENDER_PERMITTED, ctl);
	if (msender_is_observed(ip->daddr))
		return msender_decide(MSENDER_DELIVER, MSENDER_OBSERVED, 0);
	return msender_decide(MSENDER_DROP, MSENDER_UNKNOWN, 0);
}

#endif
