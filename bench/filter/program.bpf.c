// SPDX-License-Identifier: GPL-2.0-only
/*
 * The filter as it is, judging packets of senders drawn at random among `senders_drawn`, and two programs to compare it with.
 *
 * The kernel's test run repeats one packet, so the addresses are replaced after they were read.
 */
#include <linux/bpf.h>
#include <linux/ip.h>

#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

const volatile __u32 senders_drawn = 1;

/* The n-th sender: sources of RFC 2544, 65,536 to each group of MCAST-TEST-NET. */
static __always_inline void draw_sender(struct iphdr *ip)
{
	__u32 n = bpf_get_prandom_u32() % senders_drawn;

	ip->saddr = bpf_htonl(0xc6120000 + (n & 0xffff));
	ip->daddr = bpf_htonl(0xe9fc0000 + (n >> 16));
}

static __always_inline long load_and_draw(const void *skb, __u32 offset, void *to, __u32 length, __u32 start)
{
	long error = bpf_skb_load_bytes_relative(skb, offset, to, length, start);

	if (length == sizeof(struct iphdr))
		draw_sender(to);
	return error;
}

#define bpf_skb_load_bytes_relative load_and_draw
#include "../../packages/kernel-module/bpf/msender.bpf.c"

SEC("tc")
int draw_only(struct __sk_buff *skb)
{
	struct iphdr ip;

	if (bpf_skb_load_bytes_relative(skb, 0, &ip, sizeof(ip), BPF_HDR_START_NET))
		return TC_ACT_SHOT;
	return ip.saddr == ip.daddr ? TC_ACT_SHOT : TC_ACT_UNSPEC;
}

SEC("tc")
int lookup_only(struct __sk_buff *skb)
{
	struct msender_ctl *ctl;
	struct iphdr ip;

	if (bpf_skb_load_bytes_relative(skb, 0, &ip, sizeof(ip), BPF_HDR_START_NET))
		return TC_ACT_SHOT;
	ctl = bpf_map_lookup_elem(&senders, &(struct msender_key){ ip.saddr, ip.daddr });
	return ctl && ip.ttl <= ctl->max_ttl ? TC_ACT_UNSPEC : TC_ACT_SHOT;
}

SEC("tc")
int drop_all(struct __sk_buff *skb)
{
	(void)skb;
	return TC_ACT_SHOT;
}
