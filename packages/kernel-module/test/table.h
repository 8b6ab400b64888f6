/* SPDX-License-Identifier: GPL-2.0-only */
/* One entry of each kind as the look-ups of verdict.h, and how many of them were made. */
#ifndef TABLE_H
#define TABLE_H

#include <arpa/inet.h>
#include <stdint.h>
#include <string.h>

#include "../include/verdict.h"
#include "tap.h"

static struct {
	struct msender_key key;
	struct msender_ctl ctl;
	struct msender_ctl wildcard;
	__be32 wildcard_group;
	__be32 observed;
	__be32 pim_neighbour;
	struct msender_key6 key6;
	__be32 wildcard_group6[4], observed6[4], pim_neighbour6[4];
	const __u8 *behind; /* the IPv6 header */
	__u32 behind_length;
	struct msender_interface interface;
	int has_interface, may_monitor;
	__u8 mac[6];
	__u64 now_ns;
	int lookups;
} table;

static inline struct msender_ctl *msender_find(const struct msender_packet *packet, const struct msender_key *key)
{
	table.lookups++;
	return memcmp(key, &table.key, sizeof(*key)) ? NULL : &table.ctl;
}

static inline struct msender_ctl *msender_find_wildcard(const struct msender_packet *packet, const struct msender_key *key)
{
	table.lookups++;
	return key->group == table.wildcard_group ? &table.wildcard : NULL;
}

static inline struct msender_ctl *msender_find6(const struct msender_packet *packet, const struct msender_key6 *key)
{
	table.lookups++;
	return memcmp(key, &table.key6, sizeof(*key)) ? NULL : &table.ctl;
}

static inline struct msender_ctl *msender_find_wildcard6(const struct msender_packet *packet, const struct msender_key6 *key)
{
	table.lookups++;
	return memcmp(key->group, table.wildcard_group6, sizeof(key->group)) ? NULL : &table.wildcard;
}

static inline int msender_is_observed6(const struct msender_packet *packet, const __be32 *group)
{
	table.lookups++;
	return !memcmp(group, table.observed6, sizeof(table.observed6));
}

static inline int msender_is_pim_neighbour6(const struct msender_packet *packet, const __be32 *source)
{
	table.lookups++;
	return !memcmp(source, table.pim_neighbour6, sizeof(table.pim_neighbour6));
}

static inline int msender_load(const struct msender_packet *packet, __u32 offset, void *to, __u32 length)
{
	table.lookups++;
	if (offset < 40 || offset - 40 + length > table.behind_length)
		return -1;
	memcpy(to, table.behind + offset - 40, length);
	return 0;
}

static inline int msender_may_monitor(const struct msender_packet *packet)
{
	return table.may_monitor;
}

static inline const struct msender_interface *msender_find_interface(const struct msender_packet *packet)
{
	table.lookups++;
	return table.has_interface ? &table.interface : NULL;
}

static inline int msender_is_observed(const struct msender_packet *packet, __be32 group)
{
	table.lookups++;
	return group == table.observed;
}

static inline int msender_is_pim_neighbour(const struct msender_packet *packet, __be32 source)
{
	table.lookups++;
	return source == table.pim_neighbour;
}

static inline int msender_has_mac(const struct msender_packet *packet, const __u8 *mac)
{
	return !memcmp(mac, table.mac, 6);
}

static inline __u64 msender_tick_ns(void)
{
	return table.now_ns;
}

static inline __u64 msender_now_ns(void)
{
	return table.now_ns;
}

static inline int is(struct msender_verdict verdict, enum msender_action action, enum msender_reason reason)
{
	return verdict.action == action && verdict.reason == reason;
}

#endif
