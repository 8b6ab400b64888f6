// SPDX-License-Identifier: GPL-2.0-only
/* The decision about IPv6 alone, in user space: what it answers at each edge, and what it looks at. */
#include "table.h"

static void read_address(const char *text, void *to)
{
	if (inet_pton(AF_INET6, text, to) != 1)
		abort();
}

static struct msender_verdict judge_header(const struct ipv6hdr *ipv6)
{
	struct msender_packet packet = { .ipv6 = ipv6, .length = 60 };

	table.lookups = 0;
	return msender_judge(&packet);
}

static struct ipv6hdr header(const char *source, const char *group, int hop_limit, int protocol)
{
	struct ipv6hdr ipv6 = { .version = 6, .hop_limit = hop_limit, .nexthdr = protocol };

	read_address(source, &ipv6.saddr);
	read_address(group, &ipv6.daddr);
	return ipv6;
}

static struct msender_verdict judge(const char *source, const char *group, int hop_limit, int protocol)
{
	struct ipv6hdr ipv6 = header(source, group, hop_limit, protocol);

	return judge_header(&ipv6);
}

/* The same with these bytes behind the header. */
static struct msender_verdict judge_behind(struct ipv6hdr ipv6, const void *behind, __u32 length)
{
	table.behind = behind;
	table.behind_length = length;
	return judge_header(&ipv6);
}

static void test_registered(void)
{
	struct msender_verdict verdict = judge("2001:db8::1", "ff3e::8000:1", 16, 17);

	tap_ok(is(verdict, MSENDER_PASS, MSENDER_PERMITTED) && verdict.ctl == &table.ctl && table.lookups == 1,
	       "a registered sender passes with a hop limit equal to its maximum, for one look-up");
	verdict = judge("2001:db8::1", "ff3e::8000:1", 17, 17);
	tap_ok(is(verdict, MSENDER_DROP, MSENDER_TTL) && verdict.ctl == &table.ctl, "one hop above the maximum is dropped");
	tap_ok(is(judge("2001:db8::1", "ff3e::8000:1", 16, 103), MSENDER_PASS, MSENDER_PERMITTED),
	       "the protocol of a multicast packet does not matter");
	tap_ok(is(judge("2001:db8::1", "ff3e::8000:1", 16, 60), MSENDER_PASS, MSENDER_PERMITTED) && table.lookups == 1,
	       "nor do its extension headers, which nobody reads");
	tap_ok(is(judge("2001:db8::2", "ff3e::8000:1", 1, 17), MSENDER_DROP, MSENDER_UNKNOWN), "another source is unknown");
	tap_ok(is(judge("::ffff:192.0.2.1", "ff3e::8000:1", 1, 17), MSENDER_DROP, MSENDER_UNKNOWN), "so is a mapped one");
	tap_ok(is(judge("2001:db8::1", "ff3e::8000:2", 1, 17), MSENDER_DROP, MSENDER_UNKNOWN), "and another group");
	tap_ok(is(judge("2001:db8::2", "ff05::2:7ffe", 255, 17), MSENDER_DELIVER, MSENDER_OBSERVED),
	       "an observed group is delivered locally");
}

static void test_exempt(void)
{
	static const char *const passed[] = { "ff00::1", "ff01::1", "ff02::1", "ff02::16", "ff32::1", "fff2::1", "ff02:ffff::1" };
	static const char *const dropped[] = { "ff03::1", "ff04::1", "ff05::1", "ff08::1", "ff0e::1", "ff0f::1", "ff23::1", "ff06::1" };
	static const char *const unicast[] = { "feff::1", "fe80::1", "2001:db8::9", "::1", "::", "fd00::1", "7f02::1" };
	int all = 1;

	for (size_t i = 0; i < sizeof(passed) / sizeof(passed[0]); i++)
		all &= is(judge("2001:db8::2", passed[i], 255, 17), MSENDER_PASS, MSENDER_LINK_LOCAL) && table.lookups == 0;
	tap_ok(all, "scopes 0 to 2 pass without a look-up, whatever the flags");
	all = 1;
	for (size_t i = 0; i < sizeof(dropped) / sizeof(dropped[0]); i++)
		all &= is(judge("2001:db8::2", dropped[i], 1, 17), MSENDER_DROP, MSENDER_UNKNOWN);
	tap_ok(all, "scopes from 3 on do not");
	all = 1;
	for (size_t i = 0; i < sizeof(unicast) / sizeof(unicast[0]); i++)
		all &= is(judge("2001:db8::2", unicast[i], 64, 17), MSENDER_PASS, MSENDER_UNICAST) && table.lookups == 0;
	tap_ok(all, "unicast passes without a look-up");
}

static void test_register(void)
{
	struct ipv6hdr ipv6 = header("2001:db8::2", "2001:db8::ffff", 64, 60);
	__u8 chain[80] = { 0 };
	int all = 1;

	tap_ok(is(judge("2001:db8::2", "2001:db8::ffff", 64, 103), MSENDER_DROP, MSENDER_REGISTER),
	       "unicast PIM from an ordinary host is dropped");
	tap_ok(is(judge("2001:db8::9", "2001:db8::ffff", 64, 103), MSENDER_PASS, MSENDER_UNICAST),
	       "unicast PIM from a listed neighbour passes");
	for (int last = 0; last < 256; last++) {
		chain[0] = last;
		if (!msender_is_extension(last))
			all &= is(judge_behind(ipv6, chain, 8), last == 103 ? MSENDER_DROP : MSENDER_PASS,
				  last == 103 ? MSENDER_REGISTER : MSENDER_UNICAST);
	}
	tap_ok(all, "behind destination options only PIM is dropped, of all protocols");
	for (int i = 0; i < 8; i++)
		chain[8 * i] = i < 7 ? 60 : 103;
	tap_ok(is(judge_behind(ipv6, chain, 64), MSENDER_DROP, MSENDER_REGISTER), "PIM is found behind eight headers");
	tap_ok(is(judge_behind(ipv6, chain, 59), MSENDER_DROP, MSENDER_MALFORMED), "which must all be there");
	chain[56] = 60;
	chain[64] = 17;
	tap_ok(is(judge_behind(ipv6, chain, 80), MSENDER_DROP, MSENDER_MALFORMED), "a ninth is one too many");
	ipv6.nexthdr = 44;
	tap_ok(is(judge_behind(ipv6, "\x67\0\0\1\0\0\0\1", 8), MSENDER_DROP, MSENDER_REGISTER), "a first fragment of PIM is PIM");
	tap_ok(is(judge_behind(ipv6, "\x67\0\0\x08\0\0\0\1", 8), MSENDER_PASS, MSENDER_UNICAST), "a later one is nothing alone");
	tap_ok(is(judge_behind(ipv6, "\x67\0\1\0\0\0\0\1", 8), MSENDER_PASS, MSENDER_UNICAST), "nor one far behind");
	tap_ok(is(judge_behind(ipv6, "\x3c\xff\0\1\0\0\0\1\x67\0\0\0\0\0\0\0", 16), MSENDER_DROP, MSENDER_REGISTER),
	       "what stands where others have a length means nothing in a fragment header");
	ipv6.nexthdr = 51;
	tap_ok(is(judge_behind(ipv6, "\x67\1\0\0\0\0\0\0\0\0\0\0", 12), MSENDER_DROP, MSENDER_REGISTER), "authenticated PIM is PIM");
	tap_ok(is(judge_behind(ipv6, "\x3c\1\0\0\0\0\0\0\0\0\0\0\x67\0\0\0", 16), MSENDER_DROP, MSENDER_REGISTER),
	       "an authentication header of 12 bytes is 12 bytes long");
	ipv6.nexthdr = 50;
	tap_ok(is(judge_behind(ipv6, "\x67\0\0\0\0\0\0\0", 8), MSENDER_PASS, MSENDER_UNICAST), "what is encrypted passes");
}

static void test_membership(void)
{
	struct ipv6hdr ipv6 = header("fe80::2", "ff3e::8000:99", 1, 0);
	__u8 report[32] = { 58, 0, 5, 2, 0, 0, 1, 0, 131 };
	int all = 1;

	tap_ok(is(judge_behind(ipv6, report, 32), MSENDER_PASS, MSENDER_MEMBERSHIP), "an MLDv1 report to its group passes");
	for (int type = 0; type < 256; type++) {
		int is_mld = (type >= 130 && type <= 132) || type == 143;

		report[8] = type;
		all &= (judge_behind(ipv6, report, 32).reason == MSENDER_MEMBERSHIP) == is_mld;
	}
	tap_ok(all, "and no other ICMPv6 message than queries, reports and dones");
	report[8] = 131;
	tap_ok(is(judge_behind(ipv6, "\x3a\0\1\0\5\2\0\0\x83", 9), MSENDER_PASS, MSENDER_MEMBERSHIP), "padding may come first");
	tap_ok(is(judge_behind(ipv6, "\x3a\0\0\0\5\2\0\0\x83", 9), MSENDER_PASS, MSENDER_MEMBERSHIP), "also byte by byte");
	tap_ok(is(judge_behind(ipv6, "\x3a\0\1\4\5\2\0\0\x83", 9), MSENDER_DROP, MSENDER_UNKNOWN), "an alert within padding is none");
	tap_ok(is(judge_behind(ipv6, "\x3a\0\5\2\0\1\1\0\x83", 9), MSENDER_DROP, MSENDER_UNKNOWN), "nor is one for something else");
	tap_ok(is(judge_behind(ipv6, "\x3a\1\5\2\0\0\1\0\x83", 9), MSENDER_DROP, MSENDER_UNKNOWN), "nor one in a longer header");
	tap_ok(is(judge_behind(ipv6, "\x11\0\5\2\0\0\1\0\x83", 9), MSENDER_DROP, MSENDER_UNKNOWN), "nor one before UDP");
	tap_ok(is(judge_behind(ipv6, report, 8), MSENDER_DROP, MSENDER_UNKNOWN), "nor one with nothing behind it");
	ipv6.hop_limit = 2;
	tap_ok(is(judge_behind(ipv6, report, 32), MSENDER_DROP, MSENDER_UNKNOWN), "with a second hop it is no report");
	ipv6.hop_limit = 1;
	ipv6.nexthdr = 60;
	tap_ok(is(judge_behind(ipv6, report, 32), MSENDER_DROP, MSENDER_UNKNOWN), "nor in destination options");
}

static void test_malformed(void)
{
	struct ipv6hdr ipv6 = header("2001:db8::1", "ff3e::8000:1", 1, 17);

	tap_ok(is(judge_header(NULL), MSENDER_DROP, MSENDER_MALFORMED), "a packet without a whole header is malformed");
	ipv6.version = 4;
	tap_ok(is(judge_header(&ipv6), MSENDER_DROP, MSENDER_MALFORMED), "version 4 behind an IPv6 ethertype is malformed");
}

/* Limits are the same code for both families; that they are reached. */
static void test_limits(void)
{
	table.ctl.expires_ns = 1000;
	table.now_ns = 1000;
	tap_ok(is(judge("2001:db8::1", "ff3e::8000:1", 1, 17), MSENDER_DROP, MSENDER_EXPIRED), "a sender whose time is over is dropped");
	table.ctl.expires_ns = 0;
	table.ctl.binding = 7;
	tap_ok(is(judge("2001:db8::1", "ff3e::8000:1", 1, 17), MSENDER_DROP, MSENDER_SPOOF), "or from another interface");
	table.ctl.binding = 0;
	table.ctl.rate = 1;
	table.ctl.burst = 60;
	tap_ok(is(judge("2001:db8::1", "ff3e::8000:1", 1, 17), MSENDER_PASS, MSENDER_PERMITTED) &&
	       is(judge("2001:db8::1", "ff3e::8000:1", 1, 17), MSENDER_DROP, MSENDER_RATE), "or above its rate");
	table.ctl.rate = 0;
	read_address("ff3e::8000:1", table.wildcard_group6);
	table.wildcard.max_ttl = 255;
	tap_ok(is(judge("2001:db8::1", "ff3e::8000:1", 17, 17), MSENDER_DROP, MSENDER_TTL), "a sender of its own decides alone");
	tap_ok(judge("2001:db8::2", "ff3e::8000:1", 255, 17).ctl == &table.wildcard, "others are judged by the wildcard");
	memset(table.wildcard_group6, 0, sizeof(table.wildcard_group6));
	table.may_monitor = table.has_interface = 1;
	table.interface.flags = MSENDER_MONITOR;
	tap_ok(is(judge("2001:db8::2", "ff05::2:7ffe", 9, 17), MSENDER_PASS, MSENDER_OBSERVED) &&
	       is(judge("2001:db8::2", "2001:db8::ffff", 64, 103), MSENDER_PASS, MSENDER_REGISTER),
	       "a monitored interface passes all of it");
}

int main(void)
{
	read_address("2001:db8::1", table.key6.source);
	read_address("ff3e::8000:1", table.key6.group);
	read_address("ff05::2:7ffe", table.observed6);
	read_address("2001:db8::9", table.pim_neighbour6);
	table.ctl.max_ttl = 16;
	test_registered();
	test_exempt();
	test_register();
	test_membership();
	test_malformed();
	test_limits();
	return tap_done();
}
