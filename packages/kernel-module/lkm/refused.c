// SPDX-License-Identifier: GPL-2.0-only
/*
 * Refused (interface, S, G)s in a table of fixed size.
 *
 * Sets of few rows: the hash names the set, and within it the least recently refused row makes room. So nothing is
 * allocated while packets are judged, and a lock is shared only by what falls into the same set. The hash has a secret, so
 * that nobody can choose whose row is driven out.
 */
#include <linux/jhash.h>
#include <linux/mm.h>
#include <linux/random.h>
#include <linux/spinlock.h>

#include "filter.h"

#define WAYS 16 /* rows in a set */
#define SETS (MSENDER_DENIED_MAX / WAYS)

struct refused_set {
	spinlock_t lock;
	u32 tags[WAYS]; /* of the rows' hashes, 0: no row */
	struct msender_refused rows[WAYS];
};

struct msender_refused_table {
	u32 secret;
	struct refused_set sets[SETS];
};

struct msender_refused_table *msender_refused_create(void)
{
	struct msender_refused_table *table = kvzalloc(sizeof(*table), GFP_KERNEL_ACCOUNT);
	unsigned int index;

	if (!table)
		return NULL;
	get_random_bytes(&table->secret, sizeof(table->secret));
	for (index = 0; index < SETS; index++)
		spin_lock_init(&table->sets[index].lock);
	return table;
}

void msender_refused_free(struct msender_refused_table *table)
{
	kvfree(table);
}

static int find_row(const struct refused_set *set, u32 tag, const struct msender_refused_key *key)
{
	int way;

	for (way = 0; way < WAYS; way++)
		if (set->tags[way] == tag && !memcmp(&set->rows[way].key, key, sizeof(*key)))
			return way;
	return -1;
}

/* A free row, or else the least recently refused one. */
static int find_room(const struct refused_set *set)
{
	int way, oldest = 0;

	for (way = 0; way < WAYS; way++) {
		if (!set->tags[way])
			return way;
		if (set->rows[way].counts.last_ns < set->rows[oldest].counts.last_ns)
			oldest = way;
	}
	return oldest;
}

static void count_into(struct msender_denied *row, const struct msender_denied *packet)
{
	row->packets++;
	row->bytes += packet->bytes;
	row->last_ns = packet->last_ns;
	row->reason = packet->reason;
	row->ttl = packet->ttl;
	row->monitored = packet->monitored;
}

void msender_refused_count(struct msender_refused_table *table, const struct msender_refused_key *key,
			   const struct msender_denied *packet, bool (*may_begin)(void *context), void *context)
{
	u32 hash = jhash2((const u32 *)key, sizeof(*key) / sizeof(u32), table->secret);
	struct refused_set *set = &table->sets[hash % SETS];
	u32 tag = hash / SETS + 1;
	int way;

	spin_lock(&set->lock);
	way = find_row(set, tag, key);
	if (way >= 0) {
		count_into(&set->rows[way].counts, packet);
	} else if (may_begin(context)) {
		way = find_room(set);
		set->tags[way] = tag;
		set->rows[way].key = *key;
		set->rows[way].counts = *packet;
	}
	spin_unlock(&set->lock);
}

bool msender_refused_next(struct msender_refused_table *table, unsigned long *position, struct msender_refused *row)
{
	for (; *position < SETS * WAYS; ++*position) {
		struct refused_set *set = &table->sets[*position / WAYS];
		unsigned int way = *position % WAYS;
		bool is_there;

		spin_lock_bh(&set->lock);
		is_there = set->tags[way] != 0;
		if (is_there)
			*row = set->rows[way];
		spin_unlock_bh(&set->lock);
		if (!is_there)
			continue;
		++*position;
		return true;
	}
	return false;
}
