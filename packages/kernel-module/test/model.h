/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * An independent model of the filter: written from the rules of docs/ARCHITECTURE.md on raw bytes and plain arrays,
 * sharing no code with verdict.h.
 */
#ifndef MODEL_H
#define MODEL_H

#include <stddef.h>
#include <stdint.h>

#define MODEL_ROWS_MAX 65536

/* Addresses are in host byte order. */
struct model_sender {
	uint32_t source, group;
	unsigned int max_ttl;
	uint64_t packets, bytes, refused;
};

struct model_denied {
	uint32_t source, group;
	uint64_t packets, bytes;
	int reason, ttl;
};

struct model {
	struct model_sender senders[MODEL_ROWS_MAX];
	struct model_denied denied[MODEL_ROWS_MAX];
	uint32_t observed[16], neighbours[16];
	size_t sender_count, denied_count, observed_count, neighbour_count;
	uint64_t packets[32], bytes[32];
};

enum model_verdict { MODEL_PASS, MODEL_DROP, MODEL_DELIVER };

/* Judges a frame that starts with an Ethernet header and counts it. */
enum model_verdict model_judge(struct model *model, const uint8_t *frame, size_t length);

#endif
