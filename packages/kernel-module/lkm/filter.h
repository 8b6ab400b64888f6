/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The filter of one network namespace, and what its parts offer each other.
 *
 * Packets are judged under rcu_read_lock and take no lock but that of one set of refused rows. Control takes the mutex of
 * the namespace; what concerns interfaces takes RTNL before it.
 */
#ifndef MSENDER_FILTER_H
#define MSENDER_FILTER_H

#include <linux/if.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/netfilter.h>
#include <linux/rhashtable.h>
#include <linux/uidgid.h>
#include <linux/xarray.h>
#include <net/net_namespace.h>

#include "../include/msender.h"

#ifndef CONFIG_64BIT
#error "counters are read without a lock, which needs a 64-bit kernel"
#endif
#ifndef CONFIG_NETFILTER_INGRESS
#error "packets are judged at netfilter's ingress hook: CONFIG_NETFILTER_INGRESS is needed"
#endif

#define MSENDER_GROUP_LENGTH_MIN_IPV4 4 /* 224.0.0.0/4 */
#define MSENDER_GROUP_LENGTH_MIN_IPV6 8 /* ff00::/8 */
#define MSENDER_GROUP_LENGTH_MAX 128	/* bits */
#define MSENDER_SENDERS_LIMIT 4194304	/* entries that senders_max may be at most */

/* An IPv4 address has 12 zero bytes behind it. */
union msender_address {
	__be32 ipv4;
	__be32 words[4];
	u8 bytes[16];
};

/* What a sender is found by; compared and hashed as bytes, so it has no padding. */
struct msender_entry_key {
	u16 family; /* AF_INET, AF_INET6 */
	u16 length; /* bits of the group that count */
	union msender_address source; /* zeros: any */
	union msender_address group;
};

struct msender_entry {
	struct rhash_head node;
	struct msender_entry_key key;
	u32 index; /* in msender_table.order */
	struct msender_ctl ctl;
	char interface[IFNAMSIZ]; /* behind ctl.binding, empty when there is none */
	struct rcu_head rcu;
};

/* Whose group lengths are in use; a bit is set before the first entry is there, and cleared after the last is gone. */
struct msender_lengths {
	DECLARE_BITMAP(used, MSENDER_GROUP_LENGTH_MAX + 1);
	u32 entries[MSENDER_GROUP_LENGTH_MAX + 1];
};

enum msender_wildcard_kind {
	MSENDER_WILDCARD_OWN_SOURCE,
	MSENDER_WILDCARD_ANY_SOURCE,
	MSENDER_WILDCARD_KINDS,
};

/* How many entries one address family has. */
struct msender_family {
	struct msender_lengths lengths[MSENDER_WILDCARD_KINDS];
	u32 plain, wildcards; /* entries */
};

struct msender_table {
	struct rhashtable entries;
	struct xarray order; /* the same entries; a dump goes on where it stopped, whatever came and went */
	struct msender_family ipv4, ipv6;
	u32 plain_max;	/* entries of each family */
	u32 generation; /* changes with every entry that comes or goes */
};

int msender_table_init(struct msender_table *table, u32 plain_max);
/* Context: no packet is judged by the table any more. */
void msender_table_free(struct msender_table *table);
/* Finds under rcu_read_lock or the mutex. */
struct msender_entry *msender_table_find(struct msender_table *table, const struct msender_entry_key *key);
/* Finds the most specific entry that stands for this (S,G) among others; the same. */
struct msender_entry *msender_table_find_wildcard(struct msender_table *table, const struct msender_entry_key *key);
/* Registers, or replaces what a registered one may do; -E2BIG when full. */
int msender_table_add(struct msender_table *table, const struct msender_entry_key *key, const struct msender_ctl *policy,
		      const char *interface);
/* Returns -ENOENT when there is no such entry. */
int msender_table_remove(struct msender_table *table, const struct msender_entry_key *key);
int msender_entry_cache_create(void);
void msender_entry_cache_destroy(void);

/* A refused (interface, S, G); no padding. */
struct msender_refused_key {
	u32 ifindex;
	u32 family;
	union msender_address source;
	union msender_address group;
};

struct msender_refused {
	struct msender_refused_key key;
	struct msender_denied counts;
};

struct msender_refused_table;

/* Each family has a table of its own: a flood of one drives nothing out of the other's. */
enum msender_refused_family {
	MSENDER_IPV4,
	MSENDER_IPV6,
	MSENDER_REFUSED_FAMILIES,
};

struct msender_refused_table *msender_refused_create(void);
void msender_refused_free(struct msender_refused_table *table);
/* Whether a new row would be begun; the row counts what `packet` counts, which has one packet. */
void msender_refused_count(struct msender_refused_table *table, const struct msender_refused_key *key,
			   const struct msender_denied *packet, bool (*may_begin)(void *context), void *context);
/* Copies the first row at or behind the position, which it advances; false at the end. */
bool msender_refused_next(struct msender_refused_table *table, unsigned long *position, struct msender_refused *row);

/* Members of a set are replaced together; the set is immutable. */
struct msender_set {
	struct rcu_head rcu;
	u64 last_octets; /* bit n when the last octet of a member is n modulo 64 */
	u32 count;
	struct {
		u16 family;
		union msender_address address;
	} members[];
};

struct msender_counts {
	struct msender_count judged[MSENDER_REASONS];
	struct msender_count monitored[MSENDER_REASONS];
	struct msender_new_denied new_denied;
};

struct msender_filter {
	struct net *net;
	kuid_t owner; /* INVALID_UID: nobody */
	struct msender_table table;
	struct msender_refused_table *refused[MSENDER_REFUSED_FAMILIES];
	struct msender_counts __percpu *counts;
	struct msender_set __rcu *observed;
	struct msender_set __rcu *neighbours;
	struct list_head attachments; /* changed under RTNL and the mutex, read under either */
	u32 attachment_count;
};

/* An internal interface. It is kept when the interface goes, and the filter is on it again before it can be up again. */
struct msender_attachment {
	struct list_head list;
	struct msender_filter *filter;
	struct net_device *dev; /* NULL while there is no such interface */
	struct nf_hook_ops hook;
	struct msender_interface interface;
	struct rcu_head rcu;
};

/* What each network namespace has, with or without a filter. */
struct msender_net {
	struct mutex lock;
	struct msender_filter *filter; /* NULL: none; written under RTNL and the mutex, read under either */
};

struct msender_net *msender_net_of(struct net *net);

/* Judges a packet; at netfilter's ingress hook, `priv` is the attachment. */
unsigned int msender_ingress(void *priv, struct sk_buff *skb, const struct nf_hook_state *state);

/* Makes a filter without senders, which judges nothing yet. */
struct msender_filter *msender_filter_create(struct net *net, u32 senders_max);
/* Detaches and frees it. Context: RTNL. */
void msender_filter_free(struct msender_filter *filter);
/* Replaces a set of a filter by another, or by none. */
void msender_set_replace(struct msender_set __rcu **place, struct msender_set *set);

/* Attaches the filter to the interface of this name as long as there is one. Context: RTNL. */
int msender_attach(struct msender_filter *filter, const char *name, bool is_monitored);
/* Returns -ENOENT when the interface is not internal. */
int msender_set_monitored(struct msender_filter *filter, const char *name, bool is_monitored);
/* Returns -ENOENT when the interface is not internal. Context: RTNL. */
int msender_detach(struct msender_filter *filter, const char *name);
void msender_detach_all(struct msender_filter *filter);
/* FNV-1a of the name, and 1 instead of 0. */
u32 msender_binding_of(const char *name);
extern struct notifier_block msender_device_notifier;

#endif
