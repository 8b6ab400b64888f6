/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where the eBPF filter keeps who was refused. Includes come from msender.bpf.c.
 *
 * A flood must cost little more than dropping it: it begins few rows, and a row is looked up once a tick, not for each packet.
 */
#ifndef DENIED_BPF_H
#define DENIED_BPF_H

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct msender_new_denied);
} new_denied SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, MSENDER_DENIED_MAX);
	__type(key, struct msender_denied_key);
	__type(value, struct msender_denied);
} denied SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, MSENDER_DENIED_MAX);
	__type(key, struct msender_denied_key6);
	__type(value, struct msender_denied);
} denied6 SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 2 * MSENDER_PENDING_SLOTS);
	__type(key, __u32);
	__type(value, struct msender_pending);
} pending SEC(".maps");

/* Counts a new row; 0 when this tick has had enough of them. */
static __always_inline int may_note(__u64 now)
{
	__u32 zero = 0;
	struct msender_new_denied *new = bpf_map_lookup_elem(&new_denied, &zero);

	if (!new)
		return 0;
	if (new->tick_ns != now) {
		new->tick_ns = now;
		new->rows = 0;
	}
	return new->rows++ < MSENDER_NEW_DENIED_PER_TICK;
}

/* Counts into the row of the key in `denied` or `denied6`; 0 when there is none and no new one may begin. */
static __always_inline int count_in_row(void *map, const void *key, const struct msender_packet *packet,
					const struct msender_verdict *verdict, __u8 ttl, __u64 now)
{
	struct msender_denied *row = bpf_map_lookup_elem(map, key);
	struct msender_denied first = {
		.packets = 1,
		.bytes = packet->length,
		.first_ns = now,
		.last_ns = now,
		.reason = verdict->reason,
		.ttl = ttl,
		.monitored = verdict->monitored,
	};

	if (!row && !may_note(now))
		return 0;
	/* Two CPUs may both see a new row; the loser counts into the winner's. */
	if (!row && bpf_map_update_elem(map, key, &first, BPF_NOEXIST) == 0)
		return 1;
	if (!row)
		row = bpf_map_lookup_elem(map, key);
	if (!row)
		return 0;
	__sync_fetch_and_add(&row->packets, 1);
	__sync_fetch_and_add(&row->bytes, packet->length);
	row->last_ns = now;
	row->reason = verdict->reason;
	row->ttl = ttl;
	row->monitored = verdict->monitored;
	return 1;
}

/* Adds what is pending in the slot to its row, unless that had to make room. */
static __always_inline void settle(void *map, struct msender_pending *slot)
{
	struct msender_denied *row = bpf_map_lookup_elem(map, slot->key);

	if (row) {
		__sync_fetch_and_add(&row->packets, slot->packets);
		__sync_fetch_and_add(&row->bytes, slot->bytes);
	}
	slot->packets = 0;
	slot->bytes = 0;
}

static __always_inline int is_equal_key(const __u32 *a, const __u32 *b, __u32 words)
{
	__u32 difference = 0;

	for (__u32 i = 0; i < words; i++)
		difference |= a[i] ^ b[i];
	return difference == 0;
}

/* Counts a refused packet for its row; a key is so many words: interface, source, group. */
static __always_inline void count_denied(void *map, const __u32 *key, __u32 words, const struct msender_packet *packet,
					 const struct msender_verdict *verdict, __u8 ttl)
{
	__u32 first = words == 3 ? 0 : MSENDER_PENDING_SLOTS, last_words = key[(words - 1) / 2] ^ key[words - 1];
	__u32 index = first + bpf_ntohl(last_words) % MSENDER_PENDING_SLOTS;
	struct msender_pending *slot = bpf_map_lookup_elem(&pending, &index);
	__u64 now = msender_tick_ns();

	if (!slot)
		return;
	if (slot->tick_ns == now && slot->reason == verdict->reason && slot->ttl == ttl &&
	    slot->monitored == verdict->monitored && is_equal_key(slot->key, key, words)) {
		slot->packets++;
		slot->bytes += packet->length;
		return;
	}
	if (slot->packets)
		settle(map, slot);
	if (!count_in_row(map, key, packet, verdict, ttl, now))
		return;
	for (__u32 i = 0; i < words; i++)
		slot->key[i] = key[i];
	slot->reason = verdict->reason;
	slot->ttl = ttl;
	slot->monitored = verdict->monitored;
	slot->tick_ns = now;
}

#endif
