// SPDX-License-Identifier: GPL-2.0-only
/*
 * Judges the packets of an internal interface, at netfilter's ingress hook of the interface.
 *
 * Ingress, as in the eBPF filter: the packet is as it arrived, nothing has put fragments together, and neither the
 * forwarding cache nor a PIM Register has seen it.
 */
#define MSENDER_BE32(x) cpu_to_be32(x)

#include <linux/etherdevice.h>
#include <linux/if_vlan.h>
#include <linux/skbuff.h>
#include <linux/timekeeping.h>

#include "filter.h"

#include "../include/verdict.h"

/* What the look-ups find their tables by. */
struct received {
	const struct msender_attachment *attachment;
	const struct sk_buff *skb;
};

static __always_inline struct msender_filter *filter_of(const struct msender_packet *packet)
{
	const struct received *received = packet->context;

	return received->attachment->filter;
}

static __always_inline struct msender_entry_key key_of(const struct msender_key *key)
{
	return (struct msender_entry_key){
		.family = AF_INET,
		.length = 32,
		.source.ipv4 = key->source,
		.group.ipv4 = key->group,
	};
}

static __always_inline struct msender_entry_key key6_of(const struct msender_key6 *key)
{
	struct msender_entry_key wanted = { .family = AF_INET6, .length = 128 };

	memcpy(&wanted.source, key->source, sizeof(wanted.source));
	memcpy(&wanted.group, key->group, sizeof(wanted.group));
	return wanted;
}

static __always_inline struct msender_ctl *find(const struct msender_packet *packet, struct msender_entry_key wanted)
{
	struct msender_entry *entry = msender_table_find(&filter_of(packet)->table, &wanted);

	return entry ? &entry->ctl : NULL;
}

static __always_inline struct msender_ctl *find_wildcard(const struct msender_packet *packet, struct msender_entry_key wanted)
{
	struct msender_entry *entry = msender_table_find_wildcard(&filter_of(packet)->table, &wanted);

	return entry ? &entry->ctl : NULL;
}

static __always_inline struct msender_ctl *msender_find(const struct msender_packet *packet, const struct msender_key *key)
{
	return find(packet, key_of(key));
}

static __always_inline struct msender_ctl *msender_find6(const struct msender_packet *packet, const struct msender_key6 *key)
{
	return find(packet, key6_of(key));
}

static __always_inline struct msender_ctl *msender_find_wildcard(const struct msender_packet *packet,
								 const struct msender_key *key)
{
	return find_wildcard(packet, key_of(key));
}

static __always_inline struct msender_ctl *msender_find_wildcard6(const struct msender_packet *packet,
								  const struct msender_key6 *key)
{
	return find_wildcard(packet, key6_of(key));
}

static __always_inline int msender_may_monitor(const struct msender_packet *packet)
{
	return 1;
}

static __always_inline const struct msender_interface *msender_find_interface(const struct msender_packet *packet)
{
	const struct received *received = packet->context;

	return &received->attachment->interface;
}

static bool is_member(const struct msender_set *set, u16 family, const void *address, unsigned int length)
{
	u8 last_octet = ((const u8 *)address)[length - 1];
	unsigned int index;

	if (!set || !(set->last_octets >> last_octet % 64 & 1))
		return false;
	for (index = 0; index < set->count; index++)
		if (set->members[index].family == family && !memcmp(&set->members[index].address, address, length))
			return true;
	return false;
}

static __always_inline int msender_is_observed(const struct msender_packet *packet, __be32 group)
{
	return is_member(rcu_dereference(filter_of(packet)->observed), AF_INET, &group, sizeof(group));
}

static __always_inline int msender_is_observed6(const struct msender_packet *packet, const __be32 *group)
{
	return is_member(rcu_dereference(filter_of(packet)->observed), AF_INET6, group, sizeof(struct in6_addr));
}

static __always_inline int msender_is_pim_neighbour(const struct msender_packet *packet, __be32 source)
{
	return is_member(rcu_dereference(filter_of(packet)->neighbours), AF_INET, &source, sizeof(source));
}

static __always_inline int msender_is_pim_neighbour6(const struct msender_packet *packet, const __be32 *source)
{
	return is_member(rcu_dereference(filter_of(packet)->neighbours), AF_INET6, source, sizeof(struct in6_addr));
}

static __always_inline int msender_has_mac(const struct msender_packet *packet, const __u8 *mac)
{
	const struct received *received = packet->context;

	return skb_mac_header_was_set(received->skb) && !memcmp(eth_hdr(received->skb)->h_source, mac, ETH_ALEN);
}

static __always_inline int msender_load(const struct msender_packet *packet, __u32 offset, void *to, __u32 length)
{
	const struct received *received = packet->context;

	return skb_copy_bits(received->skb, skb_network_offset(received->skb) + offset, to, length);
}

static __always_inline __u64 msender_tick_ns(void)
{
	return ktime_get_coarse_ns();
}

static __always_inline __u64 msender_now_ns(void)
{
	return ktime_get_ns();
}

/* A frame behind two priority tags or more, which the kernel would take off behind this hook (msender.bpf.c, is_hidden). */
static bool is_hidden(const struct sk_buff *skb)
{
	const __be16 *tag;
	__be16 room;

	if (skb->protocol != htons(ETH_P_8021Q) && skb->protocol != htons(ETH_P_8021AD))
		return false;
	if (skb_vlan_tag_present(skb) && skb_vlan_tag_get_id(skb))
		return false;
	tag = skb_header_pointer(skb, skb_network_offset(skb), sizeof(room), &room);
	return !tag || !(*tag & htons(VLAN_VID_MASK));
}

/* Context: softirq or BH disabled, so nothing else counts on this CPU. */
static void count(struct msender_count *count, u32 bytes)
{
	WRITE_ONCE(count->packets, count->packets + 1);
	WRITE_ONCE(count->bytes, count->bytes + bytes);
}

static void count_sender(struct msender_ctl *ctl, enum msender_reason reason, u32 bytes)
{
	if (reason != MSENDER_PERMITTED) {
		__sync_fetch_and_add(&ctl->refused, 1);
		return;
	}
	__sync_fetch_and_add(&ctl->packets, 1);
	__sync_fetch_and_add(&ctl->bytes, bytes);
	WRITE_ONCE(ctl->last_ns, msender_tick_ns());
}

static bool may_note(void *context)
{
	struct msender_new_denied *new = context;
	u64 now = msender_tick_ns();

	if (new->tick_ns != now) {
		new->tick_ns = now;
		new->rows = 0;
	}
	return new->rows++ < MSENDER_NEW_DENIED_PER_TICK;
}

static struct msender_refused_key refused_key_of(const struct received *received, const struct msender_packet *packet)
{
	struct msender_refused_key key = { .ifindex = received->skb->dev->ifindex, .family = AF_INET6 };

	if (packet->ipv6) {
		memcpy(&key.source, &packet->ipv6->saddr, sizeof(key.source));
		memcpy(&key.group, &packet->ipv6->daddr, sizeof(key.group));
		return key;
	}
	key.family = AF_INET;
	key.source.ipv4 = packet->ip->saddr;
	key.group.ipv4 = packet->ip->daddr;
	return key;
}

static void count_refused(const struct received *received, const struct msender_packet *packet,
			  const struct msender_verdict *verdict, struct msender_counts *counts)
{
	struct msender_filter *filter = received->attachment->filter;
	struct msender_refused_key key = refused_key_of(received, packet);
	struct msender_denied row = {
		.packets = 1,
		.bytes = packet->length,
		.first_ns = msender_tick_ns(),
		.last_ns = msender_tick_ns(),
		.reason = verdict->reason,
		.ttl = packet->ipv6 ? packet->ipv6->hop_limit : packet->ip->ttl,
		.monitored = verdict->monitored,
	};
	struct msender_refused_table *table = filter->refused[packet->ipv6 ? MSENDER_IPV6 : MSENDER_IPV4];

	msender_refused_count(table, &key, &row, may_note, &counts->new_denied);
}

static unsigned int execute(const struct received *received, struct sk_buff *skb, const struct msender_packet *packet)
{
	struct msender_counts *counts = this_cpu_ptr(received->attachment->filter->counts);
	struct msender_verdict verdict = msender_judge(packet);

	count(verdict.monitored ? &counts->monitored[verdict.reason] : &counts->judged[verdict.reason], packet->length);
	if (verdict.ctl)
		count_sender(verdict.ctl, verdict.reason, packet->length);
	if (verdict.reason >= MSENDER_UNKNOWN && (packet->ip || packet->ipv6))
		count_refused(received, packet, &verdict, counts);
	if (verdict.action == MSENDER_DROP)
		return NF_DROP;
	if (verdict.action == MSENDER_DELIVER)
		skb->mark = MSENDER_MARK;
	return NF_ACCEPT;
}

static unsigned int pass(const struct received *received, enum msender_reason reason, u32 length)
{
	count(&this_cpu_ptr(received->attachment->filter->counts)->judged[reason], length);
	return NF_ACCEPT;
}

unsigned int msender_ingress(void *priv, struct sk_buff *skb, const struct nf_hook_state *state)
{
	const struct received received = { .attachment = priv, .skb = skb };
	struct msender_packet packet = { .length = skb->len + skb->mac_len, .context = &received };
	int offset = skb_network_offset(skb);
	union {
		struct iphdr ip;
		struct ipv6hdr ipv6;
	} room;

	/* First: a looped-back packet has no link header (ip_mc_output), whatever its interface says. */
	if (skb->pkt_type == PACKET_LOOPBACK)
		return pass(&received, MSENDER_LOOPBACK, packet.length);
	if (skb->protocol == htons(ETH_P_IP))
		packet.ip = skb_header_pointer(skb, offset, sizeof(room.ip), &room.ip);
	else if (skb->protocol == htons(ETH_P_IPV6))
		packet.ipv6 = skb_header_pointer(skb, offset, sizeof(room.ipv6), &room.ipv6);
	else if (!is_hidden(skb))
		return pass(&received, MSENDER_NOT_IP, packet.length);
	return execute(&received, skb, &packet);
}
