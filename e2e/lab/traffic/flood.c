// SPDX-License-Identifier: MIT
/*
 * flood INTERFACE SOURCE SOURCES GROUP TTL PACKETS SECONDS
 *
 * Sends UDP datagrams of 100 bytes from so many sources, drawn at random from SOURCE on, as fast as it can: so many, or for
 * so long when PACKETS is 0. Prints {"cpuNs":..,"sent":..,"seconds":..}; cpuNs is CPU time for each packet. What the kernel
 * does on the way to a veth peer's application happens in the time of the sender.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#define BATCH 64
#define FRAME_LENGTH 142
#define IP_LENGTH (FRAME_LENGTH - 14)

static uint8_t frames[BATCH][FRAME_LENGTH];
static struct iovec vectors[BATCH];
static struct mmsghdr messages[BATCH];

static void die(const char *what)
{
	perror(what);
	exit(EXIT_FAILURE);
}

static int open_socket(const char *interface)
{
	struct sockaddr_ll address = { .sll_family = AF_PACKET, .sll_ifindex = if_nametoindex(interface) };
	int fd = socket(AF_PACKET, SOCK_RAW, 0), one = 1;

	if (fd < 0 || setsockopt(fd, SOL_PACKET, PACKET_QDISC_BYPASS, &one, sizeof(one)) ||
	    bind(fd, (struct sockaddr *)&address, sizeof(address)))
		die(interface);
	return fd;
}

static void prepare(uint32_t group, int ttl)
{
	/* Ethernet to the group (RFC 1112 §6.4), IPv4, UDP from 4096 to 5000 without checksum. */
	const uint8_t header[] = { 1, 0, 0x5e, group >> 16 & 0x7f, group >> 8, group, 2, 0, 0, 0, 0, 1, 8, 0, 0x45, 0, 0,
				   IP_LENGTH, 0, 0, 0, 0, ttl, 17, 0, 0, 0, 0, 0, 0, group >> 24, group >> 16, group >> 8, group,
				   0x10, 0, 0x13, 0x88, 0, IP_LENGTH - 20, 0, 0 };

	for (int i = 0; i < BATCH; i++) {
		memcpy(frames[i], header, sizeof(header));
		vectors[i] = (struct iovec){ frames[i], FRAME_LENGTH };
		messages[i].msg_hdr.msg_iov = &vectors[i];
		messages[i].msg_hdr.msg_iovlen = 1;
	}
}

static void set_source(uint8_t *ip, uint32_t source)
{
	uint32_t sum = 0;

	source = htonl(source);
	memcpy(ip + 12, &source, 4);
	ip[10] = ip[11] = 0;
	for (int i = 0; i < 20; i += 2)
		sum += ip[i] << 8 | ip[i + 1];
	sum = (sum & 0xffff) + (sum >> 16);
	sum = ~((sum & 0xffff) + (sum >> 16));
	ip[10] = sum >> 8;
	ip[11] = sum;
}

static double now_ns(clockid_t clock)
{
	struct timespec time;

	clock_gettime(clock, &time);
	return time.tv_sec * 1e9 + time.tv_nsec;
}

int main(int argc, char **argv)
{
	uint32_t source, sources, random = 12345;
	long sent = 0, wanted;
	double cpu_start, start, end;
	int fd;

	if (argc != 8)
		return EXIT_FAILURE;
	source = ntohl(inet_addr(argv[2]));
	sources = atoi(argv[3]);
	wanted = atol(argv[6]);
	prepare(ntohl(inet_addr(argv[4])), atoi(argv[5]));
	fd = open_socket(argv[1]);
	cpu_start = now_ns(CLOCK_PROCESS_CPUTIME_ID);
	start = now_ns(CLOCK_MONOTONIC);
	end = start + atof(argv[7]) * 1e9;
	while (wanted ? sent < wanted : now_ns(CLOCK_MONOTONIC) < end) {
		int count;

		for (int i = 0; i < BATCH; i++) {
			random ^= random << 13;
			random ^= random >> 17;
			random ^= random << 5;
			set_source(frames[i] + 14, source + random % sources);
		}
		count = sendmmsg(fd, messages, BATCH, 0);
		if (count < 0)
			die("sendmmsg");
		sent += count;
	}
	printf("{\"cpuNs\":%.1f,\"sent\":%ld,\"seconds\":%.3f}\n", (now_ns(CLOCK_PROCESS_CPUTIME_ID) - cpu_start) / sent, sent,
	       (now_ns(CLOCK_MONOTONIC) - start) / 1e9);
	return EXIT_SUCCESS;
}
