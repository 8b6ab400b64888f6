// SPDX-License-Identifier: GPL-2.0-only
/*
 * The multicast sender filter on the tc clsact ingress hook of an internal interface.
 *
 * Ingress, not netfilter FORWARD: here the TTL is the sender's own, a refused packet reaches neither the forwarding
 * cache nor a PIM Register, and nothing that it could have triggered exists yet.
 */
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <linux/pkt_cls.h>

#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#include "../include/verdict.h"

/* Plain hash, preallocated: an LRU table would evict permissions, and an update must not fail for want of memory. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, MSENDER_SENDERS_MAX);
	__type(key, struct msender_key);
	__type(value, struct msender_ctl);
} senders SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, MSENDER_DENIED_MAX);
	__type(key, struct msender_denied_key);
	__type(value, struct msender_denied);
} denied SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, MSENDER_OBSERVED_MAX);
	__type(key, __be32);
	__type(value, __u8);
} observed SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, MSENDER_PIM_NEIGHBOURS_MAX);
	__type(key, __be32);
	__type(value, __u8);
} pim_neighbours SEC(".maps");

/* Not looked at by the program: how the part that attaches tells the part that reports. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, MSENDER_INTERFACES_MAX);
	__type(key, __u32);
	__type(value, struct msender_interface);
} interfaces SEC(".maps");

/* Indexed by enum msender_reason. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, MSENDER_REASONS);
	__type(key, __u32);
	__type(value, struct msender_count);
} counts SEC(".maps");

static __always_inline struct msender_ctl *msender_find(const struct msender_key *key)
{
	return bpf_map_lookup_elem(&senders, key);
}

static __always_inline int msender_is_observed(__be32 group)
{
	return bpf_map_lookup_elem(&observed, &group) != NULL;
}

static __always_inline int msender_is_pim_neighbour(__be32 source)
{
	return bpf_map_lookup_elem(&pim_neighbours, &source) != NULL;
}

static __always_inline void count_reason(__u32 reason, __u32 bytes)
{
	struct msender_count *count = bpf_map_lookup_elem(&counts, &reason);

	if (!count)
		return;
	count->packets++;
	count->bytes += bytes;
}

static __always_inline void count_sender(struct msender_ctl *ctl, enum msender_action action, __u32 bytes)
{
	if (action == MSENDER_DROP) {
		__sync_fetch_and_add(&ctl->refused, 1);
		return;
	}
	__sync_fetch_and_add(&ctl->packets, 1);
	__sync_fetch_and_add(&ctl->bytes, bytes);
	ctl->last_ns = bpf_ktime_get_coarse_ns();
}

static __always_inline void count_denied(const struct __sk_buff *skb, const struct iphdr *ip, __u8 reason)
{
	struct msender_denied_key key = { skb->ifindex, ip->saddr, ip->daddr };
	__u64 now = bpf_ktime_get_coarse_ns();
	struct msender_denied *row = bpf_map_lookup_elem(&denied, &key);
	struct msender_denied first = {
		.packets = 1,
		.bytes = skb->len,
		.first_ns = now,
		.last_ns = now,
		.reason = reason,
		.ttl = ip->ttl,
	};

	/* Two CPUs may both see a new row; the loser counts into the winner's. */
	if (!row && bpf_map_update_elem(&denied, &key, &first, BPF_NOEXIST) == 0)
		return;
	if (!row)
		row = bpf_map_lookup_elem(&denied, &key);
	if (!row)
		return;
	__sync_fetch_and_add(&row->packets, 1);
	__sync_fetch_and_add(&row->bytes, skb->len);
	row->last_ns = now;
	row->reason = reason;
	row->ttl = ip->ttl;
}

/* UNSPEC, not OK: other filters of the interface still have their say about what this one passes. */
static __always_inline int pass(const struct __sk_buff *skb, enum msender_reason reason)
{
	count_reason(reason, skb->len);
	return TC_ACT_UNSPEC;
}

SEC("tc")
int msender_ingress(struct __sk_buff *skb)
{
	struct msender_verdict verdict;
	struct iphdr ip;

	/* First: a looped-back packet has no link header (ip_mc_output), whatever its interface says. */
	if (skb->pkt_type == PACKET_LOOPBACK)
		return pass(skb, MSENDER_LOOPBACK);
	if (skb->protocol != bpf_htons(ETH_P_IP))
		return pass(skb, MSENDER_NOT_IP);
	/* Relative to the network header: right on devices without a link header too. */
	if (bpf_skb_load_bytes_relative(skb, 0, &ip, sizeof(ip), BPF_HDR_START_NET)) {
		count_reason(MSENDER_MALFORMED, skb->len);
		return TC_ACT_SHOT;
	}

	verdict = msender_judge(&ip);
	count_reason(verdict.reason, skb->len);
	if (verdict.ctl)
		count_sender(verdict.ctl, verdict.action, skb->len);
	if (verdict.action == MSENDER_DROP) {
		count_denied(skb, &ip, verdict.reason);
		return TC_ACT_SHOT;
	}
	if (verdict.action == MSENDER_DELIVER)
		skb->mark = MSENDER_MARK;
	return TC_ACT_UNSPEC;
}

char LICENSE[] SEC("license") = "GPL";
