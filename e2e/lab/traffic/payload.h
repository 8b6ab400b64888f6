/* SPDX-License-Identifier: MIT */
/*
 * What send numbers and receive checks; all fields in network byte order.
 *
 *   0        4        8                16
 *   | "mauT" | run    | sequence       | padding ...
 */
#ifndef LAB_PAYLOAD_H
#define LAB_PAYLOAD_H

#include <endian.h>
#include <stdint.h>
#include <string.h>

#define PAYLOAD_MAGIC 0x6d617554u

struct payload {
	uint32_t magic;
	uint32_t run; /* process id of the sender: another run starts at sequence 0 again */
	uint64_t sequence;
};

static inline void payload_write(unsigned char *bytes, uint32_t run, uint64_t sequence)
{
	struct payload p = { htobe32(PAYLOAD_MAGIC), htobe32(run), htobe64(sequence) };

	memcpy(bytes, &p, sizeof(p));
}

/* Returns 0 when the bytes are not from send. */
static inline int payload_read(const unsigned char *bytes, size_t length, struct payload *p)
{
	if (length < sizeof(*p))
		return 0;
	memcpy(p, bytes, sizeof(*p));
	p->magic = be32toh(p->magic);
	p->run = be32toh(p->run);
	p->sequence = be64toh(p->sequence);
	return p->magic == PAYLOAD_MAGIC;
}

#endif
