// SPDX-License-Identifier: GPL-2.0-only
/* The filter with the layout of MSENDER_ABI 1, as small as tests of taking it over need it. */
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/ip.h>
#include <linux/pkt_cls.h>

#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

struct key {
	__be32 source, group;
};

struct ctl {
	__u8 max_ttl, flags;
	__u16 reserved;
	__u32 reserved2;
	__u64 packets, bytes, refused, last_ns;
};

struct denied_key {
	__u32 ifindex;
	struct key key;
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 16);
	__type(key, struct key);
	__type(value, struct ctl);
} senders SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 65536);
	__type(key, struct denied_key);
	__type(value, char[40]);
} denied SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 32);
	__type(key, __u32);
	__type(value, char[16]);
} counts SEC(".maps");

static __always_inline int drop(struct __sk_buff *skb, const struct key *key)
{
	struct denied_key refused = { skb->ifindex, *key };
	char row[40] = { 1 };

	bpf_map_update_elem(&denied, &refused, row, BPF_NOEXIST);
	return TC_ACT_SHOT;
}

SEC("tc")
int msender_ingress(struct __sk_buff *skb)
{
	struct ctl *ctl;
	struct iphdr ip;
	__u32 reason = 4;
	char *count = bpf_map_lookup_elem(&counts, &reason);

	if (skb->protocol != bpf_htons(ETH_P_IP))
		return TC_ACT_UNSPEC;
	if (bpf_skb_load_bytes_relative(skb, 0, &ip, sizeof(ip), BPF_HDR_START_NET) || !count)
		return TC_ACT_SHOT;
	if ((ip.daddr & bpf_htonl(0xf0000000)) != bpf_htonl(0xe0000000) ||
	    (ip.daddr & bpf_htonl(0xffffff00)) == bpf_htonl(0xe0000000))
		return TC_ACT_UNSPEC;
	ctl = bpf_map_lookup_elem(&senders, &(struct key){ ip.saddr, ip.daddr });
	if (!ctl || ip.ttl > ctl->max_ttl)
		return drop(skb, &(struct key){ ip.saddr, ip.daddr });
	__sync_fetch_and_add(&ctl->packets, 1);
	return TC_ACT_UNSPEC;
}

char LICENSE[] SEC("license") = "GPL";
