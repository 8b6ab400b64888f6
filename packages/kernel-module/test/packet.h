/* SPDX-License-Identifier: GPL-2.0-only */
/* Frames for the tests: Ethernet, IPv4, UDP-sized padding. Addresses are in host byte order. */
#ifndef PACKET_H
#define PACKET_H

#include <stdint.h>
#include <string.h>

#define PACKET_LENGTH_MAX 128

struct packet {
	uint32_t source, group;
	uint8_t ttl, protocol, version_and_length;
	uint8_t mac; /* last byte of the source's link-layer address, 00-00-5E-00-53-xx (RFC 7042 §2.1.2) */
	uint16_t ethertype;
	size_t length; /* bytes, Ethernet header included */
};

static inline void packet_write32(uint8_t *to, uint32_t value)
{
	to[0] = value >> 24;
	to[1] = value >> 16;
	to[2] = value >> 8;
	to[3] = value;
}

static inline void packet_write_mac(uint8_t to[6], uint8_t last)
{
	memcpy(to, (const uint8_t[]){ 0x00, 0x00, 0x5e, 0x00, 0x53, last }, 6);
}

static inline void packet_write(const struct packet *packet, uint8_t frame[PACKET_LENGTH_MAX])
{
	memset(frame, 0, PACKET_LENGTH_MAX);
	/* RFC 1112 §6.4: 01-00-5E and the low 23 bits of the group. */
	packet_write32(frame + 2, packet->group & 0x7fffff);
	frame[0] = 0x01;
	frame[2] = 0x5e;
	packet_write_mac(frame + 6, packet->mac);
	frame[12] = packet->ethertype >> 8;
	frame[13] = packet->ethertype;
	frame[14] = packet->version_and_length;
	frame[17] = packet->length > 14 ? packet->length - 14 : 0;
	frame[22] = packet->ttl;
	frame[23] = packet->protocol;
	packet_write32(frame + 26, packet->source);
	packet_write32(frame + 30, packet->group);
}

#endif
