// SPDX-License-Identifier: MIT
/*
 * send SOURCE GROUP PORT TTL PACKETS_PER_SECOND COUNT LENGTH
 *
 * Sends numbered UDP datagrams (see payload.h) over IPv4 or IPv6, COUNT of them or without end when COUNT is 0. Each line on standard input
 * is answered with {"sent":N}; end of file stops. The last line of output is always {"sent":N}.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "payload.h"

#define NS_PER_S 1000000000ULL
#define LENGTH_MAX 1472 /* bytes; what one Ethernet frame carries */

static unsigned long long now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * NS_PER_S + t.tv_nsec;
}

union address {
	struct sockaddr any;
	struct sockaddr_in ipv4;
	struct sockaddr_in6 ipv6;
};

/* Reads an address of either family; returns 0 when the text is none. */
static int parse_address(const char *text, int port, union address *a)
{
	*a = (union address){ 0 };
	if (inet_pton(AF_INET, text, &a->ipv4.sin_addr) == 1) {
		a->any.sa_family = AF_INET;
		a->ipv4.sin_port = htons(port);
		return 1;
	}
	a->ipv6 = (struct sockaddr_in6){ .sin6_family = AF_INET6, .sin6_port = htons(port) };
	return inet_pton(AF_INET6, text, &a->ipv6.sin6_addr) == 1;
}

static socklen_t length_of(const union address *a)
{
	return a->any.sa_family == AF_INET ? sizeof(a->ipv4) : sizeof(a->ipv6);
}

/* An IPv6 host chooses the interface by its route to the group. */
static int open_socket(const char *source, int ttl)
{
	union address local;
	int fd;

	if (!parse_address(source, 0, &local))
		return -1;
	fd = socket(local.any.sa_family, SOCK_DGRAM, 0);
	if (local.any.sa_family == AF_INET &&
	    (setsockopt(fd, IPPROTO_IP, IP_MULTICAST_TTL, &ttl, sizeof(ttl)) ||
	     setsockopt(fd, IPPROTO_IP, IP_MULTICAST_IF, &local.ipv4.sin_addr, sizeof(local.ipv4.sin_addr))))
		return -1;
	if (local.any.sa_family == AF_INET6 && setsockopt(fd, IPPROTO_IPV6, IPV6_MULTICAST_HOPS, &ttl, sizeof(ttl)))
		return -1;
	return bind(fd, &local.any, length_of(&local)) ? -1 : fd;
}

static void report(unsigned long long sent)
{
	printf("{\"sent\":%llu}\n", sent);
	fflush(stdout);
}

/* Answers what standard input asks within the time; returns 0 at end of file. */
static int serve(unsigned long long wait_ns, unsigned long long sent)
{
	struct timespec timeout = { .tv_sec = wait_ns / NS_PER_S, .tv_nsec = wait_ns % NS_PER_S };
	struct pollfd input = { .fd = STDIN_FILENO, .events = POLLIN };
	char text[256];
	ssize_t length;

	if (ppoll(&input, 1, &timeout, NULL) <= 0)
		return 1;
	length = read(STDIN_FILENO, text, sizeof(text));
	for (ssize_t i = 0; i < length; i++)
		if (text[i] == '\n')
			report(sent);
	return length > 0;
}

int main(int argc, char **argv)
{
	union address group;
	unsigned long long rate, count, start, sent = 0;
	unsigned char bytes[LENGTH_MAX] = { 0 };
	size_t length;
	int fd;

	if (argc != 8 || !parse_address(argv[2], atoi(argv[3]), &group)) {
		fprintf(stderr, "usage: send SOURCE GROUP PORT TTL PACKETS_PER_SECOND COUNT LENGTH\n");
		return 2;
	}
	rate = strtoull(argv[5], NULL, 10);
	count = strtoull(argv[6], NULL, 10);
	length = strtoull(argv[7], NULL, 10);
	if (!rate || length < sizeof(struct payload) || length > LENGTH_MAX) {
		fprintf(stderr, "send: the rate must be at least 1 and the length %zu to %d bytes\n", sizeof(struct payload),
			LENGTH_MAX);
		return 2;
	}
	fd = open_socket(argv[1], atoi(argv[4]));
	if (fd < 0) {
		perror("send: cannot open the socket");
		return 1;
	}
	start = now_ns();
	while (!count || sent < count) {
		/* In two parts, so that the product does not overflow on long runs. */
		unsigned long long due = start + sent / rate * NS_PER_S + sent % rate * NS_PER_S / rate;
		unsigned long long now = now_ns();

		if (!serve(due > now ? due - now : 0, sent))
			break;
		if (due > now_ns())
			continue;
		payload_write(bytes, (unsigned)getpid(), sent);
		if (sendto(fd, bytes, length, 0, &group.any, length_of(&group)) < 0) {
			perror("send: cannot send");
			return 1;
		}
		sent++;
	}
	report(sent);
	return 0;
}
