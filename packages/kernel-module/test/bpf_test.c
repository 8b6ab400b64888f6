// SPDX-License-Identifier: GPL-2.0-only
/*
 * The compiled filter in the kernel, through BPF_PROG_TEST_RUN, beside the independent model: a sentence for each
 * reason, then generated packets (MSENDER_PACKETS, default 200000; MSENDER_SEED) with every counter compared at the end.
 */
#include <arpa/inet.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <unistd.h>

#include "../include/msender.h"
#include "model.h"
#include "packet.h"
#include "tap.h"

#define TC_ACT_UNSPEC (-1)
#define TC_ACT_SHOT 2

static struct {
	int program, senders, denied, observed, neighbours, counts, cpus;
} filter;
static struct model model;
static uint64_t random_state;

static uint32_t host(const char *text)
{
	return ntohl(inet_addr(text));
}

static int open_filter(const char *path)
{
	struct bpf_object *object = bpf_object__open_file(path, NULL);

	if (!object || bpf_object__load(object))
		return -errno;
	filter.program = bpf_program__fd(bpf_object__find_program_by_name(object, "msender_ingress"));
	filter.senders = bpf_object__find_map_fd_by_name(object, "senders");
	filter.denied = bpf_object__find_map_fd_by_name(object, "denied");
	filter.observed = bpf_object__find_map_fd_by_name(object, "observed");
	filter.neighbours = bpf_object__find_map_fd_by_name(object, "pim_neighbours");
	filter.counts = bpf_object__find_map_fd_by_name(object, "counts");
	filter.cpus = libbpf_num_possible_cpus();
	return 0;
}

static void permit(uint32_t source, uint32_t group, int max_ttl)
{
	struct msender_key key = { htonl(source), htonl(group) };
	struct msender_ctl ctl = { .max_ttl = max_ttl };

	bpf_map_update_elem(filter.senders, &key, &ctl, BPF_ANY);
	model.senders[model.sender_count++] =
		(struct model_sender){ .source = source, .group = group, .max_ttl = max_ttl };
}

static void observe(uint32_t group)
{
	__be32 key = htonl(group);
	__u8 one = 1;

	bpf_map_update_elem(filter.observed, &key, &one, BPF_ANY);
	model.observed[model.observed_count++] = group;
}

static void trust_neighbour(uint32_t source)
{
	__be32 key = htonl(source);
	__u8 one = 1;

	bpf_map_update_elem(filter.neighbours, &key, &one, BPF_ANY);
	model.neighbours[model.neighbour_count++] = source;
}

/* Runs the frame through the kernel; -1 when the kernel refused to run it or the mark makes no sense. */
static int run(const uint8_t *frame, size_t length)
{
	struct __sk_buff context = { .mark = 0 };
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

static int judge(struct packet packet)
{
	uint8_t frame[PACKET_LENGTH_MAX];

	packet_write(&packet, frame);
	model_judge(&model, frame, packet.length);
	return run(frame, packet.length);
}

static struct packet udp(const char *source, const char *group, int ttl)
{
	return (struct packet){ .source = host(source), .group = host(group), .ttl = ttl, .protocol = 17,
				.version_and_length = 0x45, .ethertype = 0x0800, .length = 60 };
}

static uint64_t packets_of(int reason)
{
	struct msender_count per_cpu[filter.cpus];
	uint64_t sum = 0;

	if (bpf_map_lookup_elem(filter.counts, &reason, per_cpu))
		return UINT64_MAX;
	for (int cpu = 0; cpu < filter.cpus; cpu++)
		sum += per_cpu[cpu].packets;
	return sum;
}

static void test_reasons(void)
{
	struct packet packet = udp("192.0.2.1", "233.252.0.1", 16);

	tap_ok(judge(packet) == MODEL_PASS, "a registered sender passes at its maximum TTL");
	packet.ttl = 17;
	tap_ok(judge(packet) == MODEL_DROP && packets_of(MSENDER_TTL) == 1, "TTL: one hop above is dropped and counted");
	tap_ok(judge(udp("192.0.2.2", "233.252.0.1", 1)) == MODEL_DROP && packets_of(MSENDER_UNKNOWN) == 1,
	       "UNKNOWN: an unregistered source is dropped and counted");
	tap_ok(judge(udp("192.0.2.2", "239.255.255.255", 255)) == MODEL_DELIVER && packets_of(MSENDER_OBSERVED) == 1,
	       "OBSERVED: a packet to an observed group is marked");
	tap_ok(judge(udp("192.0.2.2", "224.0.0.251", 255)) == MODEL_PASS && packets_of(MSENDER_LINK_LOCAL) == 1,
	       "LINK_LOCAL: 224.0.0.251 passes");
	tap_ok(judge(udp("192.0.2.2", "203.0.113.9", 64)) == MODEL_PASS && packets_of(MSENDER_UNICAST) == 1,
	       "UNICAST: unicast passes");
	packet = udp("192.0.2.2", "203.0.113.9", 64);
	packet.protocol = 103;
	tap_ok(judge(packet) == MODEL_DROP && packets_of(MSENDER_REGISTER) == 1, "REGISTER: a forged PIM Register is dropped");
	packet.source = host("192.0.2.9");
	tap_ok(judge(packet) == MODEL_PASS, "unicast PIM of a listed neighbour passes");
	packet = udp("192.0.2.1", "233.252.0.1", 1);
	packet.version_and_length = 0x44;
	tap_ok(judge(packet) == MODEL_DROP && packets_of(MSENDER_MALFORMED) == 1, "MALFORMED: a 16-byte header is dropped");
	packet.ethertype = 0x86dd;
	tap_ok(judge(packet) == MODEL_PASS && packets_of(MSENDER_NOT_IP) == 1, "NOT_IP: another ethertype passes");
}

/* xorshift64*: enough to draw packets, and the same everywhere. */
static uint32_t draw(uint32_t below)
{
	random_state ^= random_state >> 12;
	random_state ^= random_state << 25;
	random_state ^= random_state >> 27;
	return (random_state * 0x2545f4914f6cdd1dULL >> 32) % below;
}

static uint32_t draw_group(void)
{
	static const uint32_t edges[] = { 0xe0000000, 0xe00000ff, 0xe0000100, 0xefffffff, 0xf0000000, 0xdfffffff, 0xffffffff, 0 };

	switch (draw(8)) {
	case 0:
		return edges[draw(8)];
	case 1:
		return host("239.255.255.255") - draw(3);
	case 2:
		return host("198.51.100.0") + draw(4);
	case 3:
		return 0xe0000000 | draw(256) << 8;
	default:
		return host("233.252.0.0") + draw(24);
	}
}

/* The kernel runs no test packet that is shorter than the header its ethertype promises (20 and 40 bytes). */
static size_t draw_length(uint16_t ethertype)
{
	size_t shortest = ethertype == 0x0800 ? 34 : ethertype == 0x86dd ? 54 : 15;

	return shortest + draw(70);
}

static struct packet draw_packet(void)
{
	static const uint8_t protocols[] = { 17, 17, 17, 103, 2, 4, 47, 0 };
	static const uint16_t ethertypes[] = { 0x0806, 0x86dd, 0x8100, 0x0801 };
	uint16_t ethertype = draw(16) ? 0x0800 : ethertypes[draw(4)];

	return (struct packet){
		.source = draw(128) ? host("192.0.2.0") + draw(24) : draw(UINT32_MAX),
		.group = draw_group(),
		.ttl = draw(4) ? draw(40) : draw(256),
		.protocol = protocols[draw(8)],
		.version_and_length = draw(16) ? 0x45 + draw(11) : draw(256),
		.ethertype = ethertype,
		.length = draw_length(ethertype),
	};
}

static void test_generated(long count)
{
	uint8_t frame[PACKET_LENGTH_MAX];
	long disagreements = 0, verdicts[3] = { 0 };

	for (long i = 0; i < count; i++) {
		struct packet packet = draw_packet();
		int expected, actual;

		packet_write(&packet, frame);
		expected = model_judge(&model, frame, packet.length);
		actual = run(frame, packet.length);
		verdicts[expected]++;
		if (actual == expected)
			continue;
		if (disagreements++ < 5)
			printf("# packet %ld: source %08x group %08x ttl %u protocol %u: expected %d, got %d\n", i,
			       packet.source, packet.group, packet.ttl, packet.protocol, expected, actual);
	}
	tap_ok(disagreements == 0, "the filter agrees with the model on %ld generated packets", count);
	tap_ok(verdicts[0] > count / 50 && verdicts[1] > count / 50 && verdicts[2] > count / 500,
	       "and all verdicts were drawn: %ld pass, %ld drop, %ld deliver", verdicts[0], verdicts[1], verdicts[2]);
}

static void test_counters(void)
{
	int reasons_equal = 1, senders_equal = 1, denied_equal = 1;

	for (int reason = 0; reason < MSENDER_REASONS; reason++)
		reasons_equal &= packets_of(reason) == model.packets[reason];
	for (size_t i = 0; i < model.sender_count; i++) {
		struct model_sender *sender = &model.senders[i];
		struct msender_key key = { htonl(sender->source), htonl(sender->group) };
		struct msender_ctl ctl = { 0 };

		senders_equal &= !bpf_map_lookup_elem(filter.senders, &key, &ctl) && ctl.packets == sender->packets &&
				 ctl.bytes == sender->bytes && ctl.refused == sender->refused;
	}
	tap_ok(reasons_equal, "the count of each reason equals the model's");
	tap_ok(senders_equal, "packets, bytes and refusals of each sender equal the model's");
	for (size_t i = 0; i < model.denied_count; i++) {
		struct model_denied *row = &model.denied[i];
		struct msender_denied_key key = { 1, htonl(row->source), htonl(row->group) };
		struct msender_denied denied = { 0 };

		/* Rows beyond the table's bound may have made room for others; those kept must be right. */
		if (!bpf_map_lookup_elem(filter.denied, &key, &denied))
			denied_equal &= denied.packets == row->packets && denied.bytes == row->bytes &&
					denied.reason == row->reason && denied.ttl == row->ttl;
		else
			denied_equal = 0;
	}
	tap_ok(denied_equal, "each of %zu refused (interface, S, G) has the model's counts, reason and TTL", model.denied_count);
}

int main(void)
{
	const char *count = getenv("MSENDER_PACKETS"), *seed = getenv("MSENDER_SEED");
	int error;

	if (geteuid() != 0)
		return tap_skip_all("loading a BPF program needs root");
	libbpf_set_print(NULL);
	error = open_filter("build/msender.bpf.o");
	if (error) {
		printf("1..1\nnot ok 1 - the filter loads (%s)\n", strerror(-error));
		return EXIT_FAILURE;
	}
	random_state = seed ? strtoull(seed, NULL, 0) : 0x5ac5ac5ac5acULL;
	printf("# seed 0x%llx\n", (unsigned long long)random_state);
	permit(host("192.0.2.1"), host("233.252.0.1"), 16);
	observe(host("239.255.255.255"));
	trust_neighbour(host("192.0.2.9"));
	test_reasons();
	for (int i = 2; i < 200; i++)
		permit(host("192.0.2.0") + i % 20, host("233.252.0.0") + i / 10, 1 + draw(255));
	test_generated(count ? strtol(count, NULL, 10) : 200000);
	test_counters();
	return tap_done();
}
