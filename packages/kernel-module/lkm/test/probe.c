// SPDX-License-Identifier: GPL-2.0-only
/*
 * For tests only: lets an interface receive a frame, and tells whether the filter let it through and with which mark.
 *
 * /proc/msender_probe: a write is an ifindex (u32) and a frame, the read behind it is { u32 passed, u32 mark }. The probe is
 * the last one at the hook where the filter is the first; frames that reach it go no further.
 */
#include <linux/etherdevice.h>
#include <linux/if_arp.h>
#include <linux/module.h>
#include <linux/netdevice.h>
#include <linux/netfilter.h>
#include <linux/nsproxy.h>
#include <linux/proc_fs.h>
#include <linux/rtnetlink.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#define FRAME_LENGTH_MAX 16384
#define INTERFACES_MAX 8

struct probe {
	struct net *net;
	struct nf_hook_ops hooks[INTERFACES_MAX];
	unsigned int count;
	const struct sk_buff *frame;
	u32 result[2];
};

static unsigned int note(void *priv, struct sk_buff *skb, const struct nf_hook_state *state)
{
	struct probe *probe = priv;

	if (skb != probe->frame)
		return NF_ACCEPT;
	probe->result[0] = 1;
	probe->result[1] = skb->mark;
	return NF_DROP;
}

static int watch(struct probe *probe, struct net_device *dev)
{
	unsigned int index;
	int error;

	for (index = 0; index < probe->count; index++)
		if (probe->hooks[index].dev == dev)
			return 0;
	if (probe->count == INTERFACES_MAX)
		return -ENOSPC;
	probe->hooks[probe->count] = (struct nf_hook_ops){
		.hook = note,
		.priv = probe,
		.dev = dev,
		.pf = NFPROTO_NETDEV,
		.hooknum = NF_NETDEV_INGRESS,
		.priority = INT_MAX,
	};
	error = nf_register_net_hook(probe->net, &probe->hooks[probe->count]);
	if (!error)
		probe->count++;
	return error;
}

static void receive(struct probe *probe, struct net_device *dev, struct sk_buff *skb)
{
	skb->dev = dev;
	if (dev->type == ARPHRD_ETHER) {
		skb->protocol = eth_type_trans(skb, dev);
	} else {
		skb_reset_mac_header(skb);
		skb->protocol = skb->data[0] >> 4 == 6 ? htons(ETH_P_IPV6) : htons(ETH_P_IP);
	}
	memset(probe->result, 0, sizeof(probe->result));
	probe->frame = skb;
	local_bh_disable();
	netif_receive_skb(skb);
	local_bh_enable();
}

static ssize_t probe_write(struct file *file, const char __user *bytes, size_t length, loff_t *offset)
{
	struct probe *probe = file->private_data;
	struct net_device *dev;
	struct sk_buff *skb;
	u32 ifindex;
	int error;

	if (length < sizeof(ifindex) + ETH_HLEN || length > FRAME_LENGTH_MAX || copy_from_user(&ifindex, bytes, sizeof(ifindex)))
		return -EINVAL;
	skb = alloc_skb(length + NET_IP_ALIGN, GFP_KERNEL);
	if (!skb)
		return -ENOMEM;
	skb_reserve(skb, NET_IP_ALIGN);
	rtnl_lock();
	dev = __dev_get_by_index(probe->net, ifindex);
	error = dev ? watch(probe, dev) : -ENODEV;
	if (!error && copy_from_user(skb_put(skb, length - sizeof(ifindex)), bytes + sizeof(ifindex), length - sizeof(ifindex)))
		error = -EFAULT;
	if (!error)
		receive(probe, dev, skb);
	else
		kfree_skb(skb);
	rtnl_unlock();
	return error ?: length;
}

static ssize_t probe_read(struct file *file, char __user *bytes, size_t length, loff_t *offset)
{
	struct probe *probe = file->private_data;

	if (length < sizeof(probe->result) || copy_to_user(bytes, probe->result, sizeof(probe->result)))
		return -EINVAL;
	return sizeof(probe->result);
}

static int probe_open(struct inode *inode, struct file *file)
{
	struct probe *probe = kzalloc(sizeof(*probe), GFP_KERNEL);

	if (!probe)
		return -ENOMEM;
	probe->net = current->nsproxy->net_ns;
	file->private_data = probe;
	return 0;
}

/* Before the interfaces go. */
static int probe_release(struct inode *inode, struct file *file)
{
	struct probe *probe = file->private_data;

	while (probe->count)
		nf_unregister_net_hook(probe->net, &probe->hooks[--probe->count]);
	synchronize_net();
	kfree(probe);
	return 0;
}

static const struct proc_ops operations = {
	.proc_open = probe_open,
	.proc_read = probe_read,
	.proc_write = probe_write,
	.proc_release = probe_release,
};

static int __init probe_init(void)
{
	return proc_create("msender_probe", 0600, NULL, &operations) ? 0 : -ENOMEM;
}

static void __exit probe_exit(void)
{
	remove_proc_entry("msender_probe", NULL);
}

module_init(probe_init);
module_exit(probe_exit);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("for tests of the multicast sender filter");
