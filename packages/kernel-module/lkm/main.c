// SPDX-License-Identifier: GPL-2.0-only
/* The loadable module: starts its parts in order and ends them in reverse. */
#include <linux/module.h>
#include <linux/netdevice.h>
#include <linux/rtnetlink.h>
#include <net/netns/generic.h>

#include "filter.h"
#include "netlink.h"

static unsigned int net_id __read_mostly;

struct msender_net *msender_net_of(struct net *net)
{
	return net_generic(net, net_id);
}

static int __net_init net_init(struct net *net)
{
	mutex_init(&msender_net_of(net)->lock);
	return 0;
}

static void __net_exit net_exit(struct net *net)
{
	struct msender_net *here = msender_net_of(net);

	rtnl_lock();
	mutex_lock(&here->lock);
	if (here->filter)
		msender_filter_free(here->filter);
	here->filter = NULL;
	mutex_unlock(&here->lock);
	rtnl_unlock();
}

static struct pernet_operations net_operations = {
	.init = net_init,
	.exit = net_exit,
	.id = &net_id,
	.size = sizeof(struct msender_net),
};

static int __init msender_init(void)
{
	int error = msender_entry_cache_create();

	if (error)
		return error;
	error = register_pernet_subsys(&net_operations);
	if (error)
		goto err_cache;
	error = register_netdevice_notifier(&msender_device_notifier);
	if (error)
		goto err_pernet;
	error = msender_netlink_register();
	if (error)
		goto err_notifier;
	return 0;
err_notifier:
	unregister_netdevice_notifier(&msender_device_notifier);
err_pernet:
	unregister_pernet_subsys(&net_operations);
err_cache:
	msender_entry_cache_destroy();
	return error;
}

static void __exit msender_exit(void)
{
	msender_netlink_unregister();
	unregister_netdevice_notifier(&msender_device_notifier);
	unregister_pernet_subsys(&net_operations);
	msender_entry_cache_destroy();
}

module_init(msender_init);
module_exit(msender_exit);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("multicast sender filter");
