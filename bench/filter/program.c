// SPDX-License-Identifier: GPL-2.0-only
/*
 * program pin OBJECT PROGRAM PATH: pins a program.
 * program OBJECT SENDERS ROUNDS REPEAT: nanoseconds a packet of each program over so many senders, interleaved.
 * Prints a line for each round: drawing alone, looking up alone, the filter, and milliseconds to write all senders.
 */
#include <arpa/inet.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "../../packages/kernel-module/include/msender.h"

#define BATCH_ENTRIES 10000
#define FRAME_LENGTH 142

static double now_ms(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec * 1e3 + time.tv_nsec / 1e6;
}

static void die(const char *what)
{
	perror(what);
	exit(EXIT_FAILURE);
}

static struct bpf_object *load(const char *path, __u32 senders)
{
	struct bpf_object *object = bpf_object__open_file(path, NULL);
	struct bpf_map *rodata;
	size_t length;

	if (!object)
		die(path);
	rodata = bpf_object__find_map_by_name(object, ".rodata");
	*(__u32 *)bpf_map__initial_value(rodata, &length) = senders;
	bpf_map__set_max_entries(bpf_object__find_map_by_name(object, "senders"), senders);
	if (bpf_object__load(object))
		die("load");
	return object;
}

static void fill_buffers(struct msender_key *keys, struct msender_ctl *values, __u32 senders)
{
	for (__u32 n = 0; n < senders; n++) {
		keys[n] = (struct msender_key){ htonl(0xc6120000 + (n & 0xffff)), htonl(0xe9fc0000 + (n >> 16)) };
		values[n].max_ttl = 16;
	}
}

/* Returns milliseconds; the table must be empty. */
static double write_all(int map, struct msender_key *keys, struct msender_ctl *values, __u32 senders)
{
	double start = now_ms();

	for (__u32 done = 0, count; done < senders; done += count) {
		count = senders - done < BATCH_ENTRIES ? senders - done : BATCH_ENTRIES;
		if (bpf_map_update_batch(map, keys + done, values + done, &count, NULL))
			die("update");
	}
	return now_ms() - start;
}

static void delete_all(int map, struct msender_key *keys, __u32 senders)
{
	for (__u32 done = 0, count; done < senders; done += count) {
		count = senders - done < BATCH_ENTRIES ? senders - done : BATCH_ENTRIES;
		if (bpf_map_delete_batch(map, keys + done, &count, NULL))
			die("delete");
	}
}

/* Nanoseconds a packet, the kernel's own measure. */
static __u32 run(struct bpf_object *object, const char *name, int repeat)
{
	/* Ethernet, then IPv4 (RFC 791 §3.1) with TTL 8 and UDP. */
	static const __u8 header[] = { 0x01, 0, 0x5e, 0x7c, 0, 0, 2, 0, 0, 0, 0, 1, 8, 0, 0x45, 0, 0, 128, 0, 0, 0, 0, 8, 17,
				       0, 0, 192, 0, 2, 1, 233, 252, 0, 0 };
	__u8 frame[FRAME_LENGTH] = { 0 };
	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = frame, .data_size_in = sizeof(frame), .repeat = repeat);

	memcpy(frame, header, sizeof(header));
	if (bpf_prog_test_run_opts(bpf_program__fd(bpf_object__find_program_by_name(object, name)), &opts))
		die(name);
	if ((int)opts.retval != -1)
		exit(fprintf(stderr, "%s refused a registered sender\n", name));
	return opts.duration;
}

static int pin(const char *path, const char *name, const char *to)
{
	struct bpf_object *object = load(path, 1);

	if (bpf_program__pin(bpf_object__find_program_by_name(object, name), to))
		die(to);
	return EXIT_SUCCESS;
}

int main(int argc, char **argv)
{
	__u32 senders = argc > 4 ? atoi(argv[2]) : 0;
	struct msender_key *keys = calloc(senders, sizeof(*keys));
	struct msender_ctl *values = calloc(senders, sizeof(*values));
	struct bpf_object *object;
	int map;

	if (argc == 5 && !strcmp(argv[1], "pin"))
		return pin(argv[2], argv[3], argv[4]);
	if (!senders)
		return EXIT_FAILURE;
	fill_buffers(keys, values, senders);
	object = load(argv[1], senders);
	map = bpf_object__find_map_fd_by_name(object, "senders");
	/* The test run's packets come from the loopback interface, with an Ethernet header. */
	if (bpf_map_update_elem(bpf_object__find_map_fd_by_name(object, "links"), &(__u32){ 1 }, &(__u8){ 1 }, BPF_ANY))
		die("links");
	for (int round = 0; round < atoi(argv[3]); round++) {
		double written = write_all(map, keys, values, senders);
		__u32 draw = run(object, "draw_only", atoi(argv[4])), lookup = run(object, "lookup_only", atoi(argv[4]));

		printf("%u %u %u %.3f\n", draw, lookup, run(object, "draw_and_filter", atoi(argv[4])), written);
		fflush(stdout);
		delete_all(map, keys, senders);
	}
	return EXIT_SUCCESS;
}
