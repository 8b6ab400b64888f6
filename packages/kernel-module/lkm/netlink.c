// SPDX-License-Identifier: GPL-2.0-only
/* The generic netlink family of msender_netlink.h: who may ask, and the commands. */
#include <linux/etherdevice.h>
#include <linux/module.h>
#include <linux/rtnetlink.h>
#include <net/genetlink.h>
#include <net/sock.h>

#include "attributes.h"
#include "filter.h"
#include "netlink.h"

static bool is_owner(const struct sk_buff *request, const struct msender_filter *filter)
{
	const struct socket *socket = NETLINK_CB(request).sk->sk_socket;
	const struct file *file = socket ? socket->file : NULL;

	if (!file)
		return false;
	if (file_ns_capable(file, filter->net->user_ns, CAP_NET_ADMIN))
		return true;
	return uid_valid(filter->owner) && uid_eq(file->f_cred->fsuid, filter->owner);
}

struct msender_filter *msender_acquire(struct net *net, const struct sk_buff *request, struct netlink_ext_ack *extack)
{
	struct msender_net *here = msender_net_of(net);
	int error = 0;

	mutex_lock(&here->lock);
	if (!here->filter) {
		NL_SET_ERR_MSG(extack, "this network namespace has no sender filter");
		error = -ENOENT;
	} else if (!is_owner(request, here->filter)) {
		NL_SET_ERR_MSG(extack, "the socket was opened neither with CAP_NET_ADMIN nor by the filter's owner");
		error = -EPERM;
	}
	if (!error)
		return here->filter;
	mutex_unlock(&here->lock);
	return ERR_PTR(error);
}

void msender_release(struct net *net)
{
	mutex_unlock(&msender_net_of(net)->lock);
}

static int create(struct sk_buff *request, struct genl_info *info)
{
	struct msender_net *here = msender_net_of(genl_info_net(info));
	u32 senders_max = msender_get_u32(info->attrs, MSENDER_ATTRIBUTE_SENDERS_MAX, MSENDER_SENDERS_MAX);
	struct nlattr *owner = info->attrs[MSENDER_ATTRIBUTE_OWNER];
	struct msender_filter *filter;
	int error = 0;

	rtnl_lock();
	mutex_lock(&here->lock);
	if (!here->filter) {
		filter = msender_filter_create(genl_info_net(info), senders_max);
		if (IS_ERR(filter))
			error = PTR_ERR(filter);
		else
			here->filter = filter;
	}
	if (!error && owner)
		here->filter->owner = make_kuid(genl_info_net(info)->user_ns, nla_get_u32(owner));
	mutex_unlock(&here->lock);
	rtnl_unlock();
	return error;
}

static int delete(struct sk_buff *request, struct genl_info *info)
{
	struct msender_net *here = msender_net_of(genl_info_net(info));

	rtnl_lock();
	mutex_lock(&here->lock);
	if (here->filter)
		msender_filter_free(here->filter);
	here->filter = NULL;
	mutex_unlock(&here->lock);
	rtnl_unlock();
	return 0;
}

static int answer_with_filter(const struct msender_filter *filter, struct genl_info *info)
{
	const struct msender_table *table = &filter->table;
	u32 senders = table->ipv4.plain + table->ipv4.wildcards + table->ipv6.plain + table->ipv6.wildcards;
	struct sk_buff *answer = genlmsg_new(GENLMSG_DEFAULT_SIZE, GFP_KERNEL);
	void *header;

	if (!answer)
		return -ENOMEM;
	header = genlmsg_put_reply(answer, info, &msender_family, 0, MSENDER_COMMAND_GET);
	if (!header || nla_put_u32(answer, MSENDER_ATTRIBUTE_ABI, MSENDER_ABI) ||
	    nla_put_u32(answer, MSENDER_ATTRIBUTE_SENDERS_MAX, table->plain_max) ||
	    nla_put_u32(answer, MSENDER_ATTRIBUTE_SENDERS, senders)) {
		nlmsg_free(answer);
		return -EMSGSIZE;
	}
	genlmsg_end(answer, header);
	return genlmsg_reply(answer, info);
}

static int get(struct sk_buff *request, struct genl_info *info)
{
	struct msender_filter *filter = msender_acquire(genl_info_net(info), request, info->extack);
	int error;

	if (IS_ERR(filter))
		return PTR_ERR(filter);
	error = answer_with_filter(filter, info);
	msender_release(genl_info_net(info));
	return error;
}

static int attach(struct sk_buff *request, struct genl_info *info)
{
	bool is_monitored = info->attrs[MSENDER_ATTRIBUTE_MONITOR] != NULL;
	struct msender_filter *filter;
	int error;

	if (GENL_REQ_ATTR_CHECK(info, MSENDER_ATTRIBUTE_INTERFACE))
		return -EINVAL;
	rtnl_lock();
	filter = msender_acquire(genl_info_net(info), request, info->extack);
	error = PTR_ERR_OR_ZERO(filter);
	if (!error) {
		error = msender_attach(filter, nla_data(info->attrs[MSENDER_ATTRIBUTE_INTERFACE]), is_monitored);
		msender_release(genl_info_net(info));
	}
	rtnl_unlock();
	if (error == -E2BIG)
		GENL_SET_ERR_MSG(info, "as many interfaces are internal as may be");
	return error;
}

static int detach(struct sk_buff *request, struct genl_info *info)
{
	struct msender_filter *filter;
	int error;

	if (GENL_REQ_ATTR_CHECK(info, MSENDER_ATTRIBUTE_INTERFACE))
		return -EINVAL;
	rtnl_lock();
	filter = msender_acquire(genl_info_net(info), request, info->extack);
	error = PTR_ERR_OR_ZERO(filter);
	if (!error) {
		error = msender_detach(filter, nla_data(info->attrs[MSENDER_ATTRIBUTE_INTERFACE]));
		msender_release(genl_info_net(info));
	}
	rtnl_unlock();
	if (error == -ENOENT && !IS_ERR(filter))
		GENL_SET_ERR_MSG(info, "the interface is not internal");
	return error;
}

static int set_mode(struct sk_buff *request, struct genl_info *info)
{
	bool is_monitored = info->attrs[MSENDER_ATTRIBUTE_MONITOR] != NULL;
	struct msender_filter *filter;
	int error;

	if (GENL_REQ_ATTR_CHECK(info, MSENDER_ATTRIBUTE_INTERFACE))
		return -EINVAL;
	filter = msender_acquire(genl_info_net(info), request, info->extack);
	if (IS_ERR(filter))
		return PTR_ERR(filter);
	error = msender_set_monitored(filter, nla_data(info->attrs[MSENDER_ATTRIBUTE_INTERFACE]), is_monitored);
	msender_release(genl_info_net(info));
	if (error == -ENOENT)
		GENL_SET_ERR_MSG(info, "the interface is not internal");
	return error;
}

static int set_members(struct sk_buff *request, struct genl_info *info, u32 count_max, bool is_observed)
{
	struct msender_set *set = msender_get_set(info, count_max);
	struct msender_filter *filter;

	if (IS_ERR(set))
		return PTR_ERR(set);
	filter = msender_acquire(genl_info_net(info), request, info->extack);
	if (IS_ERR(filter)) {
		kfree(set);
		return PTR_ERR(filter);
	}
	msender_set_replace(is_observed ? &filter->observed : &filter->neighbours, set);
	msender_release(genl_info_net(info));
	return 0;
}

static int set_observed(struct sk_buff *request, struct genl_info *info)
{
	return set_members(request, info, MSENDER_OBSERVED_MAX, true);
}

static int set_neighbours(struct sk_buff *request, struct genl_info *info)
{
	return set_members(request, info, MSENDER_PIM_NEIGHBOURS_MAX, false);
}

static int add(struct sk_buff *request, struct genl_info *info)
{
	char interface[IFNAMSIZ] = "";
	struct msender_entry_key key;
	struct msender_filter *filter;
	struct msender_ctl policy;
	int error = msender_get_key(info, &key) ?: msender_get_policy(info, &policy, interface);

	if (error)
		return error;
	filter = msender_acquire(genl_info_net(info), request, info->extack);
	if (IS_ERR(filter))
		return PTR_ERR(filter);
	error = msender_table_add(&filter->table, &key, &policy, interface);
	msender_release(genl_info_net(info));
	if (error == -E2BIG)
		GENL_SET_ERR_MSG(info, "the filter holds as many senders as it may");
	return error;
}

static int remove(struct sk_buff *request, struct genl_info *info)
{
	struct msender_entry_key key;
	struct msender_filter *filter;
	int error = msender_get_key(info, &key);

	if (error)
		return error;
	filter = msender_acquire(genl_info_net(info), request, info->extack);
	if (IS_ERR(filter))
		return PTR_ERR(filter);
	error = msender_table_remove(&filter->table, &key);
	msender_release(genl_info_net(info));
	if (error == -ENOENT)
		GENL_SET_ERR_MSG(info, "no such sender is registered");
	return error;
}

static int answer_with_sender(const struct msender_entry *entry, struct genl_info *info)
{
	struct sk_buff *answer = genlmsg_new(GENLMSG_DEFAULT_SIZE, GFP_KERNEL);
	void *header;

	if (!answer)
		return -ENOMEM;
	header = genlmsg_put_reply(answer, info, &msender_family, 0, MSENDER_COMMAND_GET_SENDER);
	if (!header || msender_put_entry(answer, entry)) {
		nlmsg_free(answer);
		return -EMSGSIZE;
	}
	genlmsg_end(answer, header);
	return genlmsg_reply(answer, info);
}

static int get_sender(struct sk_buff *request, struct genl_info *info)
{
	const struct msender_entry *entry;
	struct msender_entry_key key;
	struct msender_filter *filter;
	int error = msender_get_key(info, &key);

	if (error)
		return error;
	filter = msender_acquire(genl_info_net(info), request, info->extack);
	if (IS_ERR(filter))
		return PTR_ERR(filter);
	rcu_read_lock();
	entry = msender_table_find(&filter->table, &key);
	rcu_read_unlock();
	/* The lock keeps it from being freed. */
	error = entry ? answer_with_sender(entry, info) : -ENOENT;
	msender_release(genl_info_net(info));
	return error;
}

static const struct genl_ops operations[] = {
	{
		.cmd = MSENDER_COMMAND_CREATE,
		.flags = GENL_UNS_ADMIN_PERM,
		.doit = create,
		.policy = msender_create_policy,
	},
	{
		.cmd = MSENDER_COMMAND_DELETE,
		.flags = GENL_UNS_ADMIN_PERM,
		.doit = delete,
		.policy = msender_empty_policy,
	},
	{
		.cmd = MSENDER_COMMAND_GET,
		.doit = get,
		.policy = msender_empty_policy,
	},
	{
		.cmd = MSENDER_COMMAND_ATTACH,
		.flags = GENL_UNS_ADMIN_PERM,
		.doit = attach,
		.policy = msender_interface_policy,
	},
	{
		.cmd = MSENDER_COMMAND_DETACH,
		.flags = GENL_UNS_ADMIN_PERM,
		.doit = detach,
		.policy = msender_interface_policy,
	},
	{
		.cmd = MSENDER_COMMAND_GET_INTERFACE,
		.start = msender_dump_start,
		.dumpit = msender_dump_interfaces,
		.policy = msender_empty_policy,
	},
	{
		.cmd = MSENDER_COMMAND_SET_OBSERVED,
		.flags = GENL_UNS_ADMIN_PERM,
		.doit = set_observed,
		.policy = msender_set_policy,
	},
	{
		.cmd = MSENDER_COMMAND_SET_NEIGHBOURS,
		.flags = GENL_UNS_ADMIN_PERM,
		.doit = set_neighbours,
		.policy = msender_set_policy,
	},
	{
		.cmd = MSENDER_COMMAND_ADD,
		.doit = add,
		.policy = msender_sender_policy,
	},
	{
		.cmd = MSENDER_COMMAND_REMOVE,
		.doit = remove,
		.policy = msender_key_policy,
	},
	{
		.cmd = MSENDER_COMMAND_GET_SENDER,
		.doit = get_sender,
		.start = msender_dump_start,
		.dumpit = msender_dump_senders,
		.policy = msender_key_policy,
	},
	{
		.cmd = MSENDER_COMMAND_GET_DENIED,
		.start = msender_dump_start,
		.dumpit = msender_dump_denied,
		.policy = msender_empty_policy,
	},
	{
		.cmd = MSENDER_COMMAND_GET_COUNT,
		.start = msender_dump_start,
		.dumpit = msender_dump_counts,
		.policy = msender_empty_policy,
	},
	{
		.cmd = MSENDER_COMMAND_SET_MODE,
		.doit = set_mode,
		.policy = msender_interface_policy,
	},
};

struct genl_family msender_family = {
	.name = MSENDER_FAMILY,
	.version = MSENDER_FAMILY_VERSION,
	.maxattr = MSENDER_ATTRIBUTES - 1,
	.netnsok = true,
	.parallel_ops = true,
	.module = THIS_MODULE,
	.ops = operations,
	.n_ops = ARRAY_SIZE(operations),
};

int msender_netlink_register(void)
{
	return genl_register_family(&msender_family);
}

void msender_netlink_unregister(void)
{
	genl_unregister_family(&msender_family);
}

MODULE_ALIAS_GENL_FAMILY(MSENDER_FAMILY);
