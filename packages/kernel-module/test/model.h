/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * An independent model of the filter: written from the rules of docs/ARCHITECTURE.md and docs/filter.md on raw bytes and plain
 * arrays, sharing no code with verdict.h.
 */
#ifndef MODEL_H
#define MODEL_H

#include <stddef.h>
#include <stdint.h>

#include "packet.h"

#define MODEL_ROWS_MAX 65536
#define MODEL_INTERFACES_MAX 8

struct model_sender {
	int family; /* 4 or 6 */
	struct address source, group; /* source all zeros: any */
	unsigned int length;	      /* bits of the group that must match */
	unsigned int max_ttl;
	uint64_t expires_ns; /* 0: never */
	int ifindex;	     /* the only interface, 0: any */
	int has_mac;
	uint8_t mac[6];
	uint64_t rate, burst; /* bytes a second, bytes; rate 0: any */

	uint64_t packets, bytes, refused;
	unsigned __int128 level; /* of the leaking bucket, in bytes * 10^9 */
	uint64_t level_ns;	 /* when it was so full */
};

struct model_denied {
	int family, ifindex;
	struct address source, group;
	uint64_t packets, bytes;
	int reason, ttl, monitored;
};

/* By ifindex; one that is not known is neither monitored nor has a name. */
struct model_interface {
	int is_known, is_monitored, has_ethernet;
};

/* Addresses of both families; those of IPv4 end in 12 zeros, which those of IPv6 used here do not. */
struct model_set {
	struct address members[16];
	size_t count;
};

struct model {
	struct model_sender senders[MODEL_ROWS_MAX];
	struct model_denied denied[MODEL_ROWS_MAX];
	uint32_t denied_index[2 * MODEL_ROWS_MAX]; /* hash table of rows, 0: none, else row + 1 */
	struct model_interface interfaces[MODEL_INTERFACES_MAX];
	struct model_set observed, neighbours;
	size_t sender_count, denied_count;
	uint64_t packets[32], bytes[32];
	uint64_t monitored_packets[32], monitored_bytes[32];
	uint64_t now_ns;
};

enum model_verdict { MODEL_PASS, MODEL_DROP, MODEL_DELIVER };

/* Judges a frame that starts with an Ethernet header and counts it. */
enum model_verdict model_judge(struct model *model, int ifindex, const uint8_t *frame, size_t length);

#endif
