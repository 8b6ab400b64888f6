// SPDX-License-Identifier: GPL-2.0-only
/* The internal interfaces of one network namespace, by name: whichever has the name, now or later, is judged. */
#include <linux/if_arp.h>
#include <linux/netdevice.h>
#include <linux/rtnetlink.h>
#include <linux/slab.h>

#include "filter.h"

#define FNV_OFFSET 0x811c9dc5 /* draft-eastlake-fnv §5 */
#define FNV_PRIME 0x01000193

u32 msender_binding_of(const char *name)
{
	u32 hash = FNV_OFFSET;

	for (; *name; name++)
		hash = (hash ^ (u8)*name) * FNV_PRIME;
	return hash ?: 1;
}

static struct msender_attachment *find(const struct msender_filter *filter, const char *name)
{
	struct msender_attachment *attachment;

	list_for_each_entry(attachment, &filter->attachments, list)
		if (!strcmp(attachment->interface.name, name))
			return attachment;
	return NULL;
}

static struct msender_attachment *find_device(const struct msender_filter *filter, const struct net_device *dev)
{
	struct msender_attachment *attachment;

	list_for_each_entry(attachment, &filter->attachments, list)
		if (attachment->dev == dev)
			return attachment;
	return NULL;
}

static void set_flag(struct msender_attachment *attachment, u8 flag, bool is_set)
{
	u8 flags = attachment->interface.flags;

	WRITE_ONCE(attachment->interface.flags, is_set ? flags | flag : flags & ~flag);
}

/* First of all at the hook, whose other users see only what the filter lets through. */
static int hook(struct msender_attachment *attachment, struct net_device *dev)
{
	int error;

	attachment->hook = (struct nf_hook_ops){
		.hook = msender_ingress,
		.priv = attachment,
		.dev = dev,
		.pf = NFPROTO_NETDEV,
		.hooknum = NF_NETDEV_INGRESS,
		.priority = INT_MIN,
	};
	set_flag(attachment, MSENDER_ETHERNET, dev->type == ARPHRD_ETHER);
	error = nf_register_net_hook(attachment->filter->net, &attachment->hook);
	if (error)
		return error;
	attachment->dev = dev;
	attachment->interface.attached = 1;
	return 0;
}

static void unhook(struct msender_attachment *attachment)
{
	if (!attachment->dev)
		return;
	nf_unregister_net_hook(attachment->filter->net, &attachment->hook);
	attachment->dev = NULL;
	attachment->interface.attached = 0;
	/* Its memory is used again when the interface returns. */
	synchronize_net();
}

static struct msender_attachment *make_attachment(struct msender_filter *filter, const char *name)
{
	struct msender_attachment *attachment;

	if (filter->attachment_count >= MSENDER_INTERFACES_MAX)
		return ERR_PTR(-E2BIG);
	attachment = kzalloc(sizeof(*attachment), GFP_KERNEL_ACCOUNT);
	if (!attachment)
		return ERR_PTR(-ENOMEM);
	attachment->filter = filter;
	strscpy(attachment->interface.name, name, sizeof(attachment->interface.name));
	attachment->interface.binding = msender_binding_of(name);
	return attachment;
}

int msender_attach(struct msender_filter *filter, const char *name, bool is_monitored)
{
	struct net_device *dev = __dev_get_by_name(filter->net, name);
	struct msender_attachment *attachment = find(filter, name);
	int error;

	if (attachment) {
		set_flag(attachment, MSENDER_MONITOR, is_monitored);
		return dev && !attachment->dev ? hook(attachment, dev) : 0;
	}
	attachment = make_attachment(filter, name);
	if (IS_ERR(attachment))
		return PTR_ERR(attachment);
	set_flag(attachment, MSENDER_MONITOR, is_monitored);
	error = dev ? hook(attachment, dev) : 0;
	if (error) {
		kfree(attachment);
		return error;
	}
	list_add_tail(&attachment->list, &filter->attachments);
	filter->attachment_count++;
	return 0;
}

int msender_set_monitored(struct msender_filter *filter, const char *name, bool is_monitored)
{
	struct msender_attachment *attachment = find(filter, name);

	if (!attachment)
		return -ENOENT;
	set_flag(attachment, MSENDER_MONITOR, is_monitored);
	return 0;
}

static void drop(struct msender_attachment *attachment)
{
	unhook(attachment);
	list_del(&attachment->list);
	attachment->filter->attachment_count--;
	kfree_rcu(attachment, rcu);
}

int msender_detach(struct msender_filter *filter, const char *name)
{
	struct msender_attachment *attachment = find(filter, name);

	if (!attachment)
		return -ENOENT;
	drop(attachment);
	return 0;
}

void msender_detach_all(struct msender_filter *filter)
{
	struct msender_attachment *attachment, *next;

	list_for_each_entry_safe(attachment, next, &filter->attachments, list)
		drop(attachment);
}

static void arrive(struct msender_filter *filter, struct net_device *dev)
{
	struct msender_attachment *attachment = find(filter, dev->name);
	int error;

	if (!attachment || attachment->dev)
		return;
	error = hook(attachment, dev);
	if (error)
		netdev_err(dev, "the sender filter is not attached (%d): the interface is not protected\n", error);
}

static void leave(struct msender_filter *filter, struct net_device *dev)
{
	struct msender_attachment *attachment = find_device(filter, dev);

	if (attachment)
		unhook(attachment);
}

/* Context: RTNL, which is held before an interface that was registered can be up. */
static int device_event(struct notifier_block *block, unsigned long event, void *data)
{
	struct net_device *dev = netdev_notifier_info_to_dev(data);
	struct msender_net *here = msender_net_of(dev_net(dev));

	mutex_lock(&here->lock);
	if (here->filter) {
		if (event == NETDEV_UNREGISTER || event == NETDEV_CHANGENAME)
			leave(here->filter, dev);
		if (event == NETDEV_REGISTER || event == NETDEV_CHANGENAME)
			arrive(here->filter, dev);
	}
	mutex_unlock(&here->lock);
	return NOTIFY_DONE;
}

struct notifier_block msender_device_notifier = { .notifier_call = device_event };
