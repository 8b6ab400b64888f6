// SPDX-License-Identifier: GPL-2.0-only
/* What the generic netlink family lists: senders, refused senders, interfaces and counts. */
#include <net/genetlink.h>
#include <net/sock.h>

#include "attributes.h"
#include "filter.h"
#include "netlink.h"

int msender_dump_start(struct netlink_callback *callback)
{
	struct net *net = sock_net(callback->skb->sk);
	struct msender_filter *filter = msender_acquire(net, callback->skb, callback->extack);

	if (IS_ERR(filter))
		return PTR_ERR(filter);
	msender_release(net);
	return 0;
}

static void *put_dump_header(struct sk_buff *answer, struct netlink_callback *callback, u8 command)
{
	return genlmsg_put(answer, NETLINK_CB(callback->skb).portid, callback->nlh->nlmsg_seq, &msender_family, NLM_F_MULTI, command);
}

/* Puts one message; `put` puts its attributes. Returns 0, or -EMSGSIZE with nothing changed. */
static int put_row(struct sk_buff *answer, struct netlink_callback *callback, u8 command,
		   int (*put)(struct sk_buff *answer, const void *row), const void *row)
{
	void *header = put_dump_header(answer, callback, command);

	if (!header)
		return -EMSGSIZE;
	genl_dump_check_consistent(callback, header);
	if (put(answer, row)) {
		genlmsg_cancel(answer, header);
		return -EMSGSIZE;
	}
	genlmsg_end(answer, header);
	return 0;
}

static int put_sender(struct sk_buff *answer, const void *row)
{
	return msender_put_entry(answer, row);
}

/* Entries that are there from beginning to end appear once each; a dump during which others came or went is marked so. */
static void dump_sender_rows(struct sk_buff *answer, struct netlink_callback *callback, struct msender_filter *filter)
{
	struct msender_entry *entry;
	unsigned long index;

	callback->seq = filter->table.generation;
	xa_for_each_start(&filter->table.order, index, entry, callback->args[0]) {
		if (put_row(answer, callback, MSENDER_COMMAND_GET_SENDER, put_sender, entry))
			break;
		callback->args[0] = index + 1;
	}
}

static int put_refused(struct sk_buff *answer, const void *row)
{
	return msender_put_refused(answer, row);
}

static void dump_denied_rows(struct sk_buff *answer, struct netlink_callback *callback, struct msender_filter *filter)
{
	unsigned long position = callback->args[0];
	struct msender_refused row;

	for (; callback->args[1] < MSENDER_REFUSED_FAMILIES; callback->args[1]++) {
		while (msender_refused_next(filter->refused[callback->args[1]], &position, &row)) {
			if (put_row(answer, callback, MSENDER_COMMAND_GET_DENIED, put_refused, &row))
				return;
			callback->args[0] = position;
		}
		callback->args[0] = position = 0;
	}
}

static int put_attachment(struct sk_buff *answer, const void *row)
{
	return msender_put_attachment(answer, row);
}

static void dump_interface_rows(struct sk_buff *answer, struct netlink_callback *callback, struct msender_filter *filter)
{
	struct msender_attachment *attachment;
	long position = 0;

	list_for_each_entry(attachment, &filter->attachments, list) {
		if (position++ < callback->args[0])
			continue;
		if (put_row(answer, callback, MSENDER_COMMAND_GET_INTERFACE, put_attachment, attachment))
			break;
		callback->args[0] = position;
	}
}

static void dump_count_rows(struct sk_buff *answer, struct netlink_callback *callback, struct msender_filter *filter)
{
	for (; callback->args[0] < MSENDER_REASONS; callback->args[0]++) {
		struct msender_reason_row row = msender_sum_counts(filter, callback->args[0]);

		if (put_row(answer, callback, MSENDER_COMMAND_GET_COUNT, msender_put_count, &row))
			break;
	}
}

/* A filter that was deleted meanwhile has no rows. */
static int dump(struct sk_buff *answer, struct netlink_callback *callback,
		void (*rows)(struct sk_buff *answer, struct netlink_callback *callback, struct msender_filter *filter))
{
	struct msender_net *here = msender_net_of(sock_net(callback->skb->sk));

	mutex_lock(&here->lock);
	if (here->filter)
		rows(answer, callback, here->filter);
	mutex_unlock(&here->lock);
	return answer->len;
}

int msender_dump_senders(struct sk_buff *answer, struct netlink_callback *callback)
{
	return dump(answer, callback, dump_sender_rows);
}

int msender_dump_denied(struct sk_buff *answer, struct netlink_callback *callback)
{
	return dump(answer, callback, dump_denied_rows);
}

int msender_dump_interfaces(struct sk_buff *answer, struct netlink_callback *callback)
{
	return dump(answer, callback, dump_interface_rows);
}

int msender_dump_counts(struct sk_buff *answer, struct netlink_callback *callback)
{
	return dump(answer, callback, dump_count_rows);
}
