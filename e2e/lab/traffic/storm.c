// SPDX-License-Identifier: MIT
/*
 * storm INTERFACE SOURCE SOURCES GROUP TTL SECONDS
 *
 * Lets the interface, a veth of this network namespace, receive UDP datagrams of 100 bytes from so many sources, drawn at
 * random from SOURCE on, for so long, as fast as one CPU can: BPF_PROG_TEST_RUN makes live frames in the kernel (5.18 and
 * later), so no system call, socket or cable takes its time. Prints {"sent":..,"seconds":..}.
 */
#include <arpa/inet.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <net/if.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define FRAME_LENGTH 142
#define IP_LENGTH (FRAME_LENGTH - 14)
/* The first run tells how long the others may be. A run takes the kernel about 30 ms more, and ends only as a whole. */
#define FIRST_RUN_PACKETS 100000
#define RUN_PACKETS_MAX 4000000
#define RUN_PACKETS_MIN 10000

struct range {
	uint32_t first, count;
};

static void die(const char *what)
{
	fprintf(stderr, "storm: %s: %s\n", what, strerror(errno));
	exit(EXIT_FAILURE);
}

static struct bpf_object *load(const char *path, struct range sources)
{
	struct bpf_object *object = bpf_object__open_file(path, NULL);
	struct bpf_map *rodata;

	if (!object)
		die(path);
	/* In the order of storm.bpf.c. */
	rodata = bpf_object__find_map_by_name(object, ".rodata");
	if (!rodata || bpf_map__set_initial_value(rodata, &sources, sizeof(sources)) || bpf_object__load(object))
		die("load");
	return object;
}

static void prepare(uint8_t frame[FRAME_LENGTH], uint32_t group, int ttl)
{
	/* Ethernet to the group (RFC 1112 §6.4), IPv4, UDP from 4096 to 5000 without checksum. */
	const uint8_t header[] = { 1, 0, 0x5e, group >> 16 & 0x7f, group >> 8, group, 2, 0, 0, 0, 0, 1, 8, 0, 0x45, 0, 0,
				   IP_LENGTH, 0, 0, 0, 0, ttl, 17, 0, 0, 0, 0, 0, 0, group >> 24, group >> 16, group >> 8, group,
				   0x10, 0, 0x13, 0x88, 0, IP_LENGTH - 20, 0, 0 };

	memset(frame, 0, FRAME_LENGTH);
	memcpy(frame, header, sizeof(header));
}

static double now_s(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec + time.tv_nsec / 1e9;
}

static void run(int program, const uint8_t *frame, unsigned int ifindex, long packets)
{
	struct xdp_md context = { .data_end = FRAME_LENGTH, .ingress_ifindex = ifindex };
	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = frame, .data_size_in = FRAME_LENGTH, .ctx_in = &context,
		    .ctx_size_in = sizeof(context), .repeat = packets, .flags = BPF_F_TEST_XDP_LIVE_FRAMES);

	if (bpf_prog_test_run_opts(program, &opts))
		die("live frames");
}

static long packets_for(double seconds, double per_second)
{
	double packets = seconds * per_second;

	if (packets > RUN_PACKETS_MAX)
		return RUN_PACKETS_MAX;
	return packets < RUN_PACKETS_MIN ? RUN_PACKETS_MIN : packets;
}

int main(int argc, char **argv)
{
	char path[4096];
	uint8_t frame[FRAME_LENGTH];
	double start, seconds;
	long sent = FIRST_RUN_PACKETS;
	struct bpf_object *object;
	unsigned int ifindex;
	int program;

	if (argc != 7)
		return EXIT_FAILURE;
	snprintf(path, sizeof(path), "%s.bpf.o", argv[0]);
	libbpf_set_print(NULL);
	object = load(path, (struct range){ ntohl(inet_addr(argv[2])), atoi(argv[3]) });
	program = bpf_program__fd(bpf_object__find_program_by_name(object, "storm"));
	ifindex = if_nametoindex(argv[1]);
	/* A link: it is gone with this process. */
	if (!ifindex || !bpf_program__attach_xdp(bpf_object__find_program_by_name(object, "leave"), ifindex))
		die(argv[1]);
	prepare(frame, ntohl(inet_addr(argv[4])), atoi(argv[5]));
	start = now_s();
	run(program, frame, ifindex, FIRST_RUN_PACKETS);
	while ((seconds = now_s() - start) < atof(argv[6])) {
		long packets = packets_for(atof(argv[6]) - seconds, sent / seconds);

		run(program, frame, ifindex, packets);
		sent += packets;
	}
	printf("{\"sent\":%ld,\"seconds\":%.3f}\n", sent, now_s() - start);
	return EXIT_SUCCESS;
}
