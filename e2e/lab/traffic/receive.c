// SPDX-License-Identifier: MIT
/*
 * receive INTERFACE_ADDRESS PORT
 *
 * Counts the multicast datagrams that arrive at a UDP port, for each (source, group). Lines on standard input:
 *
 *   join GROUP    joins on the interface; answered with {"joined":"GROUP"}
 *   report        answered with {"overflowed":N,"flows":[{"source":..,"group":..,"packets":..,"bytes":..,"ttlMin":..,
 *                 "ttlMax":..,"missing":..,"reordered":..}]}
 *
 * overflowed counts what this socket itself lost, so that a loss is never blamed on the network wrongly. missing and
 * reordered come from the numbers that send writes. End of file ends the program.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "payload.h"

#define FLOWS_MAX 1024
#define RECEIVE_BUFFER_BYTES (8 << 20)

struct flow {
	struct in_addr source, group;
	unsigned long long packets, bytes;
	int ttl_min, ttl_max; /* hops */
	uint32_t run;
	uint64_t next; /* sequence expected in this run */
	long long missing, reordered;
};

static struct flow flows[FLOWS_MAX];
static size_t flow_count;
static uint32_t overflowed;

static struct flow *find_flow(struct in_addr source, struct in_addr group)
{
	struct flow *f;

	for (f = flows; f < flows + flow_count; f++)
		if (f->source.s_addr == source.s_addr && f->group.s_addr == group.s_addr)
			return f;
	if (flow_count == FLOWS_MAX)
		return NULL;
	flow_count++;
	f->source = source;
	f->group = group;
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

static void count_datagram(struct in_addr source, struct in_addr group, int ttl, const unsigned char *bytes, size_t length)
{
	struct flow *f = find_flow(source, group);
	struct payload p;

	if (!f)
		return;
	f->packets++;
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
	struct sockaddr_in from;
	struct iovec part = { bytes, sizeof(bytes) };
	struct msghdr m = { &from, sizeof(from), &part, 1, control, sizeof(control), 0 };
	struct in_addr group = { 0 };
	int ttl = 0;
	ssize_t length = recvmsg(fd, &m, MSG_DONTWAIT);

	if (length < 0)
		return 0;
	for (struct cmsghdr *c = CMSG_FIRSTHDR(&m); c; c = CMSG_NXTHDR(&m, c)) {
		if (c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_TTL)
			memcpy(&ttl, CMSG_DATA(c), sizeof(ttl));
		else if (c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_PKTINFO)
			group = ((struct in_pktinfo *)CMSG_DATA(c))->ipi_addr;
		else if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SO_RXQ_OVFL)
			memcpy(&overflowed, CMSG_DATA(c), sizeof(overflowed));
	}
	count_datagram(from.sin_addr, group, ttl, bytes, (size_t)length);
	return 1;
}

static void report(void)
{
	char source[INET_ADDRSTRLEN], group[INET_ADDRSTRLEN];

	printf("{\"overflowed\":%u,\"flows\":[", overflowed);
	for (struct flow *f = flows; f < flows + flow_count; f++) {
		inet_ntop(AF_INET, &f->source, source, sizeof(source));
		inet_ntop(AF_INET, &f->group, group, sizeof(group));
		printf("%s{\"source\":\"%s\",\"group\":\"%s\",\"packets\":%llu,\"bytes\":%llu,\"ttlMin\":%d,\"ttlMax\":%d,"
		       "\"missing\":%lld,\"reordered\":%lld}",
		       f == flows ? "" : ",", source, group, f->packets, f->bytes, f->ttl_min, f->ttl_max, f->missing,
		       f->reordered);
	}
	puts("]}");
}

static void join(int fd, struct in_addr interface, const char *text)
{
	struct ip_mreqn request = { .imr_address = interface };

	if (inet_pton(AF_INET, text, &request.imr_multiaddr) != 1 ||
	    setsockopt(fd, IPPROTO_IP, IP_ADD_MEMBERSHIP, &request, sizeof(request))) {
		perror("receive: cannot join");
		exit(1);
	}
	printf("{\"joined\":\"%s\"}\n", text);
}

static int open_socket(int port)
{
	struct sockaddr_in local = { .sin_family = AF_INET, .sin_port = htons(port) };
	int on = 1, off = 0, size = RECEIVE_BUFFER_BYTES;
	int fd = socket(AF_INET, SOCK_DGRAM, 0);

	/* IP_MULTICAST_ALL off: only what this program joined itself. */
	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) ||
	    setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size)) ||
	    setsockopt(fd, SOL_SOCKET, SO_RXQ_OVFL, &on, sizeof(on)) ||
	    setsockopt(fd, IPPROTO_IP, IP_RECVTTL, &on, sizeof(on)) ||
	    setsockopt(fd, IPPROTO_IP, IP_PKTINFO, &on, sizeof(on)) ||
	    setsockopt(fd, IPPROTO_IP, IP_MULTICAST_ALL, &off, sizeof(off)) ||
	    bind(fd, (struct sockaddr *)&local, sizeof(local)))
		return -1;
	return fd;
}

/* Obeys the lines of one read; the lab writes whole lines. Returns 0 at end of file. */
static int obey(int fd, struct in_addr interface)
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
	struct in_addr interface;
	int fd;

	if (argc != 3 || inet_pton(AF_INET, argv[1], &interface) != 1) {
		fprintf(stderr, "usage: receive INTERFACE_ADDRESS PORT\n");
		return 2;
	}
	fd = open_socket(atoi(argv[2]));
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
		if (ready[1].revents && !obey(fd, interface))
			return 0;
	}
}
