/* SPDX-License-Identifier: GPL-2.0-only */
/* What netlink attributes carry, in both directions; see msender_netlink.h. */
#ifndef MSENDER_ATTRIBUTES_H
#define MSENDER_ATTRIBUTES_H

#include <net/genetlink.h>

#include "../include/msender_netlink.h"

#include "filter.h"

/* Of both kinds of packets with one reason, over all CPUs. */
struct msender_reason_row {
	u32 reason;
	struct msender_count judged, monitored;
};

extern const struct nla_policy msender_create_policy[MSENDER_ATTRIBUTES];
extern const struct nla_policy msender_empty_policy[MSENDER_ATTRIBUTES];
extern const struct nla_policy msender_interface_policy[MSENDER_ATTRIBUTES];
extern const struct nla_policy msender_key_policy[MSENDER_ATTRIBUTES];
extern const struct nla_policy msender_sender_policy[MSENDER_ATTRIBUTES];
extern const struct nla_policy msender_set_policy[MSENDER_ATTRIBUTES];

u32 msender_get_u32(struct nlattr **attributes, int type, u32 otherwise);
/* Each returns 0 or a negative errno, with a sentence in the extended acknowledgement. */
int msender_get_key(struct genl_info *info, struct msender_entry_key *key);
int msender_get_policy(struct genl_info *info, struct msender_ctl *policy, char interface[IFNAMSIZ]);
/* `count_max` addresses of each family. */
struct msender_set *msender_get_set(struct genl_info *info, u32 count_max);

/* Each returns 0, or non-zero when there is no room. */
int msender_put_entry(struct sk_buff *answer, const struct msender_entry *entry);
int msender_put_refused(struct sk_buff *answer, const struct msender_refused *row);
int msender_put_attachment(struct sk_buff *answer, const struct msender_attachment *attachment);
int msender_put_count(struct sk_buff *answer, const void *row);
struct msender_reason_row msender_sum_counts(const struct msender_filter *filter, u32 reason);

#endif
