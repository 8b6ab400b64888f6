// SPDX-License-Identifier: GPL-2.0-only
/*
 * The compiled filter in the kernel, through BPF_PROG_TEST_RUN, beside the independent model: a sentence for each
 * reason, then generated packets (MSENDER_PACKETS, default 200000; MSENDER_SEED) with every counter compared at the end.
 *
 * Runs the object of its argument. One built with MSENDER_TEST_CLOCK takes the time from the test, so that rates and
 * expiries are drawn too; with the real clock they are either never or always reached.
 *
 * Interfaces of a namespace of its own: 1 an Ethernet, 2 another one, monitored, 3 one without link header, 4 unknown.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <sched.h>
#include <time.h>
#include <unistd.h>

#include "../include/msender.h"
#include "model.h"
#include "packet.h"
#include "tap.h"

#define TC_ACT_UNSPEC (-1)
#define TC_ACT_SHOT 2
#define ENFORCED 1
#define MONITORED 2
#define LAYER3 3
#define UNKNOWN_INTERFACE 4
#define FIRST_NS 1000000000000ULL

static struct {
	int program, senders, wildcards, control, denied, observed, neighbours, interfaces, counts, monitored, clock, cpus;
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
	filter.wildcards = bpf_object__find_map_fd_by_name(object, "wildcards");
	filter.control = bpf_object__find_map_fd_by_name(object, "control");
	filter.denied = bpf_object__find_map_fd_by_name(object, "denied");
	filter.observed = bpf_object__find_map_fd_by_name(object, "observed");
	filter.neighbours = bpf_object__find_map_fd_by_name(object, "pim_neighbours");
	filter.interfaces = bpf_object__find_map_fd_by_name(object, "interfaces");
	filter.counts = bpf_object__find_map_fd_by_name(object, "counts");
	filter.monitored = bpf_object__find_map_fd_by_name(object, "monitored");
	filter.clock = bpf_object__find_map_fd_by_name(object, "test_clock");
	filter.cpus = libbpf_num_possible_cpus();
	return 0;
}

static int has_test_clock(void)
{
	return filter.clock >= 0;
}

static void set_clock(uint64_t now_ns)
{
	int zero = 0;

	model.now_ns = now_ns;
	if (has_test_clock())
		bpf_map_update_elem(filter.clock, &zero, &now_ns, BPF_ANY);
}

static void add_interface(int ifindex, int flags)
{
	struct msender_interface interface = { .attached = 1, .flags = flags, .binding = 1000 + ifindex };

	bpf_map_update_elem(filter.interfaces, &ifindex, &interface, BPF_ANY);
	model.interfaces[ifindex] = (struct model_interface){ 1, !!(flags & MSENDER_MONITOR), !!(flags & MSENDER_ETHERNET) };
}

static void permit(struct model_sender sender)
{
	struct msender_key key = { htonl(sender.source), htonl(sender.group) };
	struct msender_wildcard_key wildcard = { 32 + sender.length, key.source, key.group };
	struct msender_ctl ctl = {
		.max_ttl = sender.max_ttl,
		.flags = sender.has_mac ? MSENDER_MAC : 0,
		.expires_ns = sender.expires_ns,
		.rate = sender.rate,
		.burst = sender.burst,
		.binding = sender.ifindex ? 1000 + sender.ifindex : 0,
	};

	memcpy(ctl.mac, sender.mac, sizeof(ctl.mac));
	if (sender.source && sender.length == 32)
		bpf_map_update_elem(filter.senders, &key, &ctl, BPF_ANY);
	else
		bpf_map_update_elem(filter.wildcards, &wildcard, &ctl, BPF_ANY);
	model.senders[model.sender_count++] = sender;
}

static void set_control(int index, uint64_t number)
{
	bpf_map_update_elem(filter.control, &index, &number, BPF_ANY);
}

static struct model_sender sender(const char *source, const char *group, int max_ttl)
{
	return (struct model_sender){ .source = host(source), .group = host(group), .length = 32, .max_ttl = max_ttl };
}

static void observe(uint32_t group)
{
	__be32 key = htonl(group);
	__u8 one = 1;

	bpf_map_update_elem(filter.observed, &key, &one, BPF_ANY);
	model.observed[model.observed_count++] = group;
	set_control(MSENDER_CONTROL_OBSERVED, 1ULL << group % 64);
}

static void trust_neighbour(uint32_t source)
{
	__be32 key = htonl(source);
	__u8 one = 1;

	bpf_map_update_elem(filter.neighbours, &key, &one, BPF_ANY);
	model.neighbours[model.neighbour_count++] = source;
}

/* Runs the frame through the kernel; -1 when the kernel refused to run it or the mark makes no sense. */
static int run(int ifindex, const uint8_t *frame, size_t length)
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

static int judge_on(int ifindex, struct packet packet)
{
	uint8_t frame[PACKET_LENGTH_MAX];

	packet_write(&packet, frame);
	model_judge(&model, ifindex, frame, packet.length);
	return run(ifindex, frame, packet.length);
}

static int judge(struct packet packet)
{
	return judge_on(ENFORCED, packet);
}

static struct packet udp(const char *source, const char *group, int ttl)
{
	return (struct packet){ .source = host(source), .group = host(group), .ttl = ttl, .protocol = 17,
				.version_and_length = 0x45, .ethertype = 0x0800, .length = 60, .mac = 1 };
}

static uint64_t packets_in(int counts, int reason)
{
	struct msender_count per_cpu[filter.cpus];
	uint64_t sum = 0;

	if (bpf_map_lookup_elem(counts, &reason, per_cpu))
		return UINT64_MAX;
	for (int cpu = 0; cpu < filter.cpus; cpu++)
		sum += per_cpu[cpu].packets;
	return sum;
}

static uint64_t packets_of(int reason)
{
	return packets_in(filter.counts, reason);
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
	packet.version_and_length = 0xe0;
	packet.ethertype = 0x8100;
	tap_ok(judge(packet) == MODEL_DROP && packets_of(MSENDER_MALFORMED) == 2, "MALFORMED: so is a second priority tag");
	packet.ethertype = 0x86dd;
	tap_ok(judge(packet) == MODEL_PASS && packets_of(MSENDER_NOT_IP) == 1, "NOT_IP: another ethertype passes");
}

static void test_limits(void)
{
	struct model_sender past = sender("192.0.2.1", "233.252.0.100", 16);
	struct model_sender bound = sender("192.0.2.1", "233.252.0.101", 16);
	struct model_sender slow = sender("192.0.2.1", "233.252.0.102", 16);
	struct packet packet = udp("192.0.2.1", "233.252.0.101", 16);

	past.expires_ns = 1;
	permit(past);
	tap_ok(judge(udp("192.0.2.1", "233.252.0.100", 16)) == MODEL_DROP && packets_of(MSENDER_EXPIRED) == 1,
	       "EXPIRED: a sender whose time is over is dropped and counted");
	bound.ifindex = ENFORCED;
	bound.has_mac = 1;
	packet_write_mac(bound.mac, 1);
	permit(bound);
	tap_ok(judge(packet) == MODEL_PASS, "a bound sender passes from its interface and address");
	tap_ok(judge_on(LAYER3, packet) == MODEL_DROP && packets_of(MSENDER_SPOOF) == 1,
	       "SPOOF: its (S,G) on another interface is dropped and counted");
	tap_ok(judge_on(UNKNOWN_INTERFACE, packet) == MODEL_DROP, "SPOOF: and on an interface that nobody knows");
	packet.mac = 2;
	tap_ok(judge(packet) == MODEL_DROP && packets_of(MSENDER_SPOOF) == 3, "SPOOF: and from another link-layer address");
	slow.rate = 1;
	slow.burst = 60;
	permit(slow);
	packet = udp("192.0.2.1", "233.252.0.102", 16);
	tap_ok(judge(packet) == MODEL_PASS && judge(packet) == MODEL_DROP && packets_of(MSENDER_RATE) == 1,
	       "RATE: what does not fit into the burst is dropped and counted");
}

static void test_monitoring(void)
{
	struct packet packet = udp("192.0.2.1", "233.252.0.1", 17);
	uint64_t dropped = packets_of(MSENDER_TTL) + 1;
	struct model_interface monitored = model.interfaces[MONITORED];

	model.interfaces[MONITORED].is_monitored = 0;
	tap_ok(judge_on(MONITORED, packet) == MODEL_DROP, "nothing is monitored before the control says so");
	model.interfaces[MONITORED] = monitored;
	set_control(MSENDER_CONTROL_MONITORING, 1);
	tap_ok(judge_on(MONITORED, packet) == MODEL_PASS && packets_in(filter.monitored, MSENDER_TTL) == 1,
	       "on a monitored interface a TTL above the maximum passes and is counted apart");
	tap_ok(packets_of(MSENDER_TTL) == dropped, "and not among the dropped");
	tap_ok(judge_on(MONITORED, udp("192.0.2.2", "239.255.255.255", 9)) == MODEL_PASS,
	       "an observed group is not marked there, so it is forwarded as before");
	packet = udp("192.0.2.2", "203.0.113.9", 64);
	packet.protocol = 103;
	tap_ok(judge_on(MONITORED, packet) == MODEL_PASS && packets_in(filter.monitored, MSENDER_REGISTER) == 1,
	       "nor is a PIM Register dropped");
	packet = udp("192.0.2.1", "233.252.0.1", 16);
	tap_ok(judge_on(MONITORED, packet) == MODEL_PASS && packets_in(filter.monitored, MSENDER_PERMITTED) == 0,
	       "a permitted sender is counted as everywhere");
}

static void test_wildcards(void)
{
	struct packet packet = udp("203.0.113.77", "233.252.0.200", 8);
	struct model_sender any = { .group = host("233.252.0.200"), .length = 32, .max_ttl = 8 };

	permit(any);
	model.sender_count--;
	tap_ok(judge(packet) == MODEL_DROP, "wildcards are not looked at before the control says that there are some");
	model.sender_count++;
	set_control(MSENDER_CONTROL_WILDCARDS, 1);
	tap_ok(judge(packet) == MODEL_PASS, "any source may send to a group that is open to all");
	packet.ttl = 9;
	tap_ok(judge(packet) == MODEL_DROP, "with a TTL up to the maximum");
	permit(sender("203.0.113.77", "233.252.0.200", 200));
	tap_ok(judge(packet) == MODEL_PASS, "a sender of its own comes before the wildcard");
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
	static const uint16_t ethertypes[] = { 0x0806, 0x86dd, 0x8100, 0x88a8 };
	uint16_t ethertype = draw(16) ? 0x0800 : ethertypes[draw(4)];

	return (struct packet){
		.source = draw(128) ? host("192.0.2.0") + draw(24) : draw(UINT32_MAX),
		.group = draw_group(),
		.ttl = draw(4) ? draw(40) : draw(256),
		.protocol = protocols[draw(8)],
		.version_and_length = draw(16) ? 0x45 + draw(11) : draw(256),
		.ethertype = ethertype,
		.length = draw_length(ethertype),
		.mac = draw(3),
	};
}

/* Rates divide 10^9, because the filter counts whole nanoseconds and the model exactly. */
static void draw_rate(struct model_sender *sender)
{
	static const uint64_t rates[] = { 1, 1000, 125000, 1000000, 12500000 };

	if (!has_test_clock()) {
		sender->rate = sender->burst = draw(2) ? UINT32_MAX : 1;
		return;
	}
	sender->rate = rates[draw(5)];
	sender->burst = draw(4) ? 40 + draw(400) : UINT32_MAX;
}

static struct model_sender draw_limits(struct model_sender sender)
{
	if (draw(4) == 0)
		draw_rate(&sender);
	if (draw(6) == 0)
		sender.expires_ns = has_test_clock() ? FIRST_NS + draw(50000) * 1000ULL : draw(2) ? 1 : UINT64_MAX;
	if (draw(8) == 0)
		sender.ifindex = 1 + draw(4);
	if (draw(8) == 0) {
		sender.has_mac = 1;
		packet_write_mac(sender.mac, draw(3));
	}
	return sender;
}

static void draw_senders(void)
{
	static const struct model_sender wildcards[] = {
		{ .group = 0xe9fc0016, .length = 32 }, { .group = 0xe9fc0014, .length = 30 },
		{ .source = 0xc0000215, .group = 0xe0000000, .length = 4 },
		{ .source = 0xc0000215, .group = 0xe9fc0000, .length = 28 },
		{ .source = 0xc0000216, .group = 0xe9fc0010, .length = 29 },
		{ .source = 0xc0000202, .group = 0xe9fc0000, .length = 24 },
	};

	for (int i = 2; i < 200; i++)
		permit(draw_limits((struct model_sender){ .source = host("192.0.2.0") + i % 20,
							  .group = host("233.252.0.0") + i / 10, .length = 32,
							  .max_ttl = 1 + draw(255) }));
	for (size_t i = 0; i < sizeof(wildcards) / sizeof(wildcards[0]); i++) {
		struct model_sender wildcard = wildcards[i];

		wildcard.max_ttl = 1 + draw(255);
		permit(draw_limits(wildcard));
	}
}

/* Mostly little steps, and now and then exactly to the edge of an expiry. */
static void draw_time(void)
{
	const struct model_sender *sender = &model.senders[draw(model.sender_count)];
	uint64_t now_ns = model.now_ns + (draw(2) ? draw(5000) : 0);

	if (!has_test_clock())
		return;
	if (draw(1000) == 0 && sender->expires_ns > now_ns && sender->expires_ns < now_ns + 1000000)
		now_ns = sender->expires_ns - draw(2);
	set_clock(now_ns);
}

static void test_generated(long count)
{
	uint8_t frame[PACKET_LENGTH_MAX];
	long disagreements = 0, verdicts[3] = { 0 };

	for (long i = 0; i < count; i++) {
		struct packet packet = draw_packet();
		int ifindex = draw(2) ? ENFORCED : 1 + draw(4), expected, actual;

		draw_time();
		packet_write(&packet, frame);
		expected = model_judge(&model, ifindex, frame, packet.length);
		actual = run(ifindex, frame, packet.length);
		verdicts[expected]++;
		if (actual == expected)
			continue;
		if (disagreements++ < 5)
			printf("# packet %ld on %d: source %08x group %08x ttl %u protocol %u: expected %d, got %d\n", i,
			       ifindex, packet.source, packet.group, packet.ttl, packet.protocol, expected, actual);
	}
	tap_ok(disagreements == 0, "the filter agrees with the model on %ld generated packets", count);
	tap_ok(verdicts[0] > count / 50 && verdicts[1] > count / 50 && verdicts[2] > count / 500,
	       "and all verdicts were drawn: %ld pass, %ld drop, %ld deliver", verdicts[0], verdicts[1], verdicts[2]);
}

static int find_sender(const struct model_sender *sender, struct msender_ctl *ctl)
{
	struct msender_key key = { htonl(sender->source), htonl(sender->group) };
	struct msender_wildcard_key wildcard = { 32 + sender->length, key.source, key.group };

	if (sender->source && sender->length == 32)
		return bpf_map_lookup_elem(filter.senders, &key, ctl);
	return bpf_map_lookup_elem(filter.wildcards, &wildcard, ctl);
}

static void test_counters(void)
{
	int reasons_equal = 1, senders_equal = 1, denied_equal = 1;

	for (int reason = 0; reason < MSENDER_REASONS; reason++)
		reasons_equal &= packets_of(reason) == model.packets[reason] &&
				 packets_in(filter.monitored, reason) == model.monitored_packets[reason];
	for (size_t i = 0; i < model.sender_count; i++) {
		struct model_sender *sender = &model.senders[i];
		struct msender_ctl ctl = { 0 };

		senders_equal &= !find_sender(sender, &ctl) && ctl.packets == sender->packets &&
				 ctl.bytes == sender->bytes && ctl.refused == sender->refused;
	}
	tap_ok(reasons_equal, "the count of each reason equals the model's, enforced and monitored");
	tap_ok(senders_equal, "packets, bytes and refusals of each sender equal the model's");
	for (size_t i = 0; i < model.denied_count; i++) {
		struct model_denied *row = &model.denied[i];
		struct msender_denied_key key = { row->ifindex, htonl(row->source), htonl(row->group) };
		struct msender_denied denied = { 0 };

		/* With the real clock a row may begin late or never, because a tick has only so many new ones. */
		if (bpf_map_lookup_elem(filter.denied, &key, &denied))
			denied_equal &= !has_test_clock();
		else if (!has_test_clock())
			denied_equal &= denied.packets <= row->packets && denied.bytes <= row->bytes;
		else
			denied_equal &= denied.packets == row->packets && denied.bytes == row->bytes &&
					denied.reason == row->reason && denied.ttl == row->ttl &&
					denied.monitored == row->monitored;
	}
	tap_ok(denied_equal, "each of %zu refused (interface, S, G) has %s", model.denied_count,
	       has_test_clock() ? "the model's counts, reason and TTL" : "no more than the model's counts");
}

static long count_denied_rows(void)
{
	struct msender_denied_key key;
	long rows = 0;

	for (int error = bpf_map_get_next_key(filter.denied, NULL, &key); !error;
	     error = bpf_map_get_next_key(filter.denied, &key, &key))
		rows++;
	return rows;
}

static double now_ms(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec * 1e3 + time.tv_nsec / 1e6;
}

/* With the real clock, whose tick is 1 to 10 ms. */
static void test_flood(void)
{
	struct packet packet = udp("203.0.113.0", "239.0.0.99", 1);
	uint64_t refused = packets_of(MSENDER_UNKNOWN);
	long before = count_denied_rows(), rows, rows_max;
	uint8_t frame[PACKET_LENGTH_MAX];
	double start = now_ms();

	for (int i = 0; i < 20000; i++, packet.source++) {
		packet_write(&packet, frame);
		run(ENFORCED, frame, packet.length);
	}
	rows_max = filter.cpus * MSENDER_NEW_DENIED_PER_TICK * (long)(now_ms() - start + 2);
	rows = count_denied_rows() - before;
	tap_ok(packets_of(MSENDER_UNKNOWN) == refused + 20000, "every packet of a flood of forged sources is counted");
	tap_ok(rows >= MSENDER_NEW_DENIED_PER_TICK && rows <= rows_max && rows < 20000,
	       "and %ld of 20000 are listed, at most %ld in this time", rows, rows_max);
}

static void test_reasons_drawn(void)
{
	static const int reasons[] = { 1, 2, 3, 4, 5, 16, 17, 18, 19, 20, 21, 22 };
	int all = 1;

	for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++)
		all &= model.packets[reasons[i]] > 20;
	tap_ok(all, "each reason was drawn: %lu EXPIRED, %lu SPOOF, %lu RATE", (unsigned long)model.packets[20],
	       (unsigned long)model.packets[21], (unsigned long)model.packets[22]);
}

static int make_interfaces(void)
{
	return unshare(CLONE_NEWNET) || system("ip link add kern2 type veth peer name kern3 && ip link add kern4 type veth peer name kern5");
}

int main(int argc, char **argv)
{
	const char *count = getenv("MSENDER_PACKETS"), *seed = getenv("MSENDER_SEED");
	int error;

	if (argc != 2)
		return EXIT_FAILURE;
	if (geteuid() != 0)
		return tap_skip_all("loading a BPF program needs root");
	libbpf_set_print(NULL);
	error = open_filter(argv[1]);
	if (error || make_interfaces()) {
		printf("1..1\nnot ok 1 - the filter loads and has interfaces (%s)\n", strerror(-error));
		return EXIT_FAILURE;
	}
	random_state = seed ? strtoull(seed, NULL, 0) : 0x5ac5ac5ac5acULL;
	printf("# seed 0x%llx\n", (unsigned long long)random_state);
	set_clock(FIRST_NS);
	add_interface(ENFORCED, MSENDER_ETHERNET);
	add_interface(MONITORED, MSENDER_ETHERNET | MSENDER_MONITOR);
	add_interface(LAYER3, 0);
	permit(sender("192.0.2.1", "233.252.0.1", 16));
	observe(host("239.255.255.255"));
	trust_neighbour(host("192.0.2.9"));
	test_reasons();
	test_limits();
	test_monitoring();
	test_wildcards();
	draw_senders();
	test_generated(count ? strtol(count, NULL, 10) : 200000);
	test_reasons_drawn();
	test_counters();
	if (!has_test_clock())
		test_flood();
	return tap_done();
}
