/* SPDX-License-Identifier: GPL-2.0-only */
/* Addresses of both families, and frames for the tests: Ethernet, an IP header, whatever lies behind it. */
#ifndef PACKET_H
#define PACKET_H

#include <arpa/inet.h>
#include <stdint.h>
#include <string.h>

#define PACKET_LENGTH_MAX 256
#define PACKET_BEHIND_MAX 128
#define PACKET_IPV4 0x0800
#define PACKET_IPV6 0x86dd

/* In network byte order; of IPv4 the first 4 bytes, and zeros. */
struct address {
	uint8_t bytes[16];
};

struct packet {
	struct address source, group;
	uint8_t ttl;	    /* or hop limit */
	uint8_t protocol;   /* or next header */
	uint8_t first_byte; /* version, and length of IPv4's header */
	uint8_t mac;	    /* last byte of the source's link-layer address, 00-00-5E-00-53-xx (RFC 7042 §2.1.2) */
	uint16_t ethertype;
	size_t length;			   /* bytes, Ethernet header included */
	uint8_t behind[PACKET_BEHIND_MAX]; /* what lies behind the fixed header, zeros beyond */
};

static inline struct address address_of(const char *text)
{
	struct address address = { { 0 } };

	inet_pton(strchr(text, ':') ? AF_INET6 : AF_INET, text, address.bytes);
	return address;
}

static inline int is_same_address(const struct address *a, const struct address *b)
{
	return !memcmp(a, b, sizeof(*a));
}

static inline void packet_write_mac(uint8_t to[6], uint8_t last)
{
	memcpy(to, (const uint8_t[]){ 0x00, 0x00, 0x5e, 0x00, 0x53, last }, 6);
}

/* RFC 791 §3.1. */
static inline void packet_write_ipv4(const struct packet *packet, uint8_t *header)
{
	header[3] = packet->length > 14 ? packet->length - 14 : 0;
	header[8] = packet->ttl;
	header[9] = packet->protocol;
	memcpy(header + 12, packet->source.bytes, 4);
	memcpy(header + 16, packet->group.bytes, 4);
	memcpy(header + 20, packet->behind, PACKET_BEHIND_MAX);
}

/* RFC 8200 §3. */
static inline void packet_write_ipv6(const struct packet *packet, uint8_t *header)
{
	header[5] = packet->length > 54 ? packet->length - 54 : 0;
	header[6] = packet->protocol;
	header[7] = packet->ttl;
	memcpy(header + 8, packet->source.bytes, 16);
	memcpy(header + 24, packet->group.bytes, 16);
	memcpy(header + 40, packet->behind, PACKET_BEHIND_MAX);
}

static inline void packet_write(const struct packet *packet, uint8_t frame[PACKET_LENGTH_MAX])
{
	memset(frame, 0, PACKET_LENGTH_MAX);
	frame[0] = 0x01; /* RFC 1112 §6.4, and good enough for the rest: the filter does not look. */
	packet_write_mac(frame + 6, packet->mac);
	frame[12] = packet->ethertype >> 8;
	frame[13] = packet->ethertype;
	if (packet->ethertype == PACKET_IPV6)
		packet_write_ipv6(packet, frame + 14);
	else
		packet_write_ipv4(packet, frame + 14);
	frame[14] = packet->first_byte;
}

#endif
