// SPDX-License-Identifier: MIT
/* Interfaces by name, and a wake-up when one comes, goes or changes. */
#include "bridge.h"

#include <errno.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>
#include <uv.h>

struct watch {
	uv_poll_t poll;
	int fd;
	napi_env env;
	napi_ref callback;
	napi_async_context context;
};

/* interfaces() -> { name: ifindex } of this network namespace */
static napi_value interfaces(napi_env env, napi_callback_info info)
{
	struct if_nameindex *list = if_nameindex();
	napi_value result;

	(void)info;
	if (!list)
		return bridge_throw(env, errno, "cannot list the interfaces");
	if (napi_create_object(env, &result) != napi_ok) {
		if_freenameindex(list);
		return bridge_throw_engine(env, "napi_create_object");
	}
	for (struct if_nameindex *one = list; one->if_index; one++)
		bridge_set(env, result, one->if_name, bridge_number(env, one->if_index));
	if_freenameindex(list);
	return result;
}

/* hasEthernet(name) -> whether packets of the interface have an Ethernet header; false when it is gone */
static napi_value has_ethernet(napi_env env, napi_callback_info info)
{
	struct bridge_arguments arguments;
	char name[BRIDGE_TEXT_MAX];
	struct ifreq request = { 0 };
	napi_value result;
	int fd, error;

	if (!bridge_arguments(env, info, 1, &arguments) || !bridge_text(env, arguments.values[0], name))
		return NULL;
	memcpy(request.ifr_name, name, strnlen(name, IFNAMSIZ - 1));
	fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return bridge_throw(env, errno, "cannot ask for the type of %s", name);
	error = ioctl(fd, SIOCGIFHWADDR, &request) ? errno : 0;
	close(fd);
	if (error && error != ENODEV)
		return bridge_throw(env, error, "cannot ask for the type of %s", name);
	/* The loopback device gives its packets an Ethernet header too. */
	BRIDGE_CHECK(env, napi_get_boolean(env, !error && (request.ifr_hwaddr.sa_family == ARPHRD_ETHER ||
							   request.ifr_hwaddr.sa_family == ARPHRD_LOOPBACK), &result));
	return result;
}

/* Messages are read only to empty the socket: the listener looks at the interfaces themselves, so a lost one is no loss. */
static void drain(int fd)
{
	char buffer[16384];

	for (int i = 0; i < 64; i++)
		if (recv(fd, buffer, sizeof(buffer), MSG_DONTWAIT) < 0 && errno != ENOBUFS)
			return;
}

static void on_readable(uv_poll_t *poll, int status, int events)
{
	struct watch *watch = poll->data;
	napi_handle_scope scope;
	napi_value callback, receiver;

	(void)status;
	(void)events;
	drain(watch->fd);
	if (napi_open_handle_scope(watch->env, &scope) != napi_ok)
		return;
	if (napi_get_reference_value(watch->env, watch->callback, &callback) == napi_ok &&
	    napi_get_global(watch->env, &receiver) == napi_ok &&
	    napi_make_callback(watch->env, watch->context, receiver, callback, 0, NULL, NULL) != napi_ok)
		bridge_die_of_exception(watch->env);
	napi_close_handle_scope(watch->env, scope);
}

static int open_link_socket(void)
{
	struct sockaddr_nl address = { .nl_family = AF_NETLINK, .nl_groups = RTMGRP_LINK | RTMGRP_IPV4_IFADDR };
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_ROUTE);

	if (fd < 0)
		return -errno;
	if (bind(fd, (struct sockaddr *)&address, sizeof(address))) {
		int error = errno;

		close(fd);
		return -error;
	}
	return fd;
}

/* watchLinks(callback): calls back after each burst of changes, for the life of the process; does not keep it alive */
static napi_value watch_links(napi_env env, napi_callback_info info)
{
	struct bridge_arguments arguments;
	struct watch *watch;
	struct uv_loop_s *loop;
	napi_value name;

	if (!bridge_arguments(env, info, 1, &arguments))
		return NULL;
	BRIDGE_CHECK(env, napi_get_uv_event_loop(env, &loop));
	BRIDGE_CHECK(env, napi_create_string_utf8(env, "musersd:links", NAPI_AUTO_LENGTH, &name));
	watch = calloc(1, sizeof(*watch));
	if (!watch)
		return bridge_throw(env, ENOMEM, "cannot watch the interfaces");
	watch->fd = open_link_socket();
	if (watch->fd < 0) {
		int error = -watch->fd;

		free(watch);
		return bridge_throw(env, error, "cannot watch the interfaces");
	}
	watch->env = env;
	watch->poll.data = watch;
	if (napi_create_reference(env, arguments.values[0], 1, &watch->callback) != napi_ok ||
	    napi_async_init(env, arguments.values[0], name, &watch->context) != napi_ok ||
	    uv_poll_init(loop, &watch->poll, watch->fd) || uv_poll_start(&watch->poll, UV_READABLE, on_readable))
		return bridge_throw_engine(env, "watchLinks");
	uv_unref((uv_handle_t *)&watch->poll);
	return bridge_undefined(env);
}

const struct bridge_function bridge_link_functions[] = {
	{ "hasEthernet", has_ethernet },
	{ "interfaces", interfaces },
	{ "watchLinks", watch_links },
	{ NULL, NULL },
};
