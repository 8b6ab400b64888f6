// SPDX-License-Identifier: GPL-2.0-only
#include "filter.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>

#define TC_ACT_UNSPEC (-1)
#define TC_ACT_SHOT 2

struct filter filter;
struct model model;

/* As bytes of an address lie in memory, so words of network byte order lie in a key. */
static struct msender_key key_of(const struct address *source, const struct address *group)
{
	struct msender_key key;

	memcpy(&key.source, source->bytes, 4);
	memcpy(&key.group, group->bytes, 4);
	return key;
}

static struct msender_key6 key6_of(const struct address *source, const struct address *group)
{
	struct msender_key6 key;

	memcpy(key.source, source->bytes, 16);
	memcpy(key.group, group->bytes, 16);
	return key;
}

int filter_open(const char *path)
{
	struct bpf_object *object = bpf_object__open_file(path, NULL);
	struct {
		int *fd;
		const char *name;
	} maps[] = {
		{ &filter.senders, "senders" },	      { &filter.senders6, "senders6" },
		{ &filter.wildcards, "wildcards" },   { &filter.wildcards6, "wildcards6" },
		{ &filter.control, "control" },	      { &filter.links, "links" },
		{ &filter.interfaces, "interfaces" }, { &filter.pending, "pending" },
		{ &filter.denied, "denied" },	      { &filter.denied6, "denied6" },
		{ &filter.observed, "observed" },     { &filter.observed6, "observed6" },
		{ &filter.neighbours, "pim_neighbours" }, { &filter.neighbours6, "pim_neighbours6" },
		{ &filter.counts, "counts" },	      { &filter.monitored, "monitored" },
		{ &filter.clock, "test_clock" },
	};

	if (!object || bpf_object__load(object))
		return -errno;
	filter.program = bpf_program__fd(bpf_object__find_program_by_name(object, "msender_ingress"));
	for (size_t i = 0; i < sizeof(maps) / sizeof(maps[0]); i++)
		*maps[i].fd = bpf_object__find_map_fd_by_name(object, maps[i].name);
	filter.cpus = libbpf_num_possible_cpus();
	return 0;
}

int filter_has_test_clock(void)
{
	return filter.clock >= 0;
}

void filter_set_clock(uint64_t now_ns)
{
	int zero = 0;

	model.now_ns = now_ns;
	if (filter_has_test_clock())
		bpf_map_update_elem(filter.clock, &zero, &now_ns, BPF_ANY);
}

void filter_set_control(int index, uint64_t number)
{
	bpf_map_update_elem(filter.control, &index, &number, BPF_ANY);
}

void filter_add_interface(int ifindex, int flags)
{
	__u8 has_ethernet = !!(flags & MSENDER_ETHERNET);
	struct msender_interface interface = { .attached = 1, .flags = flags, .binding = 1000 + ifindex };

	bpf_map_update_elem(filter.interfaces, &ifindex, &interface, BPF_ANY);
	bpf_map_update_elem(filter.links, &ifindex, &has_ethernet, BPF_ANY);
	model.interfaces[ifindex] = (struct model_interface){ 1, !!(flags & MSENDER_MONITOR), !!(flags & MSENDER_ETHERNET) };
}

/* The table in which the sender is, and its key there. */
static int place_of(const struct model_sender *sender, void *key)
{
	static const struct address any;
	int is_wildcard = is_same_address(&sender->source, &any) || sender->length < (sender->family == 4 ? 32 : 128);

	if (sender->family == 4 && !is_wildcard) {
		*(struct msender_key *)key = key_of(&sender->source, &sender->group);
		return filter.senders;
	}
	if (sender->family == 6 && !is_wildcard) {
		*(struct msender_key6 *)key = key6_of(&sender->source, &sender->group);
		return filter.senders6;
	}
	if (sender->family == 4) {
		struct msender_key pair = key_of(&sender->source, &sender->group);

		*(struct msender_wildcard_key *)key =
			(struct msender_wildcard_key){ 32 + sender->length, pair.source, pair.group };
		return filter.wildcards;
	}
	((struct msender_wildcard_key6 *)key)->length = 128 + sender->length;
	memcpy(((struct msender_wildcard_key6 *)key)->source, sender->source.bytes, 16);
	memcpy(((struct msender_wildcard_key6 *)key)->group, sender->group.bytes, 16);
	return filter.wildcards6;
}

void filter_permit(struct model_sender sender)
{
	struct msender_ctl ctl = {
		.max_ttl = sender.max_ttl,
		.flags = sender.has_mac ? MSENDER_MAC : 0,
		.expires_ns = sender.expires_ns,
		.rate = sender.rate,
		.burst = sender.burst,
		.binding = sender.ifindex ? 1000 + sender.ifindex : 0,
	};
	struct msender_wildcard_key6 key;
	int map = place_of(&sender, &key);

	memcpy(ctl.mac, sender.mac, sizeof(ctl.mac));
	bpf_map_update_elem(map, &key, &ctl, BPF_ANY);
	model.senders[model.sender_count++] = sender;
}

static int is_ipv4(const struct address *address)
{
	static const uint8_t none[12];

	return !memcmp(address->bytes + 4, none, sizeof(none));
}

/* By its last octet. */
static uint64_t observed_bit(const struct address *group)
{
	return 1ULL << (is_ipv4(group) ? group->bytes[3] : group->bytes[15]) % 64;
}

void filter_observe(struct address group)
{
	__u8 one = 1;

	bpf_map_update_elem(is_ipv4(&group) ? filter.observed : filter.observed6, &group, &one, BPF_ANY);
	model.observed.members[model.observed.count++] = group;
	filter_set_control(is_ipv4(&group) ? MSENDER_CONTROL_OBSERVED : MSENDER_CONTROL_OBSERVED6, observed_bit(&group));
}

void filter_trust_neighbour(struct address source)
{
	__u8 one = 1;

	bpf_map_update_elem(is_ipv4(&source) ? filter.neighbours : filter.neighbours6, &source, &one, BPF_ANY);
	model.neighbours.members[model.neighbours.count++] = source;
}

int filter_find_sender(const struct model_sender *sender, struct msender_ctl *ctl)
{
	struct msender_wildcard_key6 key;
	int map = place_of(sender, &key);

	return bpf_map_lookup_elem(map, &key, ctl);
}

/* Adds what the CPUs have counted of the key and not yet added to its row. */
static void add_pending(int first, const void *key, size_t length, struct msender_denied *denied)
{
	struct msender_pending slots[filter.cpus];

	for (int index = first; index < first + MSENDER_PENDING_SLOTS; index++) {
		if (bpf_map_lookup_elem(filter.pending, &index, slots))
			continue;
		for (int cpu = 0; cpu < filter.cpus; cpu++) {
			if (memcmp(slots[cpu].key, key, length))
				continue;
			denied->packets += slots[cpu].packets;
			denied->bytes += slots[cpu].bytes;
		}
	}
}

int filter_find_denied(const struct model_denied *row, struct msender_denied *denied)
{
	struct msender_key pair = key_of(&row->source, &row->group);
	struct msender_key6 pair6 = key6_of(&row->source, &row->group);
	struct msender_denied_key key = { row->ifindex, pair.source, pair.group };
	struct msender_denied_key6 key6 = { .ifindex = row->ifindex };

	memcpy(key6.source, &pair6, sizeof(pair6));
	if (row->family == 4 ? bpf_map_lookup_elem(filter.denied, &key, denied) :
			       bpf_map_lookup_elem(filter.denied6, &key6, denied))
		return -1;
	if (row->family == 4)
		add_pending(0, &key, sizeof(key), denied);
	else
		add_pending(MSENDER_PENDING_SLOTS, &key6, sizeof(key6), denied);
	return 0;
}

uint64_t filter_packets(int counts, int reason)
{
	struct msender_count per_cpu[filter.cpus];
	uint64_t sum = 0;

	if (bpf_map_lookup_elem(counts, &reason, per_cpu))
		return UINT64_MAX;
	for (int cpu = 0; cpu < filter.cpus; cpu++)
		sum += per_cpu[cpu].packets;
	return sum;
}

long filter_denied_rows(int denied)
{
	struct msender_denied_key6 key;
	long rows = 0;

	for (int error = bpf_map_get_next_key(denied, NULL, &key); !error; error = bpf_map_get_next_key(denied, &key, &key))
		rows++;
	return rows;
}

int filter_run(int ifindex, const uint8_t *frame, size_t length)
{
	struct __sk_buff context = { .ifindex = ifindex };
	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = frame, .data_size_in = length, .ctx_in = &context,
		    .ctx_size_in = sizeof(context), .ctx_out = &context, .ctx_size_out = sizeof(context));

	if (bpf_prog_test_run_opts(filter.program, &opts))
		return -1;
	if ((int)opts.retval == TC_ACT_SHOT)
		return MODEL_DROP;
	if ((int)opts.retval != TC_ACT_UNSPEC)
		return -1;
	if (context.mark == MSENDER_MARK)
		return MODEL_DELIVER;
	return context.mark == 0 ? MODEL_PASS : -1;
}

int filter_judge(int ifindex, const struct packet *packet)
{
	uint8_t frame[PACKET_LENGTH_MAX];

	packet_write(packet, frame);
	model_judge(&model, ifindex, frame, packet->length);
	return filter_run(ifindex, frame, packet->length);
}
