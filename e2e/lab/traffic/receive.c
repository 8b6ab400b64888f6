// SPDX-License-Identifier: MIT
/*
 * receive INTERFACE_ADDRESS PORT
 *
 * Counts the multicast datagrams that arrive at a UDP port, for each (source, group); IPv4 or IPv6, as the address is.
 * Lines on standard input:
 *
 *   join GROUP    joins on the interface; answered with {"joined":"GROUP"}
 *   report        answered with {"overflowed":N,"flows":[{"source":..,"group":..,"packets":..,"bytes":..,"ttlMin":..,
 *                 "ttlMax":..,"missing":..,"reordered":..,"seconds":..,"firstAtMs":..}]}
 *
 * overflowed counts what this socket itself lost, so that a loss is never blamed on the network wrongly. missing and
 * reordered come from the numbers that send writes, seconds is from the first to the last datagram, firstAtMs when the first
 * was read, in milliseconds since the Unix epoch. End of file ends the program.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "payload.h"

#define FLOWS_MAX 1024
#define RECEIVE_BUFFER_BYTES (8 << 20)

struct flow {
	struct in6_addr source, group; /* those of IPv4 mapped into IPv6 (RFC 4291 §2.5.5.2) */
	unsigned long long packets, bytes;
	int ttl_min, ttl_max; /* hops */
	uint32_t run;
	uint64_t next; /* sequence expected in this run */
	long long missing, reordered;
	double first_s, last_s;
	double first_at_ms;
};

static struct flow flows[FLOWS_MAX];
static size_t flow_count;
static uint32_t overflowed;

static double now_s(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec + t.tv_nsec / 1e9;
}

static double wall_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_REALTIME, &t);
	return t.tv_sec * 1e3 + t.tv_nsec / 1e6;
}

static struct in6_addr mapped(struct in_addr ipv4)
{
	struct in6_addr ipv6 = { .s6_addr32 = { 0, 0, htonl(0xffff), ipv4.s_addr } };

	return ipv6;
}

static struct flow *find_flow(const struct in6_addr *source, const struct in6_addr *group)
{
	struct flow *f;

	for (f = flows; f < flows + flow_count; f++)
		if (IN6_ARE_ADDR_EQUAL(&f->source, source) && IN6_ARE_ADDR_EQUAL(&f->group, group))
			return f;
	if (flow_count == FLOWS_MAX)
		return NULL;
	flow_count++;
	f->source = *source;
	f->group = *group;
	f->ttl_min = 255;
	return f;
}

static void count_sequence(struct flow *f, const struct payload *p)
{
	if (f->run != p->run) {
		f->run = p->run;
		f->next = p->sequence;
	}
	if (p->sequence < f->next) {
		f->reordered++;
		f->missing--;
		return;
	}
	f->missing += p->sequence - f->next;
	f->next = p->sequence + 1;
}

static void count_datagram(const struct in6_addr *source, const struct in6_addr *group, int ttl, const unsigned char *bytes,
			   size_t length)
{
	struct flow *f = find_flow(source, group);
	struct payload p;

	if (!f)
		return;
	f->last_s = now_s();
	if (!f->packets++) {
		f->first_s = f->last_s;
		f->first_at_ms = wall_ms();
	}
	f->bytes += length;
	if (ttl < f->ttl_min)
		f->ttl_min = ttl;
	if (ttl > f->ttl_max)
		f->ttl_max = ttl;
	if (payload_read(bytes, length, &p))
		count_sequence(f, &p);
}

/* Reads one datagram with its group, TTL and the socket's loss; returns 0 when there is none. */
static int receive_one(int fd)
{
	unsigned char bytes[65536];
	char control[256];
	union {
		struct sockaddr any;
		struct sockaddr_in ipv4;
		struct sockaddr_in6 ipv6;
	} from;
	struct iovec part = { bytes, sizeof(bytes) };
	struct msghdr m = { &from, sizeof(from), &part, 1, control, sizeof(control), 0 };
	struct in6_addr group = { 0 };
	int ttl = 0;
	ssize_t length = recvmsg(fd, &m, MSG_DONTWAIT);

	if (length < 0)
		return 0;
	for (struct cmsghdr *c = CMSG_FIRSTHDR(&m); c; c = CMSG_NXTHDR(&m, c)) {
		if (c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_TTL)
			memcpy(&ttl, CMSG_DATA(c), sizeof(ttl));
		else if (c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_PKTINFO)
			group = mapped(((struct in_pktinfo *)CMSG_DATA(c))->ipi_addr);
		else if (c->cmsg_level == IPPROTO_IPV6 && c->cmsg_type == IPV6_HOPLIMIT)
			memcpy(&ttl, CMSG_DATA(c), sizeof(ttl));
		else if (c->cmsg_level == IPPROTO_IPV6 && c->cmsg_type == IPV6_PKTINFO)
			group = ((struct in6_pktinfo *)CMSG_DATA(c))->ipi6_addr;
		else if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SO_RXQ_OVFL)
			memcpy(&overflowed, CMSG_DATA(c), sizeof(overflowed));
	}
	if (from.any.sa_family == AF_INET)
		from.ipv6.sin6_addr = mapped(from.ipv4.sin_addr);
	count_datagram(&from.ipv6.sin6_addr, &group, ttl, bytes, (size_t)length);
	return 1;
}

static void print_address(const struct in6_addr *address, char text[INET6_ADDRSTRLEN])
{
	if (IN6_IS_ADDR_V4MAPPED(address))
		inet_ntop(AF_INET, &address->s6_addr32[3], text, INET6_ADDRSTRLEN);
	else
		inet_ntop(AF_INET6, address, text, INET6_ADDRSTRLEN);
}

static void report(void)
{
	char source[INET6_ADDRSTRLEN], group[INET6_ADDRSTRLEN];

	printf("{\"overflowed\":%u,\"flows\":[", overflowed);
	for (struct flow *f = flows; f < flows + flow_count; f++) {
		print_address(&f->source, source);
		print_address(&f->group, group);
		printf("%s{\"source\":\"%s\",\"group\":\"%s\",\"packets\":%llu,\"bytes\":%llu,\"ttlMin\":%d,\"ttlMax\":%d,"
		       "\"missing\":%lld,\"reordered\":%lld,\"seconds\":%.6f,\"firstAtMs\":%.3f}",
		       f == flows ? "" : ",", source, group, f->packets, f->bytes, f->ttl_min, f->ttl_max, f->missing,
		       f->reordered, f->last_s - f->first_s, f->first_at_ms);
	}
	puts("]}");
}

/* The index of the interface that has the address; 0 when none has. */
static unsigned int interface_of(const char *address)
{
	struct in6_addr wanted;
	struct ifaddrs *all, *one;
	unsigned int index = 0;

	if (inet_pton(AF_INET6, address, &wanted) != 1 || getifaddrs(&all))
		return 0;
	for (one = all; one && !index; one = one->ifa_next)
		if (one->ifa_addr && one->ifa_addr->sa_family == AF_INET6 &&
		    IN6_ARE_ADDR_EQUAL(&((struct sockaddr_in6 *)one->ifa_addr)->sin6_addr, &wanted))
			index = if_nametoindex(one->ifa_name);
	freeifaddrs(all);
	return index;
}

/* Returns 0 when the host has joined. */
static int join_group(int fd, const char *interface, const char *group)
{
	struct ip_mreqn ipv4 = { 0 };
	struct ipv6_mreq ipv6 = { 0 };

	if (inet_pton(AF_INET, group, &ipv4.imr_multiaddr) == 1 && inet_pton(AF_INET, interface, &ipv4.imr_address) == 1)
		return setsockopt(fd, IPPROTO_IP, IP_ADD_MEMBERSHIP, &ipv4, sizeof(ipv4));
	ipv6.ipv6mr_interface = interface_of(interface);
	if (!ipv6.ipv6mr_interface || inet_pton(AF_INET6, group, &ipv6.ipv6mr_multiaddr) != 1)
		return -1;
	return setsockopt(fd, IPPROTO_IPV6, IPV6_JOIN_GROUP, &ipv6, sizeof(ipv6));
}

static void join(int fd, const char *interface, const char *group)
{
	if (join_group(fd, interface, group)) {
		perror("receive: cannot join");
		exit(1);
	}
	printf("{\"joined\":\"%s\"}\n", group);
}

/* IP_MULTICAST_ALL off: only what this program joined itself. */
static int bind_ipv4(int fd, int port)
{
	struct sockaddr_in local = { .sin_family = AF_INET, .sin_port = htons(port) };
	int on = 1, off = 0;

	return setsockopt(fd, IPPROTO_IP, IP_RECVTTL, &on, sizeof(on)) ||
	       setsockopt(fd, IPPROTO_IP, IP_PKTINFO, &on, sizeof(on)) ||
	       setsockopt(fd, IPPROTO_IP, IP_MULTICAST_ALL, &off, sizeof(off)) ||
	       bind(fd, (struct sockaddr *)&local, sizeof(local));
}

static int bind_ipv6(int fd, int port)
{
	struct sockaddr_in6 local = { .sin6_family = AF_INET6, .sin6_port = htons(port) };
	int on = 1, off = 0;

	return setsockopt(fd, IPPROTO_IPV6, IPV6_RECVHOPLIMIT, &on, sizeof(on)) ||
	       setsockopt(fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, &on, sizeof(on)) ||
	       setsockopt(fd, IPPROTO_IPV6, IPV6_MULTICAST_ALL, &off, sizeof(off)) ||
	       setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on)) ||
	       bind(fd, (struct sockaddr *)&local, sizeof(local));
}

static int open_socket(int family, int port)
{
	int on = 1, size = RECEIVE_BUFFER_BYTES;
	int fd = socket(family, SOCK_DGRAM, 0);

	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) ||
	    setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size)) ||
	    setsockopt(fd, SOL_SOCKET, SO_RXQ_OVFL, &on, sizeof(on)) ||
	    (family == AF_INET ? bind_ipv4(fd, port) : bind_ipv6(fd, port)))
		return -1;
	return fd;
}

/* Obeys the lines of one read; the lab writes whole lines. Returns 0 at end of file. */
static int obey(int fd, const char *interface)
{
	char text[4096];
	ssize_t length = read(STDIN_FILENO, text, sizeof(text) - 1);

	if (length <= 0)
		return 0;
	text[length] = 0;
	for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n")) {
		if (!strncmp(line, "join ", 5))
			join(fd, interface, line + 5);
		else
			report();
	}
	fflush(stdout);
	return 1;
}

int main(int argc, char **argv)
{
	int fd;

	if (argc != 3) {
		fprintf(stderr, "usage: receive INTERFACE_ADDRESS PORT\n");
		return 2;
	}
	fd = open_socket(strchr(argv[1], ':') ? AF_INET6 : AF_INET, atoi(argv[2]));
	if (fd < 0) {
		perror("receive: cannot open the socket");
		return 1;
	}
	for (;;) {
		struct pollfd ready[] = { { .fd = fd, .events = POLLIN }, { .fd = STDIN_FILENO, .events = POLLIN } };

		if (poll(ready, 2, -1) < 0)
			return 1;
		while (receive_one(fd))
			;
		if (ready[1].revents && !obey(fd, argv[1]))
			return 0;
	}
}
