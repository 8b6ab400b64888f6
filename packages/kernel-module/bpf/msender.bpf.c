// SPDX-License-Identifier: GPL-2.0-only
/*
 * The multicast sender filter at tc ingress (tcx, or clsact) of an internal interface.
 *
 * Ingress, not netfilter FORWARD: here the TTL is the sender's own, a refused packet reaches neither the forwarding
 * cache nor a PIM Register, and nothing that it could have triggered exists yet.
 */
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <linux/pkt_cls.h>
#include <stddef.h>

#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#include "../include/verdict.h"

#define VLAN_ID_MASK 0x0fff /* IEEE 802.1Q */

/* Plain hash, preallocated: an LRU table would evict permissions, and an update must not fail for want of memory. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, MSENDER_SENDERS_MAX);
	__type(key, struct msender_key);
	__type(value, struct msender_ctl);
} senders SEC(".maps");

/* IPv6 has tables of its own, so that neither family pays for the other. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, MSENDER_SENDERS_MAX);
	__type(key, struct msender_key6);
	__type(value, struct msender_ctl);
} senders6 SEC(".maps");

/* A trie allocates: an update may fail for want of memory, and says so to who asked for it. */
struct {
	__uint(type, BPF_MAP_TYPE_LPM_TRIE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, MSENDER_WILDCARDS_MAX);
	__type(key, struct msender_wildcard_key);
	__type(value, struct msender_ctl);
} wildcards SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_LPM_TRIE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, MSENDER_WILDCARDS_MAX);
	__type(key, struct msender_wildcard_key6);
	__type(value, struct msender_ctl);
} wildcards6 SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, MSENDER_CONTROLS);
	__type(key, __u32);
	__type(value, __u64);
} control SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct msender_tick);
} ticks SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, MSENDER_OBSERVED_MAX);
	__type(key, __be32);
	__type(value, __u8);
} observed SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, MSENDER_OBSERVED_MAX);
	__type(key, struct in6_addr);
	__type(value, __u8);
} observed6 SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, MSENDER_PIM_NEIGHBOURS_MAX);
	__type(key, __be32);
	__type(value, __u8);
} pim_neighbours SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, MSENDER_PIM_NEIGHBOURS_MAX);
	__type(key, struct in6_addr);
	__type(value, __u8);
} pim_neighbours6 SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, MSENDER_INTERFACES_MAX);
	__type(key, __u32);
	__type(value, struct msender_interface);
} interfaces SEC(".maps");

/* By ifindex: 1 when its packets have an Ethernet header. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, MSENDER_LINKS_MAX);
	__type(key, __u32);
	__type(value, __u8);
} links SEC(".maps");

/* Not looked at by the program: the names behind msender_interface.binding, of interfaces that may not exist now. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, MSENDER_BINDINGS_MAX);
	__type(key, __u32);
	__type(value, char[16]);
} bindings SEC(".maps");

/* Indexed by enum msender_reason. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, MSENDER_REASONS);
	__type(key, __u32);
	__type(value, struct msender_count);
} counts SEC(".maps");

/* The same for packets that were passed only because their interface is monitored. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, MSENDER_REASONS);
	__type(key, __u32);
	__type(value, struct msender_count);
} monitored SEC(".maps");

static __always_inline struct msender_ctl *msender_find(const struct msender_packet *packet, const struct msender_key *key)
{
	return bpf_map_lookup_elem(&senders, key);
}

static __always_inline struct msender_ctl *msender_find6(const struct msender_packet *packet, const struct msender_key6 *key)
{
	return bpf_map_lookup_elem(&senders6, key);
}

static __always_inline __u64 read_control(__u32 index)
{
	__u64 *number = bpf_map_lookup_elem(&control, &index);

	return number ? *number : ~0ULL;
}

static __always_inline struct msender_ctl *msender_find_wildcard(const struct msender_packet *packet,
								 const struct msender_key *key)
{
	struct msender_wildcard_key wildcard = { 64, key->source, key->group };
	struct msender_ctl *ctl;

	if (!read_control(MSENDER_CONTROL_WILDCARDS))
		return NULL;
	ctl = bpf_map_lookup_elem(&wildcards, &wildcard);
	if (ctl)
		return ctl;
	wildcard.source = 0;
	return bpf_map_lookup_elem(&wildcards, &wildcard);
}

static __always_inline struct msender_ctl *msender_find_wildcard6(const struct msender_packet *packet,
								  const struct msender_key6 *key)
{
	struct msender_wildcard_key6 wildcard = { .length = 256 };
	struct msender_ctl *ctl;

	if (!read_control(MSENDER_CONTROL_WILDCARDS6))
		return NULL;
	__builtin_memcpy(wildcard.source, key, sizeof(*key));
	ctl = bpf_map_lookup_elem(&wildcards6, &wildcard);
	if (ctl)
		return ctl;
	__builtin_memset(wildcard.source, 0, sizeof(wildcard.source));
	return bpf_map_lookup_elem(&wildcards6, &wildcard);
}

static __always_inline int msender_may_monitor(const struct msender_packet *packet)
{
	return read_control(MSENDER_CONTROL_MONITORING) != 0;
}

static __always_inline const struct msender_interface *msender_find_interface(const struct msender_packet *packet)
{
	const struct __sk_buff *skb = packet->context;
	__u32 ifindex = skb->ifindex;

	return bpf_map_lookup_elem(&interfaces, &ifindex);
}

static __always_inline int may_be_observed(enum msender_control bits, __be32 last_word)
{
	return read_control(bits) >> (bpf_ntohl(last_word) % 64) & 1;
}

static __always_inline int msender_is_observed(const struct msender_packet *packet, __be32 group)
{
	if (!may_be_observed(MSENDER_CONTROL_OBSERVED, group))
		return 0;
	return bpf_map_lookup_elem(&observed, &group) != NULL;
}

static __always_inline int msender_is_observed6(const struct msender_packet *packet, const __be32 *group)
{
	if (!may_be_observed(MSENDER_CONTROL_OBSERVED6, group[3]))
		return 0;
	return bpf_map_lookup_elem(&observed6, group) != NULL;
}

static __always_inline int msender_is_pim_neighbour(const struct msender_packet *packet, __be32 source)
{
	return bpf_map_lookup_elem(&pim_neighbours, &source) != NULL;
}

static __always_inline int msender_is_pim_neighbour6(const struct msender_packet *packet, const __be32 *source)
{
	return bpf_map_lookup_elem(&pim_neighbours6, source) != NULL;
}

static __always_inline int msender_has_mac(const struct msender_packet *packet, const __u8 *mac)
{
	__u8 source[6], difference = 0;

	if (bpf_skb_load_bytes_relative(packet->context, offsetof(struct ethhdr, h_source), source, sizeof(source),
					BPF_HDR_START_MAC))
		return 0;
	for (int i = 0; i < 6; i++)
		difference |= source[i] ^ mac[i];
	return difference == 0;
}

/*
 * Reads from the network header on, which is right on devices without a link header too. The helper sees only the linear
 * part of the buffer, and of a jumbo frame nothing may be there yet but the link header.
 */
static __always_inline int load(struct __sk_buff *skb, __u32 offset, void *to, __u32 length)
{
	__u32 wanted = ETH_HLEN + offset + length;

	if (bpf_skb_load_bytes_relative(skb, offset, to, length, BPF_HDR_START_NET) == 0)
		return 0;
	if (bpf_skb_pull_data(skb, skb->len < wanted ? skb->len : wanted))
		return -1;
	return bpf_skb_load_bytes_relative(skb, offset, to, length, BPF_HDR_START_NET) ? -1 : 0;
}

static __always_inline int has_ethernet(const struct __sk_buff *skb)
{
	__u32 ifindex = skb->ifindex;
	__u8 *link = bpf_map_lookup_elem(&links, &ifindex);

	return link && *link;
}

/*
 * The same for an IP header of so many words, without asking the kernel where it is known to be. Only the interface can
 * tell: what stands in a packet without link header may look like one.
 */
static __always_inline int load_ip(struct __sk_buff *skb, __be32 *to, __u32 words)
{
	const struct ethhdr *link = (void *)(long)skb->data;
	const __be32 *from = (void *)(link + 1);

	if (!has_ethernet(skb) || (void *)(from + words) > (void *)(long)skb->data_end || link->h_proto != (__be16)skb->protocol)
		return load(skb, 0, to, words * sizeof(*to));
	for (__u32 i = 0; i < words; i++)
		to[i] = from[i];
	return 0;
}

static __always_inline int msender_load(const struct msender_packet *packet, __u32 offset, void *to, __u32 length)
{
	return load((struct __sk_buff *)packet->context, offset, to, length);
}

#ifdef MSENDER_TEST_CLOCK
/* For tests of what depends on time: the clock stands still until the test sets it. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u64);
} test_clock SEC(".maps");

static __always_inline __u64 msender_now_ns(void)
{
	__u32 zero = 0;
	__u64 *now = bpf_map_lookup_elem(&test_clock, &zero);

	return now ? *now : 0;
}

static __always_inline __u64 msender_tick_ns(void)
{
	return msender_now_ns();
}
#else
static __always_inline __u64 msender_now_ns(void)
{
	return bpf_ktime_get_ns();
}

/* The order of the writes matters where one packet interrupts another: a jiffy must not stand beside an older time. */
static __always_inline __u64 msender_tick_ns(void)
{
	__u32 zero = 0;
	struct msender_tick *tick = bpf_map_lookup_elem(&ticks, &zero);
	__u64 jiffies = bpf_jiffies64();

	if (!tick)
		return bpf_ktime_get_coarse_ns();
	if (tick->jiffies != jiffies) {
		*(volatile __u64 *)&tick->now_ns = bpf_ktime_get_coarse_ns();
		*(volatile __u64 *)&tick->jiffies = jiffies;
	}
	return tick->now_ns;
}
#endif

static __always_inline void count(void *map, __u32 reason, __u32 bytes)
{
	struct msender_count *count = bpf_map_lookup_elem(map, &reason);

	if (!count)
		return;
	count->packets++;
	count->bytes += bytes;
}

static __always_inline void count_sender(struct msender_ctl *ctl, enum msender_reason reason, __u32 bytes)
{
	if (reason != MSENDER_PERMITTED) {
		__sync_fetch_and_add(&ctl->refused, 1);
		return;
	}
	__sync_fetch_and_add(&ctl->packets, 1);
	__sync_fetch_and_add(&ctl->bytes, bytes);
	ctl->last_ns = msender_tick_ns();
}

#include "denied.bpf.h"

/* UNSPEC, not OK: other filters of the interface still have their say about what this one passes. */
static __always_inline int pass(const struct __sk_buff *skb, enum msender_reason reason)
{
	count(&counts, reason, skb->len);
	return TC_ACT_UNSPEC;
}

/*
 * A frame behind two priority tags (VLAN 0) or more: the kernel takes the first one off before this hook and the others
 * behind it, and then delivers an IP packet that no hook has seen as one (__netif_receive_skb_core). A tag with a number
 * leads to the hook of its VLAN's interface, or nowhere.
 */
static __always_inline int is_hidden(struct __sk_buff *skb)
{
	__be16 tag;

	if (skb->protocol != bpf_htons(ETH_P_8021Q) && skb->protocol != bpf_htons(ETH_P_8021AD))
		return 0;
	if (skb->vlan_present && skb->vlan_tci & VLAN_ID_MASK)
		return 0;
	if (load(skb, 0, &tag, sizeof(tag)))
		return 1;
	return !(tag & bpf_htons(VLAN_ID_MASK));
}

/* Counts the packet by reason and for its sender, and does with it what was decided. */
static __always_inline int carry_out(struct __sk_buff *skb, const struct msender_verdict *verdict)
{
	if (verdict->monitored)
		count(&monitored, verdict->reason, skb->len);
	else
		count(&counts, verdict->reason, skb->len);
	if (verdict->ctl)
		count_sender(verdict->ctl, verdict->reason, skb->len);
	if (verdict->action == MSENDER_DROP)
		return TC_ACT_SHOT;
	if (verdict->action == MSENDER_DELIVER)
		skb->mark = MSENDER_MARK;
	return TC_ACT_UNSPEC;
}

/* Judges an IPv4 packet, or one with headers that are not whole. */
static __always_inline int judge(struct __sk_buff *skb, const struct iphdr *ip)
{
	struct msender_packet packet = { .ip = ip, .length = skb->len, .context = skb };
	struct msender_verdict verdict = msender_judge(&packet);

	if (verdict.reason >= MSENDER_UNKNOWN && ip) {
		struct msender_denied_key key = { skb->ifindex, ip->saddr, ip->daddr };

		count_denied(&denied, (__u32 *)&key, sizeof(key) / sizeof(__u32), &packet, &verdict, ip->ttl);
	}
	return carry_out(skb, &verdict);
}

/* The same for IPv6, as a program of its own, so that the path of IPv4 stays short. */
static __noinline int judge6(struct __sk_buff *skb)
{
	struct ipv6hdr ipv6;
	struct msender_packet packet = { .ipv6 = &ipv6, .length = skb->len, .context = skb };
	struct msender_verdict verdict;

	if (load_ip(skb, (__be32 *)&ipv6, sizeof(ipv6) / sizeof(__be32)))
		return judge(skb, NULL);
	verdict = msender_judge(&packet);
	if (verdict.reason >= MSENDER_UNKNOWN) {
		struct msender_denied_key6 key = { .ifindex = skb->ifindex };

		__builtin_memcpy(key.source, &ipv6.saddr, sizeof(struct msender_key6));
		count_denied(&denied6, (__u32 *)&key, sizeof(key) / sizeof(__u32), &packet, &verdict, ipv6.hop_limit);
	}
	return carry_out(skb, &verdict);
}

SEC("tc")
int msender_ingress(struct __sk_buff *skb)
{
	struct iphdr ip;

	/* First: a looped-back packet has no link header (ip_mc_output), whatever its interface says. */
	if (skb->pkt_type == PACKET_LOOPBACK)
		return pass(skb, MSENDER_LOOPBACK);
	if (skb->protocol == bpf_htons(ETH_P_IPV6))
		return judge6(skb);
	if (skb->protocol == bpf_htons(ETH_P_IP))
		return load_ip(skb, (__be32 *)&ip, sizeof(ip) / sizeof(__be32)) ? judge(skb, NULL) : judge(skb, &ip);
	if (is_hidden(skb))
		return judge(skb, NULL);
	return pass(skb, MSENDER_NOT_IP);
}

char LICENSE[] SEC("license") = "GPL";
