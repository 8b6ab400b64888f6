// SPDX-License-Identifier: MIT
/*
 * A UDP socket that moves datagrams in batches: one system call and one JavaScript call for up to UDP_BATCH of them.
 *
 * Both directions use an arena of UDP_BATCH slots that JavaScript sees as one ArrayBuffer; a slot starts with what
 * it holds, in host byte order:
 *
 *  0                4        8         12       16              32             UDP_SLOT_BYTES
 * +----------------+--------+---------+--------+---------------+--------------+
 * | length (bytes) | port   | ifindex | family | address       | datagram     |
 * +----------------+--------+---------+--------+---------------+--------------+
 *
 * The family is 4 or 6, the address in network byte order, from the left. A socket has one family, that of its own address.
 * A received datagram that is longer than its slot is reported with its real length; its bytes are cut. The ifindex is
 * that of the receiving interface on a group socket, and 0 otherwise.
 */
#include "bridge.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <uv.h>

#ifndef IPV6_MULTICAST_ALL
#define IPV6_MULTICAST_ALL 29 /* linux/in6.h, which netinet/in.h rules out */
#endif

#define UDP_BATCH 64
#define UDP_SLOT_BYTES 2048
#define UDP_HEADER_BYTES 32
#define UDP_ADDRESS_BYTES 16
#define UDP_ROUNDS_PER_WAKEUP 8

union udp_address {
	struct sockaddr any;
	struct sockaddr_in ipv4;
	struct sockaddr_in6 ipv6;
};

struct slot {
	uint32_t length;
	uint32_t port;
	uint32_t ifindex;
	uint32_t family;
	uint8_t address[UDP_ADDRESS_BYTES];
	uint8_t bytes[UDP_SLOT_BYTES - UDP_HEADER_BYTES];
};

struct batch {
	struct mmsghdr messages[UDP_BATCH];
	struct iovec vectors[UDP_BATCH];
	union udp_address peers[UDP_BATCH];
	char control[UDP_BATCH][CMSG_SPACE(sizeof(struct in6_pktinfo))];
	struct slot slots[UDP_BATCH];
};

struct udp {
	uv_poll_t poll;
	int fd;
	napi_env env;
	napi_ref callback;
	napi_async_context context;
	struct batch in, out;
};

static void prepare(struct batch *batch)
{
	for (int i = 0; i < UDP_BATCH; i++) {
		batch->vectors[i].iov_base = batch->slots[i].bytes;
		batch->vectors[i].iov_len = sizeof(batch->slots[i].bytes);
		batch->messages[i].msg_hdr.msg_iov = &batch->vectors[i];
		batch->messages[i].msg_hdr.msg_iovlen = 1;
		batch->messages[i].msg_hdr.msg_name = &batch->peers[i];
		batch->messages[i].msg_hdr.msg_namelen = sizeof(batch->peers[i]);
	}
}

/* Reads the text of an address of either family; returns the length of the result, 0 when it is none. */
static socklen_t parse_address(const char *text, uint16_t port, union udp_address *address)
{
	memset(address, 0, sizeof(*address));
	if (inet_pton(AF_INET, text, &address->ipv4.sin_addr) == 1) {
		address->ipv4.sin_family = AF_INET;
		address->ipv4.sin_port = htons(port);
		return sizeof(address->ipv4);
	}
	if (inet_pton(AF_INET6, text, &address->ipv6.sin6_addr) == 1) {
		address->ipv6.sin6_family = AF_INET6;
		address->ipv6.sin6_port = htons(port);
		return sizeof(address->ipv6);
	}
	return 0;
}

static bool is_group(const union udp_address *address)
{
	if (address->any.sa_family == AF_INET6)
		return IN6_IS_ADDR_MULTICAST(&address->ipv6.sin6_addr);
	return IN_MULTICAST(ntohl(address->ipv4.sin_addr.s_addr));
}

/* A group socket shares its port, hears only what it joined itself, and learns the receiving interface. */
static void prepare_group_socket(int fd, sa_family_t family)
{
	int yes = 1, no = 0;

	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
	if (family == AF_INET6) {
		setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &yes, sizeof(yes));
		setsockopt(fd, IPPROTO_IPV6, IPV6_MULTICAST_ALL, &no, sizeof(no));
		setsockopt(fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, &yes, sizeof(yes));
	} else {
		setsockopt(fd, IPPROTO_IP, IP_MULTICAST_ALL, &no, sizeof(no));
		setsockopt(fd, IPPROTO_IP, IP_PKTINFO, &yes, sizeof(yes));
	}
}

static int open_socket(const char *address, uint16_t port, int receive_buffer)
{
	union udp_address local;
	socklen_t length = parse_address(address, port, &local);
	int fd, error;

	if (!length)
		return -EINVAL;
	fd = socket(local.any.sa_family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -errno;
	/* Best effort: the kernel caps it at net.core.rmem_max. */
	setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof(receive_buffer));
	if (is_group(&local))
		prepare_group_socket(fd, local.any.sa_family);
	if (bind(fd, &local.any, length) == 0)
		return fd;
	error = errno;
	close(fd);
	return -error;
}

static uint32_t receiving_interface(struct msghdr *message)
{
	for (struct cmsghdr *control = CMSG_FIRSTHDR(message); control; control = CMSG_NXTHDR(message, control)) {
		if (control->cmsg_level == IPPROTO_IP && control->cmsg_type == IP_PKTINFO)
			return ((struct in_pktinfo *)CMSG_DATA(control))->ipi_ifindex;
		if (control->cmsg_level == IPPROTO_IPV6 && control->cmsg_type == IPV6_PKTINFO)
			return ((struct in6_pktinfo *)CMSG_DATA(control))->ipi6_ifindex;
	}
	return 0;
}

static void write_peer(const union udp_address *peer, struct slot *slot)
{
	if (peer->any.sa_family == AF_INET6) {
		slot->family = 6;
		slot->port = ntohs(peer->ipv6.sin6_port);
		memcpy(slot->address, &peer->ipv6.sin6_addr, sizeof(peer->ipv6.sin6_addr));
	} else {
		slot->family = 4;
		slot->port = ntohs(peer->ipv4.sin_port);
		memcpy(slot->address, &peer->ipv4.sin_addr, sizeof(peer->ipv4.sin_addr));
	}
}

/* Returns the length of the address. */
static socklen_t read_peer(const struct slot *slot, union udp_address *peer)
{
	memset(peer, 0, sizeof(*peer));
	if (slot->family == 6) {
		peer->ipv6.sin6_family = AF_INET6;
		peer->ipv6.sin6_port = htons(slot->port);
		memcpy(&peer->ipv6.sin6_addr, slot->address, sizeof(peer->ipv6.sin6_addr));
		return sizeof(peer->ipv6);
	}
	peer->ipv4.sin_family = AF_INET;
	peer->ipv4.sin_port = htons(slot->port);
	memcpy(&peer->ipv4.sin_addr, slot->address, sizeof(peer->ipv4.sin_addr));
	return sizeof(peer->ipv4);
}

static int receive_batch(struct udp *udp)
{
	int count;

	for (int i = 0; i < UDP_BATCH; i++) {
		udp->in.messages[i].msg_hdr.msg_control = udp->in.control[i];
		udp->in.messages[i].msg_hdr.msg_controllen = sizeof(udp->in.control[i]);
		udp->in.messages[i].msg_hdr.msg_namelen = sizeof(udp->in.peers[i]);
	}
	count = recvmmsg(udp->fd, udp->in.messages, UDP_BATCH, MSG_DONTWAIT | MSG_TRUNC, NULL);
	for (int i = 0; i < count; i++) {
		udp->in.slots[i].length = udp->in.messages[i].msg_len;
		write_peer(&udp->in.peers[i], &udp->in.slots[i]);
		udp->in.slots[i].ifindex = receiving_interface(&udp->in.messages[i].msg_hdr);
	}
	return count;
}

/* Sends the first `count` slots; what the kernel does not take now is lost, as any datagram may be. */
static void send_batch(struct udp *udp, uint32_t count)
{
	uint32_t sent = 0;

	for (uint32_t i = 0; i < count; i++) {
		struct slot *slot = &udp->out.slots[i];

		udp->out.messages[i].msg_hdr.msg_namelen = read_peer(slot, &udp->out.peers[i]);
		udp->out.vectors[i].iov_len = slot->length;
	}
	while (sent < count) {
		int result = sendmmsg(udp->fd, udp->out.messages + sent, count - sent, MSG_DONTWAIT);

		/* An error belongs to the first datagram of the call only. */
		sent += result > 0 ? result : 1;
	}
}

/* Hands the batch to JavaScript, which fills the out arena and returns how many slots of it to send; -1 on an exception. */
static int64_t call_back(struct udp *udp, int count)
{
	napi_value callback, receiver, argument, result;
	int64_t answers = -1;
	napi_handle_scope scope;

	if (napi_open_handle_scope(udp->env, &scope) != napi_ok)
		return -1;
	if (napi_get_reference_value(udp->env, udp->callback, &callback) == napi_ok &&
	    napi_get_global(udp->env, &receiver) == napi_ok &&
	    napi_create_int32(udp->env, count, &argument) == napi_ok &&
	    napi_make_callback(udp->env, udp->context, receiver, callback, 1, &argument, &result) == napi_ok)
		napi_get_value_int64(udp->env, result, &answers);
	else
		bridge_die_of_exception(udp->env);
	napi_close_handle_scope(udp->env, scope);
	return answers > UDP_BATCH ? UDP_BATCH : answers;
}

static void on_readable(uv_poll_t *poll, int status, int events)
{
	struct udp *udp = poll->data;

	(void)status;
	(void)events;
	for (int round = 0; round < UDP_ROUNDS_PER_WAKEUP; round++) {
		int count = receive_batch(udp);
		int64_t answers;

		if (count <= 0)
			return;
		answers = call_back(udp, count);
		if (answers < 0 || uv_is_closing((uv_handle_t *)poll))
			return;
		send_batch(udp, answers);
		if (count < UDP_BATCH)
			return;
	}
}

static void on_closed(uv_handle_t *handle)
{
	struct udp *udp = handle->data;

	napi_delete_reference(udp->env, udp->callback);
	napi_async_destroy(udp->env, udp->context);
	close(udp->fd);
	/* The arenas stay: JavaScript may still hold their ArrayBuffers. One socket lives as long as its process. */
}

static napi_value external_arena(napi_env env, struct batch *batch)
{
	napi_value buffer, bytes;

	BRIDGE_CHECK(env, napi_create_external_arraybuffer(env, batch->slots, sizeof(batch->slots), NULL, NULL, &buffer));
	BRIDGE_CHECK(env, napi_create_typedarray(env, napi_uint8_array, sizeof(batch->slots), buffer, 0, &bytes));
	return bytes;
}

static napi_value describe(napi_env env, struct udp *udp)
{
	union udp_address local;
	socklen_t length = sizeof(local);
	napi_value result, handle;
	struct slot own;

	if (getsockname(udp->fd, &local.any, &length))
		return bridge_throw(env, errno, "cannot read the address of a socket");
	BRIDGE_CHECK(env, napi_create_object(env, &result));
	BRIDGE_CHECK(env, napi_create_external(env, udp, NULL, NULL, &handle));
	bridge_set(env, result, "handle", handle);
	write_peer(&local, &own);
	bridge_set(env, result, "port", bridge_number(env, own.port));
	bridge_set(env, result, "incoming", external_arena(env, &udp->in));
	bridge_set(env, result, "outgoing", external_arena(env, &udp->out));
	return result;
}

/* udpOpen(address, port, receiveBufferBytes, onBatch) -> { handle, port, incoming, outgoing } */
static napi_value udp_open(napi_env env, napi_callback_info info)
{
	struct bridge_arguments arguments;
	char address[BRIDGE_TEXT_MAX];
	int32_t port, receive_buffer;
	struct uv_loop_s *loop;
	struct udp *udp;
	napi_value name;
	int fd;

	if (!bridge_arguments(env, info, 4, &arguments) || !bridge_text(env, arguments.values[0], address) ||
	    !bridge_int(env, arguments.values[1], &port) || !bridge_int(env, arguments.values[2], &receive_buffer))
		return NULL;
	BRIDGE_CHECK(env, napi_get_uv_event_loop(env, &loop));
	BRIDGE_CHECK(env, napi_create_string_utf8(env, "musersd:udp", NAPI_AUTO_LENGTH, &name));
	fd = open_socket(address, port, receive_buffer);
	if (fd < 0)
		return bridge_throw(env, -fd, "cannot listen on %s:%d", address, port);
	udp = calloc(1, sizeof(*udp));
	if (!udp) {
		close(fd);
		return bridge_throw(env, ENOMEM, "cannot listen on %s:%d", address, port);
	}
	udp->fd = fd;
	udp->env = env;
	udp->poll.data = udp;
	prepare(&udp->in);
	prepare(&udp->out);
	if (napi_create_reference(env, arguments.values[3], 1, &udp->callback) != napi_ok ||
	    napi_async_init(env, arguments.values[3], name, &udp->context) != napi_ok ||
	    uv_poll_init(loop, &udp->poll, fd) || uv_poll_start(&udp->poll, UV_READABLE, on_readable))
		return bridge_throw_engine(env, "udpOpen");
	return describe(env, udp);
}

static struct udp *udp_of(napi_env env, napi_value handle)
{
	void *udp = NULL;

	if (napi_get_value_external(env, handle, &udp) != napi_ok)
		napi_throw_type_error(env, "ERR_INVALID_ARG_TYPE", "a UDP handle is needed");
	return udp;
}

/* udpSend(handle, count): sends the first slots of the outgoing arena */
static napi_value udp_send(napi_env env, napi_callback_info info)
{
	struct bridge_arguments arguments;
	struct udp *udp;
	int32_t count;

	if (!bridge_arguments(env, info, 2, &arguments) || !bridge_int(env, arguments.values[1], &count))
		return NULL;
	udp = udp_of(env, arguments.values[0]);
	if (!udp)
		return NULL;
	if (count > 0)
		send_batch(udp, count > UDP_BATCH ? UDP_BATCH : count);
	return bridge_undefined(env);
}

static int set_membership(int fd, const union udp_address *group, int32_t ifindex, bool joins)
{
	if (group->any.sa_family == AF_INET6) {
		struct ipv6_mreq membership = { .ipv6mr_multiaddr = group->ipv6.sin6_addr, .ipv6mr_interface = ifindex };

		return setsockopt(fd, IPPROTO_IPV6, joins ? IPV6_ADD_MEMBERSHIP : IPV6_DROP_MEMBERSHIP, &membership,
				  sizeof(membership));
	}
	struct ip_mreqn membership = { .imr_multiaddr = group->ipv4.sin_addr, .imr_ifindex = ifindex };

	return setsockopt(fd, IPPROTO_IP, joins ? IP_ADD_MEMBERSHIP : IP_DROP_MEMBERSHIP, &membership, sizeof(membership));
}

static napi_value change_membership(napi_env env, napi_callback_info info, bool joins)
{
	union udp_address local;
	socklen_t length = sizeof(local);
	struct bridge_arguments arguments;
	int32_t ifindex;
	struct udp *udp;

	if (!bridge_arguments(env, info, 2, &arguments) || !bridge_int(env, arguments.values[1], &ifindex))
		return NULL;
	udp = udp_of(env, arguments.values[0]);
	if (!udp)
		return NULL;
	if (getsockname(udp->fd, &local.any, &length))
		return bridge_throw(env, errno, "cannot read the address of a socket");
	if (set_membership(udp->fd, &local, ifindex, joins))
		return bridge_throw(env, errno, "cannot %s the group of a socket on ifindex %d", joins ? "join" : "leave",
				    ifindex);
	return bridge_undefined(env);
}

/* udpJoin(handle, ifindex): joins the group that the socket is bound to */
static napi_value udp_join(napi_env env, napi_callback_info info)
{
	return change_membership(env, info, true);
}

/* udpLeave(handle, ifindex) */
static napi_value udp_leave(napi_env env, napi_callback_info info)
{
	return change_membership(env, info, false);
}

/* udpClose(handle) */
static napi_value udp_close(napi_env env, napi_callback_info info)
{
	struct bridge_arguments arguments;
	struct udp *udp;

	if (!bridge_arguments(env, info, 1, &arguments))
		return NULL;
	udp = udp_of(env, arguments.values[0]);
	if (!udp)
		return NULL;
	if (!uv_is_closing((uv_handle_t *)&udp->poll)) {
		uv_poll_stop(&udp->poll);
		uv_close((uv_handle_t *)&udp->poll, on_closed);
	}
	return bridge_undefined(env);
}

const struct bridge_function bridge_udp_functions[] = {
	{ "udpClose", udp_close },
	{ "udpJoin", udp_join },
	{ "udpLeave", udp_leave },
	{ "udpOpen", udp_open },
	{ "udpSend", udp_send },
	{ NULL, NULL },
};
