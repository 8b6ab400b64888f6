// SPDX-License-Identifier: GPL-2.0-only
/*
 * The filter as it is, judging packets of senders drawn at random among `senders_drawn`, and two programs to compare it with.
 *
 * The kernel's test run repeats one packet, so the addresses are drawn into it before it is judged.
 */
#include "../../packages/kernel-module/bpf/msender.bpf.c"

const volatile __u32 senders_drawn = 1;

/* Writes the n-th sender into the packet: sources of RFC 2544, 65,536 to each group of MCAST-TEST-NET. */
static __always_inline struct iphdr *draw_sender(struct __sk_buff *skb)
{
	struct iphdr *ip = (void *)(long)skb->data + sizeof(struct ethhdr);
	__u32 n = bpf_get_prandom_u32() % senders_drawn;

	if ((void *)(ip + 1) > (void *)(long)skb->data_end)
		return NULL;
	ip->saddr = bpf_htonl(0xc6120000 + (n & 0xffff));
	ip->daddr = bpf_htonl(0xe9fc0000 + (n >> 16));
	return ip;
}

/* All in one function, as the filter is compiled for itself. */
SEC("tc") __attribute__((flatten))
int draw_and_filter(struct __sk_buff *skb)
{
	return draw_sender(skb) ? msender_ingress(skb) : TC_ACT_SHOT;
}

SEC("tc")
int draw_only(struct __sk_buff *skb)
{
	return draw_sender(skb) ? TC_ACT_UNSPEC : TC_ACT_SHOT;
}

SEC("tc")
int lookup_only(struct __sk_buff *skb)
{
	struct iphdr *ip = draw_sender(skb);
	struct msender_ctl *ctl;

	if (!ip)
		return TC_ACT_SHOT;
	ctl = bpf_map_lookup_elem(&senders, &(struct msender_key){ ip->saddr, ip->daddr });
	return ctl && ip->ttl <= ctl->max_ttl ? TC_ACT_UNSPEC : TC_ACT_SHOT;
}

SEC("tc")
int drop_all(struct __sk_buff *skb)
{
	(void)skb;
	return TC_ACT_SHOT;
}
