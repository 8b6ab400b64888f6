// SPDX-License-Identifier: GPL-2.0-only
/* The life of a filter: made without senders, replaced piece by piece, freed when no packet can see it any more. */
#include <linux/module.h>
#include <linux/rtnetlink.h>
#include <linux/slab.h>

#include "filter.h"

static void free_tables(struct msender_filter *filter)
{
	int family;

	free_percpu(filter->counts);
	for (family = 0; family < MSENDER_REFUSED_FAMILIES; family++)
		msender_refused_free(filter->refused[family]);
	msender_table_free(&filter->table);
}

static int allocate(struct msender_filter *filter, u32 senders_max)
{
	int error = msender_table_init(&filter->table, senders_max);
	bool is_complete;
	int family;

	if (error)
		return error;
	filter->counts = alloc_percpu_gfp(struct msender_counts, GFP_KERNEL_ACCOUNT);
	is_complete = filter->counts != NULL;
	for (family = 0; family < MSENDER_REFUSED_FAMILIES; family++) {
		filter->refused[family] = msender_refused_create();
		is_complete = is_complete && filter->refused[family];
	}
	if (is_complete)
		return 0;
	free_tables(filter);
	return -ENOMEM;
}

/* A filter in force keeps the module: without it everything would pass. */
struct msender_filter *msender_filter_create(struct net *net, u32 senders_max)
{
	struct msender_filter *filter = kzalloc(sizeof(*filter), GFP_KERNEL_ACCOUNT);
	int error;

	if (!filter)
		return ERR_PTR(-ENOMEM);
	filter->net = net;
	filter->owner = INVALID_UID;
	INIT_LIST_HEAD(&filter->attachments);
	error = allocate(filter, senders_max);
	if (error) {
		kfree(filter);
		return ERR_PTR(error);
	}
	__module_get(THIS_MODULE);
	return filter;
}

void msender_set_replace(struct msender_set __rcu **place, struct msender_set *set)
{
	struct msender_set *before = rcu_replace_pointer(*place, set, true);

	if (before)
		kfree_rcu(before, rcu);
}

void msender_filter_free(struct msender_filter *filter)
{
	ASSERT_RTNL();
	msender_detach_all(filter);
	synchronize_net();
	msender_set_replace(&filter->observed, NULL);
	msender_set_replace(&filter->neighbours, NULL);
	free_tables(filter);
	kfree(filter);
	module_put(THIS_MODULE);
}
