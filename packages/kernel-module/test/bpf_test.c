// SPDX-License-Identifier: GPL-2.0-only
/*
 * The compiled filter in the kernel, through BPF_PROG_TEST_RUN, beside the independent model: a sentence for each
 * reason, then generated packets (MSENDER_PACKETS, default 500000; MSENDER_SEED) with every counter compared at the end.
 *
 * Runs the object of its argument. One built with MSENDER_TEST_CLOCK takes the time from the test, so that rates and
 * expiries are drawn too; with the real clock they are either never or always reached.
 */
#define _GNU_SOURCE
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <sched.h>
#include <time.h>
#include <unistd.h>

#include "draw.h"
#include "filter.h"
#include "tap.h"

static struct model_sender sender(const char *source, const char *group, int max_ttl)
{
	int family = strchr(group, ':') ? 6 : 4;

	return (struct model_sender){ .family = family, .source = address_of(source), .group = address_of(group),
				      .length = family == 4 ? 32 : 128, .max_ttl = max_ttl };
}

/* A UDP packet of 60 bytes, of the addresses' family. */
static struct packet udp(const char *source, const char *group, int ttl)
{
	int is_ipv6 = !!strchr(group, ':');

	return (struct packet){ .source = address_of(source), .group = address_of(group), .ttl = ttl, .protocol = 17,
				.first_byte = is_ipv6 ? 0x60 : 0x45, .ethertype = is_ipv6 ? PACKET_IPV6 : PACKET_IPV4,
				.length = 60, .mac = 1 };
}

static int judge_on(int ifindex, struct packet packet)
{
	return filter_judge(ifindex, &packet);
}

static int judge(struct packet packet)
{
	return judge_on(ENFORCED, packet);
}

/* What the filter does, when it counts the packet for this reason; -1 when it counts it for another. */
static int judge_for(int reason, struct packet packet)
{
	uint64_t before = filter_packets(filter.counts, reason);
	int action = judge(packet);

	return filter_packets(filter.counts, reason) == before + 1 ? action : -1;
}

static struct packet with_protocol(struct packet packet, uint8_t protocol)
{
	packet.protocol = protocol;
	return packet;
}

/* The packet with these bytes behind its fixed header, and nothing else. */
static struct packet with_behind(struct packet packet, uint8_t protocol, const void *behind, size_t length)
{
	packet.protocol = protocol;
	memcpy(packet.behind, behind, length);
	packet.length = (packet.ethertype == PACKET_IPV6 ? 54 : 34) + length;
	return packet;
}

static void test_reasons(const char *family, const char *source, const char *group, const char *observed)
{
	const char *stranger = strchr(group, ':') ? "2001:db8::ffff" : "192.0.2.2";
	const char *elsewhere = strchr(group, ':') ? "2001:db8:9::9" : "203.0.113.9";
	const char *neighbour = strchr(group, ':') ? "2001:db8::9" : "192.0.2.9";
	const char *link_local = strchr(group, ':') ? "ff02::fb" : "224.0.0.251";
	struct packet packet = udp(source, group, 16);

	tap_ok(judge_for(MSENDER_PERMITTED, packet) == MODEL_PASS, "%s: a registered sender passes at its maximum TTL", family);
	packet.ttl = 17;
	tap_ok(judge_for(MSENDER_TTL, packet) == MODEL_DROP, "%s: TTL: one hop above is dropped", family);
	tap_ok(judge_for(MSENDER_UNKNOWN, udp(stranger, group, 1)) == MODEL_DROP,
	       "%s: UNKNOWN: an unregistered source is dropped", family);
	tap_ok(judge_for(MSENDER_OBSERVED, udp(stranger, observed, 255)) == MODEL_DELIVER,
	       "%s: OBSERVED: a packet to an observed group is marked", family);
	tap_ok(judge_for(MSENDER_LINK_LOCAL, udp(stranger, link_local, 255)) == MODEL_PASS, "%s: LINK_LOCAL: %s passes",
	       family, link_local);
	packet = udp(stranger, elsewhere, 64);
	tap_ok(judge_for(MSENDER_UNICAST, packet) == MODEL_PASS, "%s: UNICAST: unicast passes", family);
	packet.protocol = 103;
	tap_ok(judge_for(MSENDER_REGISTER, packet) == MODEL_DROP, "%s: REGISTER: a forged PIM Register is dropped", family);
	packet.source = address_of(neighbour);
	tap_ok(judge_for(MSENDER_UNICAST, packet) == MODEL_PASS, "%s: unicast PIM of a listed neighbour passes", family);
	packet = udp(source, group, 1);
	packet.first_byte = strchr(group, ':') ? 0x40 : 0x44;
	tap_ok(judge_for(MSENDER_MALFORMED, packet) == MODEL_DROP, "%s: MALFORMED: a header that makes no sense is dropped",
	       family);
}

/* Refusals of one moment are counted apart; `neighbour` differs from `source` in an octet that does not choose the slot. */
static void test_pending(const char *family, const char *source, const char *neighbour, const char *group)
{
	struct model_denied row = { .family = strchr(group, ':') ? 6 : 4, .ifindex = ENFORCED, .source = address_of(source),
				    .group = address_of(group) };
	struct msender_denied denied = { 0 };
	int is_exact = 1;

	for (int i = 1; i <= 5; i++) {
		judge(udp(source, group, 1));
		is_exact &= !filter_find_denied(&row, &denied) && denied.packets == (__u64)i && denied.bytes == 60ULL * i;
	}
	tap_ok(is_exact, "%s: each refusal is counted at once, in its row or beside it", family);
	judge(udp(neighbour, group, 1));
	tap_ok(!filter_find_denied(&row, &denied) && denied.packets == 5, "%s: and still when another (S,G) takes its place", family);
	row.source = address_of(neighbour);
	tap_ok(!filter_find_denied(&row, &denied) && denied.packets == 1, "%s: which counts for itself", family);
	judge(udp(neighbour, group, 9));
	tap_ok(!filter_find_denied(&row, &denied) && denied.packets == 2 && denied.ttl == 9, "%s: the last TTL is the row's", family);
}

static void test_not_ip(void)
{
	struct packet packet = udp("192.0.2.1", "233.252.0.1", 1);

	packet.first_byte = 0xe0;
	packet.ethertype = 0x8100;
	tap_ok(judge_for(MSENDER_MALFORMED, packet) == MODEL_DROP, "MALFORMED: a second priority tag is dropped");
	packet.ethertype = 0x0806;
	tap_ok(judge_for(MSENDER_NOT_IP, packet) == MODEL_PASS, "NOT_IP: another ethertype passes");
}

/* Who may receive is no question of who may send. */
static void test_membership(void)
{
	/* RFC 2711 §2.1 and RFC 2710 §3: hop-by-hop header with Router Alert, MLDv1 report. */
	uint8_t mld[32] = { 58, 0, 5, 2, 0, 0, 1, 0, 131 };
	struct packet report = udp("192.0.2.2", "233.252.0.99", 1);

	tap_ok(judge_for(MSENDER_MEMBERSHIP, with_protocol(report, 2)) == MODEL_PASS, "MEMBERSHIP: an IGMPv2 report to its group passes");
	report.ttl = 2;
	tap_ok(judge_for(MSENDER_UNKNOWN, with_protocol(report, 2)) == MODEL_DROP, "but not with a second hop");
	report = udp("192.0.2.2", "239.255.255.255", 1);
	tap_ok(judge_for(MSENDER_OBSERVED, with_protocol(report, 2)) == MODEL_DELIVER,
	       "and is marked for an observed group, where it would be forwarded as data");
	report = udp("fe80::2", "ff3e::8000:99", 1);
	tap_ok(judge_for(MSENDER_MEMBERSHIP, with_behind(report, 0, mld, sizeof(mld))) == MODEL_PASS,
	       "MEMBERSHIP: an MLDv1 report to its group passes");
	tap_ok(judge_for(MSENDER_UNKNOWN, with_behind(report, 58, mld + 8, 24)) == MODEL_DROP, "but not without Router Alert");
	mld[5] = 1;
	tap_ok(judge_for(MSENDER_UNKNOWN, with_behind(report, 0, mld, sizeof(mld))) == MODEL_DROP, "or with another one");
	mld[5] = 0;
	mld[8] = 128;
	tap_ok(judge_for(MSENDER_UNKNOWN, with_behind(report, 0, mld, sizeof(mld))) == MODEL_DROP, "or as an echo request");
}

/* PIM to the mrouter behind extension headers (RFC 8200 §4). */
static void test_extensions(void)
{
	struct packet packet = udp("2001:db8::2", "2001:db8::ffff:1", 64);
	uint8_t options[8] = { 103, 0, 1, 4 }, chain[128] = { 0 };

	tap_ok(judge_for(MSENDER_REGISTER, with_behind(packet, 60, options, 8)) == MODEL_DROP,
	       "REGISTER: also behind destination options");
	options[0] = 17;
	tap_ok(judge_for(MSENDER_UNICAST, with_behind(packet, 60, options, 8)) == MODEL_PASS, "UDP behind them passes");
	tap_ok(judge_for(MSENDER_MALFORMED, with_behind(packet, 60, options, 3)) == MODEL_DROP,
	       "MALFORMED: options that are cut off are dropped");
	tap_ok(judge_for(MSENDER_REGISTER, with_behind(packet, 44, "\x67\0\0\1\0\0\0\1", 8)) == MODEL_DROP,
	       "REGISTER: also as a first fragment");
	tap_ok(judge_for(MSENDER_UNICAST, with_behind(packet, 44, "\x67\0\0\x08\0\0\0\1", 8)) == MODEL_PASS,
	       "a later fragment passes: without the first it is nothing");
	tap_ok(judge_for(MSENDER_REGISTER, with_behind(packet, 51, "\x67\1\0\0\0\0\0\0\0\0\0\0", 12)) == MODEL_DROP,
	       "REGISTER: also behind an authentication header, which counts in words of 4");
	for (int i = 0; i < 8; i++)
		chain[8 * i] = i < 7 ? 60 : 103;
	tap_ok(judge_for(MSENDER_REGISTER, with_behind(packet, 60, chain, 64)) == MODEL_DROP, "REGISTER: also behind eight headers");
	chain[56] = 60;
	chain[64] = 17;
	tap_ok(judge_for(MSENDER_MALFORMED, with_behind(packet, 60, chain, 72)) == MODEL_DROP,
	       "MALFORMED: what is behind nine is dropped");
	tap_ok(judge_for(MSENDER_PERMITTED, with_behind(udp("2001:db8::1", "ff3e::8000:1", 16), 60, chain, 72)) == MODEL_PASS,
	       "a registered sender may use as many as it likes");
}

static void test_limits(const char *family, const char *source, const char *const groups[3])
{
	struct model_sender past = sender(source, groups[0], 16);
	struct model_sender bound = sender(source, groups[1], 16);
	struct model_sender slow = sender(source, groups[2], 16);
	struct packet packet = udp(source, groups[1], 16);
	uint64_t spoofed = filter_packets(filter.counts, MSENDER_SPOOF);

	past.expires_ns = 1;
	filter_permit(past);
	tap_ok(judge_for(MSENDER_EXPIRED, udp(source, groups[0], 16)) == MODEL_DROP,
	       "%s: EXPIRED: a sender whose time is over is dropped", family);
	bound.ifindex = ENFORCED;
	bound.has_mac = 1;
	packet_write_mac(bound.mac, 1);
	filter_permit(bound);
	tap_ok(judge(packet) == MODEL_PASS, "%s: a bound sender passes from its interface and address", family);
	tap_ok(judge_on(LAYER3, packet) == MODEL_DROP && filter_packets(filter.counts, MSENDER_SPOOF) == spoofed + 1,
	       "%s: SPOOF: its (S,G) on another interface is dropped", family);
	tap_ok(judge_on(UNKNOWN_INTERFACE, packet) == MODEL_DROP, "%s: SPOOF: and on an interface that nobody knows", family);
	packet.mac = 2;
	tap_ok(judge_for(MSENDER_SPOOF, packet) == MODEL_DROP, "%s: SPOOF: and from another link-layer address", family);
	slow.rate = 1;
	slow.burst = 60;
	filter_permit(slow);
	packet = udp(source, groups[2], 16);
	tap_ok(judge(packet) == MODEL_PASS && judge_for(MSENDER_RATE, packet) == MODEL_DROP,
	       "%s: RATE: what does not fit into the burst is dropped", family);
}

static void test_monitoring(const char *family, const char *source, const char *group, const char *observed)
{
	const char *elsewhere = strchr(group, ':') ? "2001:db8:9::9" : "203.0.113.9";
	struct packet packet = udp(source, group, 17);
	uint64_t dropped = filter_packets(filter.counts, MSENDER_TTL), registers;
	uint64_t apart = filter_packets(filter.monitored, MSENDER_TTL);

	tap_ok(judge_on(MONITORED, packet) == MODEL_PASS && filter_packets(filter.monitored, MSENDER_TTL) == apart + 1,
	       "%s: on a monitored interface a TTL above the maximum passes and is counted apart", family);
	tap_ok(filter_packets(filter.counts, MSENDER_TTL) == dropped, "%s: and not among the dropped", family);
	packet.source.bytes[3] ^= 0x40;
	memcpy(packet.group.bytes, address_of(observed).bytes, 16);
	tap_ok(judge_on(MONITORED, packet) == MODEL_PASS, "%s: an observed group is not marked there", family);
	registers = filter_packets(filter.monitored, MSENDER_REGISTER);
	tap_ok(judge_on(MONITORED, with_protocol(udp(source, elsewhere, 64), 103)) == MODEL_PASS &&
	       filter_packets(filter.monitored, MSENDER_REGISTER) == registers + 1, "%s: nor is a PIM Register dropped", family);
	tap_ok(judge_on(MONITORED, udp(source, group, 16)) == MODEL_PASS && filter_packets(filter.monitored, MSENDER_PERMITTED) == 0,
	       "%s: a permitted sender is counted as everywhere", family);
}

/* In one moment, with nothing else about the packet changed. */
static void test_enforced_again(const char *family, const char *source, const char *group)
{
	struct model_denied row = { .family = strchr(group, ':') ? 6 : 4, .ifindex = MONITORED, .source = address_of(source),
				    .group = address_of(group) };
	struct msender_denied first = { 0 }, second = { 0 };

	judge_on(MONITORED, udp(source, group, 17));
	filter_find_denied(&row, &first);
	filter_add_interface(MONITORED, MSENDER_ETHERNET);
	tap_ok(judge_on(MONITORED, udp(source, group, 17)) == MODEL_DROP && !filter_find_denied(&row, &second) &&
	       first.monitored == 1 && second.monitored == 0, "%s: the row tells when it is enforced again", family);
	filter_add_interface(MONITORED, MSENDER_ETHERNET | MSENDER_MONITOR);
}

static void test_unmonitored(void)
{
	struct model_interface monitored = model.interfaces[MONITORED];

	model.interfaces[MONITORED].is_monitored = 0;
	tap_ok(judge_on(MONITORED, udp("192.0.2.1", "233.252.0.1", 17)) == MODEL_DROP,
	       "nothing is monitored before the control says so");
	model.interfaces[MONITORED] = monitored;
	filter_set_control(MSENDER_CONTROL_MONITORING, 1);
}

static void test_wildcards(const char *family, const char *source, const char *group, int control)
{
	struct packet packet = udp(source, group, 8);
	struct model_sender any = sender(strchr(group, ':') ? "::" : "0.0.0.0", group, 8);

	filter_permit(any);
	model.sender_count--;
	tap_ok(judge(packet) == MODEL_DROP, "%s: wildcards are not looked at before the control says that there are some", family);
	model.sender_count++;
	filter_set_control(control, 1);
	tap_ok(judge(packet) == MODEL_PASS, "%s: any source may send to a group that is open to all", family);
	packet.ttl = 9;
	tap_ok(judge(packet) == MODEL_DROP, "%s: with a TTL up to the maximum", family);
	filter_permit(sender(source, group, 200));
	tap_ok(judge(packet) == MODEL_PASS, "%s: a sender of its own comes before the wildcard", family);
}

static void test_generated(long count)
{
	uint8_t frame[PACKET_LENGTH_MAX];
	long disagreements = 0, verdicts[3] = { 0 }, families[2] = { 0 };

	for (long i = 0; i < count; i++) {
		struct packet packet = draw_packet();
		int ifindex = draw(2) ? ENFORCED : 1 + draw(4), expected, actual;

		draw_time();
		packet_write(&packet, frame);
		expected = model_judge(&model, ifindex, frame, packet.length);
		actual = filter_run(ifindex, frame, packet.length);
		verdicts[expected]++;
		families[packet.ethertype == PACKET_IPV6]++;
		if (actual == expected)
			continue;
		if (disagreements++ >= 5)
			continue;
		printf("# packet %ld on %d: expected %d, got %d:", i, ifindex, expected, actual);
		for (size_t at = 0; at < packet.length; at++)
			printf("%02x", frame[at]);
		printf("\n");
	}
	tap_ok(disagreements == 0, "the filter agrees with the model on %ld generated packets, %ld of them IPv6", count, families[1]);
	tap_ok(verdicts[0] > count / 50 && verdicts[1] > count / 50 && verdicts[2] > count / 500 && families[1] > count / 3,
	       "and all verdicts were drawn: %ld pass, %ld drop, %ld deliver", verdicts[0], verdicts[1], verdicts[2]);
}

/* With the real clock a row may begin late or never, because a tick has only so many new ones. */
static int is_equal_row(const struct model_denied *row)
{
	struct msender_denied denied = { 0 };

	if (filter_find_denied(row, &denied))
		return !filter_has_test_clock();
	if (!filter_has_test_clock())
		return denied.packets <= row->packets && denied.bytes <= row->bytes;
	return denied.packets == row->packets && denied.bytes == row->bytes && denied.reason == row->reason &&
	       denied.ttl == row->ttl && denied.monitored == row->monitored;
}

static void test_counters(void)
{
	int reasons_equal = 1, senders_equal = 1, denied_equal = 1;

	for (int reason = 0; reason < MSENDER_REASONS; reason++)
		reasons_equal &= filter_packets(filter.counts, reason) == model.packets[reason] &&
				 filter_packets(filter.monitored, reason) == model.monitored_packets[reason];
	for (size_t i = 0; i < model.sender_count; i++) {
		struct model_sender *sender = &model.senders[i];
		struct msender_ctl ctl = { 0 };

		senders_equal &= !filter_find_sender(sender, &ctl) && ctl.packets == sender->packets &&
				 ctl.bytes == sender->bytes && ctl.refused == sender->refused;
	}
	tap_ok(reasons_equal, "the count of each reason equals the model's, enforced and monitored");
	tap_ok(senders_equal, "packets, bytes and refusals of each of %zu senders equal the model's", model.sender_count);
	/* Beyond the table's bound rows make room for others. */
	if (model.denied_count > MSENDER_DENIED_MAX / 2)
		return;
	for (size_t i = 0; i < model.denied_count; i++)
		denied_equal &= is_equal_row(&model.denied[i]);
	tap_ok(denied_equal, "each of %zu refused (interface, S, G) has %s", model.denied_count,
	       filter_has_test_clock() ? "the model's counts, reason and TTL" : "no more than the model's counts");
}

static double now_ms(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec * 1e3 + time.tv_nsec / 1e6;
}

/* With the real clock, whose tick is 1 to 10 ms. */
static void test_flood(const char *family, const char *source, const char *group, int denied)
{
	struct packet packet = udp(source, group, 1);
	uint64_t refused = filter_packets(filter.counts, MSENDER_UNKNOWN);
	long before = filter_denied_rows(denied), rows, rows_max;
	uint8_t frame[PACKET_LENGTH_MAX];
	double start = now_ms();

	for (int i = 0; i < 20000; i++) {
		packet.source.bytes[1] = i >> 8;
		packet.source.bytes[3] = i;
		packet_write(&packet, frame);
		filter_run(ENFORCED, frame, packet.length);
	}
	rows_max = filter.cpus * MSENDER_NEW_DENIED_PER_TICK * (long)(now_ms() - start + 2);
	rows = filter_denied_rows(denied) - before;
	tap_ok(filter_packets(filter.counts, MSENDER_UNKNOWN) == refused + 20000,
	       "%s: every packet of a flood of forged sources is counted", family);
	tap_ok(rows >= MSENDER_NEW_DENIED_PER_TICK && rows <= rows_max && rows < 20000,
	       "%s: and %ld of 20000 are listed, at most %ld in this time", family, rows, rows_max);
}

static uint64_t coarse_ns(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC_COARSE, &time);
	return time.tv_sec * 1000000000ULL + time.tv_nsec;
}

/* The filter remembers the time for a jiffy, 1 to 10 ms. */
static void test_tick(void)
{
	struct model_sender *first = &model.senders[0];
	struct packet packet = udp("192.0.2.1", "233.252.0.1", 16);
	uint64_t before, after;
	struct msender_ctl ctl = { 0 };
	int in_time = 1;

	for (int i = 0; i < 5; i++) {
		for (uint64_t start = coarse_ns(); coarse_ns() < start + 40000000; )
			sched_yield();
		before = coarse_ns();
		in_time &= judge(packet) == MODEL_PASS;
		after = coarse_ns();
		in_time &= !filter_find_sender(first, &ctl) && ctl.last_ns + 20000000 >= before && ctl.last_ns <= after;
	}
	tap_ok(in_time, "the time of a sender's last packet is the clock's to within two ticks");
}

static void test_reasons_drawn(void)
{
	static const int reasons[] = { 1, 2, 3, 4, 5, 6, 16, 17, 18, 19, 20, 21, 22 };
	int all = 1;

	for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++)
		all &= model.packets[reasons[i]] > 20;
	tap_ok(all, "each reason was drawn: %lu MEMBERSHIP, %lu EXPIRED, %lu SPOOF, %lu RATE", (unsigned long)model.packets[6],
	       (unsigned long)model.packets[20], (unsigned long)model.packets[21], (unsigned long)model.packets[22]);
}

/* So that packets of one moment are counted in one place, and the last is the last. */
static int stay_on_one_cpu(void)
{
	cpu_set_t cpus;

	CPU_ZERO(&cpus);
	CPU_SET(sched_getcpu(), &cpus);
	return sched_setaffinity(0, sizeof(cpus), &cpus);
}

static int make_interfaces(void)
{
	return unshare(CLONE_NEWNET) || system("ip link add kern2 type veth peer name kern3 && ip link add kern4 type veth peer name kern5");
}

static void prepare(void)
{
	filter_set_clock(FIRST_NS);
	filter_add_interface(ENFORCED, MSENDER_ETHERNET);
	filter_add_interface(MONITORED, MSENDER_ETHERNET | MSENDER_MONITOR);
	filter_add_interface(LAYER3, 0);
	filter_permit(sender("192.0.2.1", "233.252.0.1", 16));
	filter_permit(sender("2001:db8::1", "ff3e::8000:1", 16));
	filter_observe(address_of("239.255.255.255"));
	filter_observe(address_of("ff05::2:7ffe"));
	filter_trust_neighbour(address_of("192.0.2.9"));
	filter_trust_neighbour(address_of("2001:db8::9"));
}

static void test_sentences(void)
{
	test_reasons("IPv4", "192.0.2.1", "233.252.0.1", "239.255.255.255");
	test_reasons("IPv6", "2001:db8::1", "ff3e::8000:1", "ff05::2:7ffe");
	test_pending("IPv4", "192.0.2.77", "192.0.3.77", "233.252.0.77");
	test_pending("IPv6", "2001:db8::77", "2001:db8:1::77", "ff3e::8000:77");
	test_not_ip();
	test_membership();
	test_extensions();
	test_limits("IPv4", "192.0.2.1", (const char *[]){ "233.252.0.100", "233.252.0.101", "233.252.0.102" });
	test_limits("IPv6", "2001:db8::1", (const char *[]){ "ff3e::8000:100", "ff3e::8000:101", "ff3e::8000:102" });
	test_unmonitored();
	test_monitoring("IPv4", "192.0.2.1", "233.252.0.1", "239.255.255.255");
	test_monitoring("IPv6", "2001:db8::1", "ff3e::8000:1", "ff05::2:7ffe");
	test_enforced_again("IPv4", "192.0.2.1", "233.252.0.1");
	test_enforced_again("IPv6", "2001:db8::1", "ff3e::8000:1");
	test_wildcards("IPv4", "203.0.113.77", "233.252.0.200", MSENDER_CONTROL_WILDCARDS);
	test_wildcards("IPv6", "2001:db8::77", "ff3e::8000:200", MSENDER_CONTROL_WILDCARDS6);
}

int main(int argc, char **argv)
{
	const char *count = getenv("MSENDER_PACKETS"), *seed_text = getenv("MSENDER_SEED");
	uint64_t seed = seed_text ? strtoull(seed_text, NULL, 0) : 0x5ac5ac5ac5acULL;
	int error;

	if (argc != 2)
		return EXIT_FAILURE;
	if (geteuid() != 0)
		return tap_skip_all("loading a BPF program needs root");
	libbpf_set_print(NULL);
	error = filter_open(argv[1]);
	if (error || stay_on_one_cpu() || make_interfaces()) {
		printf("1..1\nnot ok 1 - the filter loads and has interfaces (%s)\n", strerror(-error));
		return EXIT_FAILURE;
	}
	printf("# seed 0x%llx\n", (unsigned long long)seed);
	draw_seed(seed);
	prepare();
	test_sentences();
	draw_senders();
	test_generated(count ? strtol(count, NULL, 10) : 500000);
	test_reasons_drawn();
	test_counters();
	if (!filter_has_test_clock()) {
		test_flood("IPv4", "203.0.113.0", "239.0.0.99", filter.denied);
		test_flood("IPv6", "2001:db8::", "ff3e::9999", filter.denied6);
		test_tick();
	}
	return tap_done();
}
