// SPDX-License-Identifier: GPL-2.0-only
/* The decision alone, in user space: which look-ups it makes, and what it answers at each edge. */
#include "table.h"

static struct msender_verdict judge_header(const struct iphdr *ip, __u32 length)
{
	struct msender_packet packet = { .ip = ip, .length = length };

	table.lookups = 0;
	return msender_judge(&packet);
}

static struct msender_verdict judge(const char *source, const char *group, int ttl, int protocol)
{
	struct iphdr ip = { .version = 4, .ihl = 5, .ttl = ttl, .protocol = protocol };

	ip.saddr = inet_addr(source);
	ip.daddr = inet_addr(group);
	return judge_header(&ip, 60);
}

/* The registered sender sends so many bytes. */
static struct msender_verdict send_bytes(__u32 length)
{
	struct iphdr ip = { .version = 4, .ihl = 5, .ttl = 1, .saddr = table.key.source, .daddr = table.key.group };

	return judge_header(&ip, length);
}

static void test_registered(void)
{
	struct msender_verdict verdict = judge("192.0.2.1", "233.252.0.1", 16, 17);

	tap_ok(is(verdict, MSENDER_PASS, MSENDER_PERMITTED), "a registered sender passes with a TTL equal to its maximum");
	tap_ok(verdict.ctl == &table.ctl, "and its counters are the ones to change");
	tap_ok(is(judge("192.0.2.1", "233.252.0.1", 0, 17), MSENDER_PASS, MSENDER_PERMITTED), "TTL 0 is within any maximum");
	verdict = judge("192.0.2.1", "233.252.0.1", 17, 17);
	tap_ok(is(verdict, MSENDER_DROP, MSENDER_TTL), "one hop above the maximum is dropped");
	tap_ok(verdict.ctl == &table.ctl, "and counted on the sender");
	tap_ok(is(judge("192.0.2.1", "233.252.0.1", 255, 17), MSENDER_DROP, MSENDER_TTL), "TTL 255 is above 16");
	tap_ok(is(judge("192.0.2.1", "233.252.0.1", 1, 103), MSENDER_PASS, MSENDER_PERMITTED),
	       "the protocol of a multicast packet does not matter");
}

static void test_unregistered(void)
{
	tap_ok(is(judge("192.0.2.2", "233.252.0.1", 1, 17), MSENDER_DROP, MSENDER_UNKNOWN), "another source is unknown");
	tap_ok(is(judge("192.0.2.1", "233.252.0.2", 1, 17), MSENDER_DROP, MSENDER_UNKNOWN), "another group is unknown");
	tap_ok(is(judge("192.0.2.2", "224.0.1.0", 1, 17), MSENDER_DROP, MSENDER_UNKNOWN), "224.0.1.0 is not link-local");
	tap_ok(is(judge("192.0.2.2", "239.255.255.255", 9, 17), MSENDER_DELIVER, MSENDER_OBSERVED),
	       "an observed group is delivered locally");
	tap_ok(judge("192.0.2.2", "239.255.255.255", 9, 17).ctl == NULL, "and belongs to no sender");
}

static void test_exempt(void)
{
	tap_ok(is(judge("192.0.2.2", "224.0.0.0", 1, 17), MSENDER_PASS, MSENDER_LINK_LOCAL), "224.0.0.0 is link-local");
	tap_ok(is(judge("192.0.2.2", "224.0.0.255", 255, 17), MSENDER_PASS, MSENDER_LINK_LOCAL), "so is 224.0.0.255 at TTL 255");
	tap_ok(is(judge("192.0.2.2", "224.0.0.13", 1, 103), MSENDER_PASS, MSENDER_LINK_LOCAL), "multicast PIM is link-local");
	tap_ok(table.lookups == 0, "a link-local packet costs no look-up");
	tap_ok(is(judge("192.0.2.2", "223.255.255.255", 1, 17), MSENDER_PASS, MSENDER_UNICAST), "223.255.255.255 is unicast");
	tap_ok(is(judge("192.0.2.2", "240.0.0.0", 1, 17), MSENDER_PASS, MSENDER_UNICAST), "240.0.0.0 is not multicast");
	tap_ok(table.lookups == 0, "a unicast packet costs no look-up");
}

static void test_register(void)
{
	tap_ok(is(judge("192.0.2.2", "203.0.113.9", 64, 103), MSENDER_DROP, MSENDER_REGISTER),
	       "unicast PIM from an ordinary host is dropped");
	tap_ok(is(judge("192.0.2.9", "203.0.113.9", 64, 103), MSENDER_PASS, MSENDER_UNICAST),
	       "unicast PIM from a listed neighbour passes");
	tap_ok(is(judge("192.0.2.2", "203.0.113.9", 64, 102), MSENDER_PASS, MSENDER_UNICAST), "protocol 102 is not PIM");
}

static void test_membership(void)
{
	tap_ok(is(judge("192.0.2.2", "233.252.0.9", 1, 2), MSENDER_PASS, MSENDER_MEMBERSHIP),
	       "an IGMPv2 report to the group that it is about passes");
	tap_ok(is(judge("192.0.2.1", "233.252.0.1", 1, 2), MSENDER_PASS, MSENDER_MEMBERSHIP) && table.lookups == 1,
	       "whoever sends it, whatever that one may send");
	tap_ok(is(judge("192.0.2.2", "233.252.0.9", 2, 2), MSENDER_DROP, MSENDER_UNKNOWN), "with a second hop it is no report");
	tap_ok(is(judge("192.0.2.2", "233.252.0.9", 0, 2), MSENDER_DROP, MSENDER_UNKNOWN), "nor without any");
	tap_ok(is(judge("192.0.2.2", "239.255.255.255", 1, 2), MSENDER_DELIVER, MSENDER_OBSERVED),
	       "one for an observed group is delivered like all to that group");
	tap_ok(is(judge("192.0.2.2", "203.0.113.9", 1, 2), MSENDER_PASS, MSENDER_UNICAST), "and unicast stays unicast");
}

static void test_malformed(void)
{
	struct iphdr ip = { .version = 4, .ihl = 4, .daddr = inet_addr("233.252.0.1"), .saddr = inet_addr("192.0.2.1") };

	tap_ok(is(judge_header(NULL, 33), MSENDER_DROP, MSENDER_MALFORMED), "a packet without a whole header is malformed");
	tap_ok(is(judge_header(&ip, 60), MSENDER_DROP, MSENDER_MALFORMED), "a header shorter than 20 bytes is malformed");
	ip.ihl = 5;
	ip.version = 6;
	tap_ok(is(judge_header(&ip, 60), MSENDER_DROP, MSENDER_MALFORMED), "version 6 behind an IPv4 ethertype is malformed");
	ip.version = 4;
	ip.ihl = 15;
	tap_ok(is(judge_header(&ip, 60), MSENDER_PASS, MSENDER_PERMITTED), "IP options change nothing");
}

static void test_expiry(void)
{
	table.ctl.expires_ns = 1000;
	table.now_ns = 999;
	tap_ok(is(send_bytes(60), MSENDER_PASS, MSENDER_PERMITTED), "a sender passes until the last nanosecond of its time");
	table.now_ns = 1000;
	tap_ok(is(send_bytes(60), MSENDER_DROP, MSENDER_EXPIRED), "and is dropped from the moment at which it expires");
	tap_ok(send_bytes(60).ctl == &table.ctl, "and counted on the sender");
	tap_ok(is(judge("192.0.2.1", "233.252.0.1", 17, 17), MSENDER_DROP, MSENDER_EXPIRED), "whatever else is wrong with it");
	table.ctl.expires_ns = 0;
	table.now_ns = ~0ULL;
	tap_ok(is(send_bytes(60), MSENDER_PASS, MSENDER_PERMITTED), "no expiry is never");
	table.now_ns = 0;
}

static void test_binding(void)
{
	table.ctl.binding = 7;
	tap_ok(is(send_bytes(60), MSENDER_DROP, MSENDER_SPOOF), "a bound sender is dropped on an interface that is not known");
	table.has_interface = 1;
	table.interface = (struct msender_interface){ .binding = 8, .flags = MSENDER_ETHERNET };
	tap_ok(is(send_bytes(60), MSENDER_DROP, MSENDER_SPOOF), "and on another one");
	table.interface.binding = 7;
	tap_ok(is(send_bytes(60), MSENDER_PASS, MSENDER_PERMITTED), "and passes on its own");
	table.ctl.binding = 0;
	table.ctl.flags = MSENDER_MAC;
	table.ctl.mac[5] = 1;
	tap_ok(is(send_bytes(60), MSENDER_DROP, MSENDER_SPOOF), "another link-layer address than the bound one is dropped");
	table.mac[5] = 1;
	tap_ok(is(send_bytes(60), MSENDER_PASS, MSENDER_PERMITTED), "the bound one passes");
	table.interface.flags = 0;
	tap_ok(is(send_bytes(60), MSENDER_DROP, MSENDER_SPOOF), "without a link header nothing is the bound address");
	table.ctl.flags = 0;
	table.has_interface = 0;
	tap_ok(is(send_bytes(60), MSENDER_PASS, MSENDER_PERMITTED) && table.lookups == 1, "without binding no interface is looked up");
}

static void test_rate(void)
{
	table.ctl.rate = 1000;
	table.ctl.burst = 100;
	table.now_ns = 5000000000ULL;
	tap_ok(is(send_bytes(60), MSENDER_PASS, MSENDER_PERMITTED) && is(send_bytes(40), MSENDER_PASS, MSENDER_PERMITTED),
	       "the whole burst may be sent at once");
	tap_ok(is(send_bytes(1), MSENDER_DROP, MSENDER_RATE), "and not a byte more");
	table.now_ns += 999999;
	tap_ok(is(send_bytes(1), MSENDER_DROP, MSENDER_RATE), "at 1000 bytes a second not within 999,999 ns");
	table.now_ns += 1;
	tap_ok(is(send_bytes(1), MSENDER_PASS, MSENDER_PERMITTED), "but after a millisecond");
	tap_ok(is(judge("192.0.2.1", "233.252.0.1", 17, 17), MSENDER_DROP, MSENDER_TTL), "a packet refused for its TTL");
	table.now_ns += 1000000;
	tap_ok(is(send_bytes(1), MSENDER_PASS, MSENDER_PERMITTED), "uses up nothing of the rate");
	table.now_ns += 3600000000000ULL;
	tap_ok(is(send_bytes(101), MSENDER_DROP, MSENDER_RATE), "silence earns no more than the burst");
	table.ctl = (struct msender_ctl){ .max_ttl = 16, .rate = 1, .burst = UINT32_MAX };
	tap_ok(is(send_bytes(UINT32_MAX), MSENDER_PASS, MSENDER_PERMITTED), "the greatest burst at the least rate does not overflow");
	tap_ok(is(send_bytes(UINT32_MAX), MSENDER_DROP, MSENDER_RATE), "nor does the next packet, which is dropped");
	table.ctl = (struct msender_ctl){ .max_ttl = 16, .rate = UINT32_MAX, .burst = UINT32_MAX };
	tap_ok(is(send_bytes(UINT32_MAX), MSENDER_PASS, MSENDER_PERMITTED) && is(send_bytes(60), MSENDER_DROP, MSENDER_RATE),
	       "nor does the greatest rate");
	table.ctl.rate = 0;
	tap_ok(is(send_bytes(UINT32_MAX), MSENDER_PASS, MSENDER_PERMITTED), "no rate is any rate");
}

/* Twice the rate is offered for 100 s in packets of 1328 bytes. */
static void test_policing(__u32 rate)
{
	__u64 passed = 0, interval_ns = 1328 * 1000000000ULL / (2ULL * rate), end;

	table.ctl = (struct msender_ctl){ .max_ttl = 16, .rate = rate, .burst = 15000 };
	end = table.now_ns + 100000000000ULL;
	for (; table.now_ns < end; table.now_ns += interval_ns)
		if (send_bytes(1328).action == MSENDER_PASS)
			passed += 1328;
	tap_ok(passed > 99.9 * rate && passed < 100.1 * rate + 15000, "%u bytes a second are held: %.1f", rate, passed / 100.0);
}

static void test_wildcard(void)
{
	table.ctl = (struct msender_ctl){ .max_ttl = 16 };
	table.wildcard_group = inet_addr("233.252.0.1");
	table.wildcard.max_ttl = 255;
	tap_ok(is(judge("192.0.2.1", "233.252.0.1", 17, 17), MSENDER_DROP, MSENDER_TTL), "a sender of its own decides alone");
	tap_ok(judge("192.0.2.2", "233.252.0.1", 255, 17).ctl == &table.wildcard, "others are judged by the wildcard");
	table.wildcard.expires_ns = 1;
	tap_ok(is(judge("192.0.2.2", "233.252.0.1", 1, 17), MSENDER_DROP, MSENDER_EXPIRED), "with all its limits");
	table.wildcard_group = 0;
}

static void test_monitoring(void)
{
	struct msender_verdict verdict;

	table.has_interface = 1;
	table.interface.flags = MSENDER_MONITOR;
	verdict = judge("192.0.2.1", "233.252.0.1", 17, 17);
	tap_ok(is(verdict, MSENDER_DROP, MSENDER_TTL) && table.lookups == 1, "without monitoring no interface is looked up");
	table.may_monitor = 1;
	verdict = judge("192.0.2.1", "233.252.0.1", 17, 17);
	tap_ok(is(verdict, MSENDER_PASS, MSENDER_TTL) && verdict.monitored && verdict.ctl == &table.ctl,
	       "a monitored interface passes what would be dropped, with its reason and sender");
	verdict = judge("192.0.2.2", "239.255.255.255", 9, 17);
	tap_ok(is(verdict, MSENDER_PASS, MSENDER_OBSERVED) && verdict.monitored, "and what would be marked");
	verdict = judge("192.0.2.2", "203.0.113.9", 64, 103);
	tap_ok(is(verdict, MSENDER_PASS, MSENDER_REGISTER) && verdict.monitored, "and unicast PIM");
	verdict = judge("192.0.2.1", "233.252.0.1", 16, 17);
	tap_ok(is(verdict, MSENDER_PASS, MSENDER_PERMITTED) && !verdict.monitored, "a permitted packet is not counted apart");
	tap_ok(table.lookups == 1, "nor is its interface looked up");
	table.interface.flags = MSENDER_ETHERNET;
	verdict = judge("192.0.2.1", "233.252.0.1", 17, 17);
	tap_ok(is(verdict, MSENDER_DROP, MSENDER_TTL) && !verdict.monitored, "the same flag word without it enforces");
	table.has_interface = 0;
}

int main(void)
{
	table.key = (struct msender_key){ inet_addr("192.0.2.1"), inet_addr("233.252.0.1") };
	table.ctl.max_ttl = 16;
	table.observed = inet_addr("239.255.255.255");
	table.pim_neighbour = inet_addr("192.0.2.9");
	test_registered();
	test_unregistered();
	test_exempt();
	test_register();
	test_membership();
	test_malformed();
	test_expiry();
	test_binding();
	test_rate();
	test_policing(125000);
	test_policing(1250000);
	test_policing(12500000);
	test_policing(777777);
	test_wildcard();
	test_monitoring();
	return tap_done();
}
