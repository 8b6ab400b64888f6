// SPDX-License-Identifier: MIT
/*
 * Generic netlink: sockets, and the bytes that travel through them. What the messages say is made and read by the caller.
 *
 * The kernel answers within send(), so a receive never waits for somebody else; the timeout is for a broken kernel.
 */
#include "bridge.h"

#include <errno.h>
#include <linux/genetlink.h>
#include <linux/netlink.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#define ANSWER_TIMEOUT_SECONDS 10

struct family_request {
	struct nlmsghdr header;
	struct genlmsghdr command;
	struct nlattr attribute;
	char name[GENL_NAMSIZ];
};

/* A socket whose errors come with a sentence and without the request that they answer. */
static int open_socket(void)
{
	struct timeval timeout = { .tv_sec = ANSWER_TIMEOUT_SECONDS };
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_GENERIC), yes = 1;

	if (fd < 0)
		return -1;
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof(timeout));
	setsockopt(fd, SOL_NETLINK, NETLINK_EXT_ACK, &yes, sizeof(yes));
	setsockopt(fd, SOL_NETLINK, NETLINK_CAP_ACK, &yes, sizeof(yes));
	return fd;
}

/* The number of a family, or a negative errno; ENOENT when no module that can be loaded has it. */
static int find_family(int fd, const char *name)
{
	struct family_request request = {
		.header = { .nlmsg_len = sizeof(request), .nlmsg_type = GENL_ID_CTRL, .nlmsg_flags = NLM_F_REQUEST },
		.command = { .cmd = CTRL_CMD_GETFAMILY, .version = 1 },
		.attribute = { .nla_len = NLA_HDRLEN + GENL_NAMSIZ, .nla_type = CTRL_ATTR_FAMILY_NAME },
	};
	char answer[8192] __attribute__((aligned(NLMSG_ALIGNTO)));
	const struct nlmsghdr *header = (const void *)answer;
	ssize_t length;

	memcpy(request.name, name, strnlen(name, sizeof(request.name) - 1));
	if (send(fd, &request, sizeof(request), 0) < 0)
		return -errno;
	length = recv(fd, answer, sizeof(answer), 0);
	if (length < 0)
		return -errno;
	if (!NLMSG_OK(header, length))
		return -EPROTO;
	if (header->nlmsg_type == NLMSG_ERROR)
		return ((const struct nlmsgerr *)NLMSG_DATA(header))->error;
	for (size_t offset = NLMSG_LENGTH(GENL_HDRLEN); offset + NLA_HDRLEN < header->nlmsg_len;) {
		const struct nlattr *attribute = (const void *)(answer + offset);
		uint16_t family;

		memcpy(&family, attribute + 1, sizeof(family));
		if (attribute->nla_type == CTRL_ATTR_FAMILY_ID)
			return family;
		if (attribute->nla_len < NLA_HDRLEN)
			break;
		offset += NLA_ALIGN(attribute->nla_len);
	}
	return -EPROTO;
}

/* genlOpen(name) -> { fd, family } */
static napi_value genl_open(napi_env env, napi_callback_info info)
{
	struct bridge_arguments arguments;
	char name[BRIDGE_TEXT_MAX];
	napi_value result;
	int fd, family;

	if (!bridge_arguments(env, info, 1, &arguments) || !bridge_text(env, arguments.values[0], name))
		return NULL;
	fd = open_socket();
	if (fd < 0)
		return bridge_throw(env, errno, "cannot open a generic netlink socket");
	family = find_family(fd, name);
	if (family < 0) {
		close(fd);
		return bridge_throw(env, -family, "cannot find the generic netlink family %s", name);
	}
	BRIDGE_CHECK(env, napi_create_object(env, &result));
	bridge_set(env, result, "fd", bridge_number(env, fd));
	bridge_set(env, result, "family", bridge_number(env, family));
	return result;
}

/* genlSend(fd, bytes): whole messages */
static napi_value genl_send(napi_env env, napi_callback_info info)
{
	struct bridge_arguments arguments;
	size_t length;
	void *bytes;
	int32_t fd;

	if (!bridge_arguments(env, info, 2, &arguments) || !bridge_int(env, arguments.values[0], &fd) ||
	    !bridge_bytes(env, arguments.values[1], &bytes, &length))
		return NULL;
	if (send(fd, bytes, length, 0) != (ssize_t)length)
		return bridge_throw(env, errno, "cannot send to the kernel");
	return bridge_undefined(env);
}

/* genlReceive(fd, bytes) -> length of the whole messages that the buffer holds now */
static napi_value genl_receive(napi_env env, napi_callback_info info)
{
	struct bridge_arguments arguments;
	ssize_t received;
	size_t length;
	void *bytes;
	int32_t fd;

	if (!bridge_arguments(env, info, 2, &arguments) || !bridge_int(env, arguments.values[0], &fd) ||
	    !bridge_bytes(env, arguments.values[1], &bytes, &length))
		return NULL;
	received = recv(fd, bytes, length, MSG_TRUNC);
	if (received < 0)
		return bridge_throw(env, errno, "cannot receive from the kernel");
	if ((size_t)received > length)
		return bridge_throw(env, EMSGSIZE, "an answer of the kernel is longer than the buffer");
	return bridge_number(env, received);
}

const struct bridge_function bridge_genl_functions[] = {
	{ "genlOpen", genl_open },
	{ "genlReceive", genl_receive },
	{ "genlSend", genl_send },
	{ NULL, NULL },
};
