// SPDX-License-Identifier: GPL-2.0-only
/* The senders of one network namespace, wildcards among them. */
#include <linux/slab.h>

#include "filter.h"

static struct kmem_cache *entry_cache;

static const struct rhashtable_params entry_params = {
	.head_offset = offsetof(struct msender_entry, node),
	.key_offset = offsetof(struct msender_entry, key),
	.key_len = sizeof(struct msender_entry_key),
	.automatic_shrinking = true,
};

int msender_entry_cache_create(void)
{
	entry_cache = KMEM_CACHE(msender_entry, 0);
	return entry_cache ? 0 : -ENOMEM;
}

/* Complains in the kernel log when an entry was not freed. */
void msender_entry_cache_destroy(void)
{
	rcu_barrier();
	kmem_cache_destroy(entry_cache);
}

static void free_entry(struct rcu_head *head)
{
	kmem_cache_free(entry_cache, container_of(head, struct msender_entry, rcu));
}

static void free_entry_now(void *entry, void *unused)
{
	kmem_cache_free(entry_cache, entry);
}

int msender_table_init(struct msender_table *table, u32 plain_max)
{
	xa_init_flags(&table->order, XA_FLAGS_ALLOC);
	table->plain_max = plain_max;
	return rhashtable_init(&table->entries, &entry_params);
}

void msender_table_free(struct msender_table *table)
{
	xa_destroy(&table->order);
	rhashtable_free_and_destroy(&table->entries, free_entry_now, NULL);
}

struct msender_entry *msender_table_find(struct msender_table *table, const struct msender_entry_key *key)
{
	return rhashtable_lookup(&table->entries, key, entry_params);
}

static bool is_any(const union msender_address *address)
{
	return !(address->words[0] | address->words[1] | address->words[2] | address->words[3]);
}

static u16 length_of(u16 family)
{
	return family == AF_INET ? 32 : 128;
}

static bool is_wildcard(const struct msender_entry_key *key)
{
	return key->length < length_of(key->family) || is_any(&key->source);
}

static struct msender_family *family_of(struct msender_table *table, const struct msender_entry_key *key)
{
	return key->family == AF_INET ? &table->ipv4 : &table->ipv6;
}

static struct msender_lengths *lengths_of(struct msender_family *family, const struct msender_entry_key *key)
{
	return &family->lengths[is_any(&key->source) ? MSENDER_WILDCARD_ANY_SOURCE : MSENDER_WILDCARD_OWN_SOURCE];
}

static void mask_group(struct msender_entry_key *key, u16 length)
{
	unsigned int octet = length / 8;

	key->length = length;
	if (octet == sizeof(key->group))
		return;
	key->group.bytes[octet] &= 0xff00 >> length % 8;
	memset(key->group.bytes + octet + 1, 0, sizeof(key->group) - octet - 1);
}

/* Longest first; each mask only clears bits that the one before it left. At most MSENDER_GROUP_LENGTH_MAX rounds. */
static struct msender_entry *find_longest(struct msender_table *table, const struct msender_lengths *lengths,
					  struct msender_entry_key key)
{
	unsigned long length = MSENDER_GROUP_LENGTH_MAX + 1;
	struct msender_entry *entry;

	for (;;) {
		unsigned long longest = find_last_bit(lengths->used, length);

		if (longest == length)
			return NULL;
		mask_group(&key, longest);
		entry = msender_table_find(table, &key);
		if (entry)
			return entry;
		length = longest;
	}
}

struct msender_entry *msender_table_find_wildcard(struct msender_table *table, const struct msender_entry_key *key)
{
	const struct msender_family *family = family_of(table, key);
	struct msender_entry_key any = *key;
	struct msender_entry *entry;

	if (!READ_ONCE(family->wildcards))
		return NULL;
	entry = find_longest(table, &family->lengths[MSENDER_WILDCARD_OWN_SOURCE], *key);
	if (entry)
		return entry;
	memset(&any.source, 0, sizeof(any.source));
	return find_longest(table, &family->lengths[MSENDER_WILDCARD_ANY_SOURCE], any);
}

static bool is_full(struct msender_table *table, const struct msender_entry_key *key)
{
	const struct msender_family *family = family_of(table, key);

	return is_wildcard(key) ? family->wildcards >= MSENDER_WILDCARDS_MAX : family->plain >= table->plain_max;
}

/* Before the entry is there: a packet must not be able to miss it. */
static void count_in(struct msender_table *table, const struct msender_entry_key *key)
{
	struct msender_family *family = family_of(table, key);
	struct msender_lengths *lengths = lengths_of(family, key);

	table->generation++;
	if (!is_wildcard(key)) {
		family->plain++;
		return;
	}
	if (!lengths->entries[key->length]++)
		set_bit(key->length, lengths->used);
	WRITE_ONCE(family->wildcards, family->wildcards + 1);
}

static void count_out(struct msender_table *table, const struct msender_entry_key *key)
{
	struct msender_family *family = family_of(table, key);
	struct msender_lengths *lengths = lengths_of(family, key);

	table->generation++;
	if (!is_wildcard(key)) {
		family->plain--;
		return;
	}
	if (!--lengths->entries[key->length])
		clear_bit(key->length, lengths->used);
	WRITE_ONCE(family->wildcards, family->wildcards - 1);
}

static bool is_same_policy(const struct msender_entry *entry, const struct msender_ctl *policy, const char *interface)
{
	const struct msender_ctl *ctl = &entry->ctl;

	return ctl->max_ttl == policy->max_ttl && ctl->flags == policy->flags && !memcmp(ctl->mac, policy->mac, sizeof(ctl->mac)) &&
	       ctl->expires_ns == policy->expires_ns && ctl->rate == policy->rate && ctl->burst == policy->burst &&
	       ctl->binding == policy->binding && !strcmp(entry->interface, interface);
}

static void keep_counters(struct msender_ctl *ctl, const struct msender_ctl *before)
{
	ctl->packets = READ_ONCE(before->packets);
	ctl->bytes = READ_ONCE(before->bytes);
	ctl->refused = READ_ONCE(before->refused);
	ctl->last_ns = READ_ONCE(before->last_ns);
	/* What was sent at another rate says nothing about this one, and could overflow (msender_conforms). */
	if (ctl->rate == before->rate && ctl->burst == before->burst)
		ctl->due_ns = READ_ONCE(before->due_ns);
}

static struct msender_entry *make_entry(const struct msender_entry_key *key, const struct msender_ctl *policy,
					const char *interface)
{
	struct msender_entry *entry = kmem_cache_zalloc(entry_cache, GFP_KERNEL_ACCOUNT);

	if (!entry)
		return NULL;
	entry->key = *key;
	entry->ctl = *policy;
	strscpy(entry->interface, interface, sizeof(entry->interface));
	return entry;
}

static int insert(struct msender_table *table, struct msender_entry *entry)
{
	int error = xa_alloc(&table->order, &entry->index, entry, xa_limit_31b, GFP_KERNEL_ACCOUNT);

	if (error)
		return error;
	count_in(table, &entry->key);
	error = rhashtable_insert_fast(&table->entries, &entry->node, entry_params);
	if (!error)
		return 0;
	count_out(table, &entry->key);
	xa_erase(&table->order, entry->index);
	return error;
}

/* In one step: a packet is judged by the one or the other. What is counted in the old one after the copy is lost. */
static int replace(struct msender_table *table, struct msender_entry *before, struct msender_entry *entry)
{
	int error;

	keep_counters(&entry->ctl, &before->ctl);
	entry->index = before->index;
	error = rhashtable_replace_fast(&table->entries, &before->node, &entry->node, entry_params);
	if (error)
		return error;
	xa_store(&table->order, entry->index, entry, GFP_KERNEL_ACCOUNT);
	call_rcu(&before->rcu, free_entry);
	return 0;
}

int msender_table_add(struct msender_table *table, const struct msender_entry_key *key, const struct msender_ctl *policy,
		      const char *interface)
{
	struct msender_entry *before, *entry;
	int error;

	before = rhashtable_lookup_fast(&table->entries, key, entry_params);
	if (before && is_same_policy(before, policy, interface))
		return 0;
	if (!before && is_full(table, key))
		return -E2BIG;
	entry = make_entry(key, policy, interface);
	if (!entry)
		return -ENOMEM;
	error = before ? replace(table, before, entry) : insert(table, entry);
	if (error)
		kmem_cache_free(entry_cache, entry);
	return error;
}

int msender_table_remove(struct msender_table *table, const struct msender_entry_key *key)
{
	struct msender_entry *entry = rhashtable_lookup_fast(&table->entries, key, entry_params);

	if (!entry)
		return -ENOENT;
	rhashtable_remove_fast(&table->entries, &entry->node, entry_params);
	xa_erase(&table->order, entry->index);
	count_out(table, key);
	call_rcu(&entry->rcu, free_entry);
	return 0;
}
