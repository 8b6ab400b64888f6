// SPDX-License-Identifier: MIT
/*
 * The empty multicast routing table for observed groups, and the rule that sends marked packets there, for IPv4 or IPv6.
 *
 * A packet looked up in a table without interfaces is delivered to local listeners with its TTL intact and never
 * forwarded. Table and rule belong to the network namespace and vanish with it.
 */
#include "bridge.h"

#include <errno.h>
#include <netinet/in.h> /* before linux/mroute.h, whose linux/in.h then yields to it */

#include <linux/fib_rules.h>
#include <linux/mroute.h>
#include <linux/mroute6.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* Before the rule of the main multicast table (32767). */
#define RULE_PRIORITY 1000
#define ANSWER_TIMEOUT_SECONDS 2

struct rule_request {
	struct nlmsghdr header;
	struct fib_rule_hdr rule;
	char attributes[64];
};

static void put_u32(struct nlmsghdr *header, int type, uint32_t value)
{
	struct rtattr *attribute = (struct rtattr *)((char *)header + NLMSG_ALIGN(header->nlmsg_len));

	attribute->rta_type = type;
	attribute->rta_len = RTA_LENGTH(sizeof(value));
	memcpy(RTA_DATA(attribute), &value, sizeof(value));
	header->nlmsg_len = NLMSG_ALIGN(header->nlmsg_len) + RTA_LENGTH(sizeof(value));
}

static int open_route_socket(void)
{
	struct timeval timeout = { .tv_sec = ANSWER_TIMEOUT_SECONDS };
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);

	if (fd >= 0)
		setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof(timeout));
	return fd;
}

/* What differs between the families; `number` is 4 or 6 for the caller. */
struct family {
	int domain, protocol, level, option, rules;
};

static const struct family *family_of(int32_t number)
{
	static const struct family ipv4 = { AF_INET, IPPROTO_IGMP, IPPROTO_IP, MRT_TABLE, RTNL_FAMILY_IPMR };
	static const struct family ipv6 = { AF_INET6, IPPROTO_ICMPV6, IPPROTO_IPV6, MRT6_TABLE, RTNL_FAMILY_IP6MR };

	return number == 6 ? &ipv6 : &ipv4;
}

/* Creates the table by naming it on a socket for IGMP or ICMPv6; it stays when the socket closes. */
static int create_table(const struct family *family, uint32_t table)
{
	int fd = socket(family->domain, SOCK_RAW | SOCK_CLOEXEC, family->protocol);
	int error = 0;

	if (fd < 0)
		return errno;
	if (setsockopt(fd, family->level, family->option, &table, sizeof(table)))
		error = errno;
	close(fd);
	return error;
}

static int add_rule(int fd, const struct family *family, uint32_t table, uint32_t mark)
{
	struct rule_request request = {
		.header = { .nlmsg_len = NLMSG_LENGTH(sizeof(struct fib_rule_hdr)), .nlmsg_type = RTM_NEWRULE,
			    .nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK | NLM_F_CREATE | NLM_F_EXCL },
		.rule = { .family = family->rules, .action = FR_ACT_TO_TBL },
	};
	char answer[1024];
	struct nlmsgerr *error;

	put_u32(&request.header, FRA_PRIORITY, RULE_PRIORITY);
	put_u32(&request.header, FRA_FWMARK, mark);
	put_u32(&request.header, FRA_FWMASK, UINT32_MAX);
	put_u32(&request.header, FRA_TABLE, table);
	if (send(fd, &request, request.header.nlmsg_len, 0) < 0)
		return errno;
	if (recv(fd, answer, sizeof(answer), 0) < (ssize_t)NLMSG_LENGTH(sizeof(*error)))
		return errno ?: EPROTO;
	error = NLMSG_DATA((struct nlmsghdr *)answer);
	return error->error == -EEXIST ? 0 : -error->error;
}

static bool is_rule(const struct nlmsghdr *header, uint32_t table, uint32_t mark)
{
	const struct fib_rule_hdr *rule = NLMSG_DATA(header);
	int left = header->nlmsg_len - NLMSG_LENGTH(sizeof(*rule));
	uint32_t found_table = rule->table, found_mark = 0, mask = 0;

	if (rule->action != FR_ACT_TO_TBL || rule->flags & FIB_RULE_INVERT)
		return false;
	for (const struct rtattr *attribute = (const void *)(rule + 1); RTA_OK(attribute, left);
	     attribute = RTA_NEXT(attribute, left)) {
		if (attribute->rta_type == FRA_TABLE)
			memcpy(&found_table, RTA_DATA(attribute), sizeof(found_table));
		if (attribute->rta_type == FRA_FWMARK)
			memcpy(&found_mark, RTA_DATA(attribute), sizeof(found_mark));
		if (attribute->rta_type == FRA_FWMASK)
			memcpy(&mask, RTA_DATA(attribute), sizeof(mask));
	}
	return found_table == table && found_mark == mark && mask == UINT32_MAX;
}

/* 1 when the rule is there, 0 when not, a negative errno when the kernel did not say. */
static int find_rule(int fd, const struct family *family, uint32_t table, uint32_t mark)
{
	struct rule_request request = {
		.header = { .nlmsg_len = NLMSG_LENGTH(sizeof(struct fib_rule_hdr)), .nlmsg_type = RTM_GETRULE,
			    .nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP },
		.rule = { .family = family->rules },
	};
	char answer[32768];
	int found = 0;

	if (send(fd, &request, request.header.nlmsg_len, 0) < 0)
		return -errno;
	for (;;) {
		ssize_t length = recv(fd, answer, sizeof(answer), 0);

		if (length < 0)
			return -errno;
		for (struct nlmsghdr *header = (void *)answer; NLMSG_OK(header, length); header = NLMSG_NEXT(header, length)) {
			if (header->nlmsg_type == NLMSG_DONE)
				return found;
			if (header->nlmsg_type == NLMSG_ERROR)
				return ((struct nlmsgerr *)NLMSG_DATA(header))->error;
			if (header->nlmsg_type == RTM_NEWRULE)
				found |= is_rule(header, table, mark);
		}
	}
}

/* mruleFind(family, table, mark) -> whether marked packets are looked up in the table */
static napi_value mrule_find(napi_env env, napi_callback_info info)
{
	struct bridge_arguments arguments;
	int32_t family, table, mark;
	napi_value result;
	int fd, found;

	if (!bridge_arguments(env, info, 3, &arguments) || !bridge_int(env, arguments.values[0], &family) ||
	    !bridge_int(env, arguments.values[1], &table) || !bridge_int(env, arguments.values[2], &mark))
		return NULL;
	fd = open_route_socket();
	if (fd < 0)
		return bridge_throw(env, errno, "cannot read the multicast routing rules");
	found = find_rule(fd, family_of(family), table, mark);
	close(fd);
	if (found < 0)
		return bridge_throw(env, -found, "cannot read the multicast routing rules");
	BRIDGE_CHECK(env, napi_get_boolean(env, found, &result));
	return result;
}

/* mruleAdd(family, table, mark): makes the empty table and the rule */
static napi_value mrule_add(napi_env env, napi_callback_info info)
{
	struct bridge_arguments arguments;
	int32_t family, table, mark;
	int fd, error;

	if (!bridge_arguments(env, info, 3, &arguments) || !bridge_int(env, arguments.values[0], &family) ||
	    !bridge_int(env, arguments.values[1], &table) || !bridge_int(env, arguments.values[2], &mark))
		return NULL;
	error = create_table(family_of(family), table);
	if (error)
		return bridge_throw(env, error, "cannot create multicast routing table %d", table);
	fd = open_route_socket();
	if (fd < 0)
		return bridge_throw(env, errno, "cannot add a multicast routing rule");
	error = add_rule(fd, family_of(family), table, mark);
	close(fd);
	if (error)
		return bridge_throw(env, error, "cannot add the multicast routing rule for mark 0x%x", mark);
	return bridge_undefined(env);
}

const struct bridge_function bridge_mroute_functions[] = {
	{ "mruleAdd", mrule_add },
	{ "mruleFind", mrule_find },
	{ NULL, NULL },
};
