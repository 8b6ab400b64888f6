/* SPDX-License-Identifier: GPL-2.0-only */
/* The generic netlink family, and what its commands and its dumps share. */
#ifndef MSENDER_NETLINK_FAMILY_H
#define MSENDER_NETLINK_FAMILY_H

#include <net/genetlink.h>

#include "filter.h"

int msender_netlink_register(void);
void msender_netlink_unregister(void);

extern struct genl_family msender_family;

/*
 * The filter of the namespace, which the caller may use; its lock is held until msender_release(). Admin commands were
 * checked. An ERR_PTR, with a sentence in the extended acknowledgement, holds nothing.
 */
struct msender_filter *msender_acquire(struct net *net, const struct sk_buff *request, struct netlink_ext_ack *extack);
void msender_release(struct net *net);

/* A dump checks who asks once, when it starts. */
int msender_dump_start(struct netlink_callback *callback);
int msender_dump_senders(struct sk_buff *answer, struct netlink_callback *callback);
int msender_dump_denied(struct sk_buff *answer, struct netlink_callback *callback);
int msender_dump_interfaces(struct sk_buff *answer, struct netlink_callback *callback);
int msender_dump_counts(struct sk_buff *answer, struct netlink_callback *callback);

#endif
