// SPDX-License-Identifier: GPL-2.0-only
/* The decision alone, in user space: which look-ups it makes, and what it answers at each edge. */
#include <arpa/inet.h>
#include <string.h>

#include "../include/verdict.h"
#include "tap.h"

static struct {
	struct msender_key key;
	struct msender_ctl ctl;
	__be32 observed;
	__be32 pim_neighbour;
	int lookups;
} table;

static inline struct msender_ctl *msender_find(const struct msender_key *key)
{
	table.lookups++;
	return memcmp(key, &table.key, sizeof(*key)) ? NULL : &table.ctl;
}

static inline int msender_is_observed(__be32 group)
{
	table.lookups++;
	return group == table.observed;
}

static inline int msender_is_pim_neighbour(__be32 source)
{
	table.lookups++;
	return source == table.pim_neighbour;
}

static struct msender_verdict judge(const char *source, const char *group, int ttl, int protocol)
{
	struct iphdr ip = { .version = 4, .ihl = 5, .ttl = ttl, .protocol = protocol };

	ip.saddr = inet_addr(source);
	ip.daddr = inet_addr(group);
	table.lookups = 0;
	return msender_judge(&ip);
}

static int is(struct msender_verdict verdict, enum msender_action action, enum msender_reason reason)
{
	return verdict.action == action && verdict.reason == reason;
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

static void test_malformed(void)
{
	struct iphdr ip = { .version = 4, .ihl = 4, .daddr = inet_addr("233.252.0.1"), .saddr = inet_addr("192.0.2.1") };

	tap_ok(is(msender_judge(&ip), MSENDER_DROP, MSENDER_MALFORMED), "a header shorter than 20 bytes is malformed");
	ip.ihl = 5;
	ip.version = 6;
	tap_ok(is(msender_judge(&ip), MSENDER_DROP, MSENDER_MALFORMED), "version 6 behind an IPv4 ethertype is malformed");
	ip.version = 4;
	ip.ihl = 15;
	tap_ok(is(msender_judge(&ip), MSENDER_PASS, MSENDER_PERMITTED), "IP options change nothing");
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
	test_malformed();
	return tap_done();
}
