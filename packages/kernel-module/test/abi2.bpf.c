// SPDX-License-Identifier: GPL-2.0-only
/* The filter with the tables of MSENDER_ABI 2, which knew no IPv6, as small as tests of taking it over need it. */
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/ip.h>
#include <linux/pkt_cls.h>

#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

struct key {
	__be32 source, group;
};

struct wildcard_key {
	__u32 length;
	struct key key;
};

struct ctl {
	__u8 max_ttl, flags, mac[6];
	__u64 packets, rest[7];
};

#define TABLE(name, kind, entries, key_type, value_type)      \
	struct {                                              \
		__uint(type, BPF_MAP_TYPE_##kind);            \
		__uint(max_entries, entries);                 \
		__type(key, key_type);                        \
		__type(value, value_type);                    \
	} name SEC(".maps")

typedef char refused_key[12], refused[40], number[16], name[16], interface[24];

TABLE(senders, HASH, 16, struct key, struct ctl);
TABLE(denied, LRU_HASH, 65536, refused_key, refused);
TABLE(observed, HASH, 256, __be32, __u8);
TABLE(pim_neighbours, HASH, 256, __be32, __u8);
TABLE(interfaces, HASH, 8192, __u32, interface);
TABLE(bindings, HASH, 1024, __u32, name);
TABLE(control, ARRAY, 3, __u32, __u64);
TABLE(counts, PERCPU_ARRAY, 32, __u32, number);
TABLE(monitored, PERCPU_ARRAY, 32, __u32, number);
TABLE(new_denied, PERCPU_ARRAY, 1, __u32, number);

struct {
	__uint(type, BPF_MAP_TYPE_LPM_TRIE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, 16384);
	__type(key, struct wildcard_key);
	__type(value, struct ctl);
} wildcards SEC(".maps");

SEC("tc")
int msender_ingress(struct __sk_buff *skb)
{
	struct wildcard_key any = { .length = 64 };
	struct ctl *ctl;
	struct iphdr ip;
	__u32 zero = 0;
	__u64 *has_wildcards = bpf_map_lookup_elem(&control, &zero);

	if (skb->protocol != bpf_htons(ETH_P_IP))
		return TC_ACT_UNSPEC;
	if (bpf_skb_load_bytes_relative(skb, 0, &ip, sizeof(ip), BPF_HDR_START_NET) || !has_wildcards)
		return TC_ACT_SHOT;
	if ((ip.daddr & bpf_htonl(0xf0000000)) != bpf_htonl(0xe0000000) ||
	    (ip.daddr & bpf_htonl(0xffffff00)) == bpf_htonl(0xe0000000))
		return TC_ACT_UNSPEC;
	any.key = (struct key){ 0, ip.daddr };
	ctl = bpf_map_lookup_elem(&senders, &(struct key){ ip.saddr, ip.daddr });
	if (!ctl && *has_wildcards)
		ctl = bpf_map_lookup_elem(&wildcards, &any);
	if (!ctl || ip.ttl > ctl->max_ttl)
		return TC_ACT_SHOT;
	__sync_fetch_and_add(&ctl->packets, 1);
	return TC_ACT_UNSPEC;
}

char LICENSE[] SEC("license") = "GPL";
