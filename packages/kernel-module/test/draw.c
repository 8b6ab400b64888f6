// SPDX-License-Identifier: GPL-2.0-only
#include "draw.h"

static uint64_t state;

void draw_seed(uint64_t seed)
{
	state = seed;
}

/* xorshift64*: enough to draw packets, and the same everywhere. */
uint32_t draw(uint32_t below)
{
	state ^= state >> 12;
	state ^= state << 25;
	state ^= state >> 27;
	return (state * 0x2545f4914f6cdd1dULL >> 32) % below;
}

static struct address ipv4(uint32_t value)
{
	return (struct address){ { value >> 24, value >> 16, value >> 8, value } };
}

static struct address with_last(const char *text, uint8_t last)
{
	struct address address = address_of(text);

	address.bytes[strchr(text, ':') ? 15 : 3] += last;
	return address;
}

static struct address draw_ipv4_group(void)
{
	static const uint32_t edges[] = { 0xe0000000, 0xe00000ff, 0xe0000100, 0xefffffff, 0xf0000000, 0xdfffffff, 0xffffffff, 0 };

	switch (draw(8)) {
	case 0:
		return ipv4(edges[draw(8)]);
	case 1:
		return with_last("239.255.255.253", draw(3));
	case 2:
		return with_last("198.51.100.0", draw(4));
	case 3:
		return ipv4(0xe0000000 | draw(256) << 8);
	default:
		return with_last("233.252.0.0", draw(24));
	}
}

/* Any single bit may be another one than in the senders' groups. */
static struct address draw_ipv6_group(void)
{
	static const char *const edges[] = { "ff02::ffff", "ff03::", "ff00::", "feff:ffff::1", "ff32::1", "ff13::1", "fe80::1", "::" };
	struct address group;

	switch (draw(8)) {
	case 0:
		return address_of(edges[draw(8)]);
	case 1:
		return with_last("ff05::2:7ffd", draw(3));
	case 2:
		return with_last("2001:db8:9::", draw(4));
	case 3:
		group = address_of("ff00::1");
		group.bytes[1] = draw(256);
		return group;
	case 4:
		group = with_last("ff3e::8000:0", draw(24));
		group.bytes[draw(16)] ^= 1 << draw(8);
		return group;
	default:
		return with_last("ff3e::8000:0", draw(24));
	}
}

static struct address draw_ipv6_source(void)
{
	struct address source = with_last("2001:db8::", draw(24));

	switch (draw(32)) {
	case 0:
		return with_last("::ffff:192.0.2.0", draw(24));
	case 1:
		source.bytes[draw(16)] ^= 1 << draw(8);
		return source;
	default:
		return source;
	}
}

/* The kernel runs no test packet that is shorter than the header its ethertype promises (20 and 40 bytes). */
static struct packet draw_ipv4(void)
{
	static const uint8_t protocols[] = { 17, 17, 17, 103, 2, 4, 47, 0 };

	return (struct packet){
		.ethertype = PACKET_IPV4,
		.source = draw(128) ? with_last("192.0.2.0", draw(24)) : ipv4(draw(UINT32_MAX)),
		.group = draw_ipv4_group(),
		.ttl = draw(4) ? draw(40) : draw(256),
		.protocol = protocols[draw(8)],
		.first_byte = draw(16) ? 0x45 + draw(11) : draw(256),
		.length = 34 + draw(70),
	};
}

/* A chain of extension headers, mostly in order, now and then with a wrong length; returns the first one's number. */
static uint8_t draw_extensions(uint8_t behind[PACKET_BEHIND_MAX], size_t *length, uint8_t last)
{
	static const uint8_t kinds[] = { 0, 43, 44, 51, 60, 135, 139, 140 };
	uint8_t first = last, *next = &first;
	unsigned int count = draw(10);

	*length = 0;
	for (unsigned int i = 0; i < count && *length + 24 < PACKET_BEHIND_MAX; i++) {
		uint8_t *header = behind + *length, units = draw(8) ? 0 : draw(3);

		*next = kinds[draw(8)];
		header[1] = draw(64) ? units : draw(256);
		if (*next == 44) {
			header[2] = draw(8) ? 0 : draw(256);
			header[3] = draw(4) ? 0 : draw(256);
			*length += 8;
		} else {
			*length += *next == 51 ? 4 * (units + 2) : 8 * (units + 1);
		}
		next = header;
		*next = last;
	}
	*next = last;
	return first;
}

/* An MLD message with a Router Alert, in which one byte may be another one. */
static void draw_mld(struct packet *packet)
{
	static const uint8_t alerts[][6] = { { 5, 2, 0, 0, 1, 0 }, { 1, 0, 5, 2, 0, 0 }, { 0, 0, 5, 2, 0, 0 }, { 1, 4, 5, 2, 0, 0 } };
	static const uint8_t types[] = { 130, 131, 132, 143, 129, 133, 142, 144 };

	packet->protocol = draw(8) ? 0 : 60;
	packet->ttl = draw(4) ? 1 : draw(3);
	packet->behind[0] = 58;
	memcpy(packet->behind + 2, alerts[draw(4)], 6);
	packet->behind[8] = types[draw(8)];
	if (draw(4) == 0)
		packet->behind[draw(9)] ^= 1 << draw(8);
	packet->length = draw(16) ? 54 + 8 + 24 : 54 + draw(12);
}

static struct packet draw_ipv6(void)
{
	static const uint8_t protocols[] = { 17, 17, 17, 103, 58, 41, 50, 59 };
	uint8_t last = protocols[draw(8)];
	struct packet packet = {
		.ethertype = PACKET_IPV6,
		.source = draw_ipv6_source(),
		.group = draw_ipv6_group(),
		.ttl = draw(4) ? draw(40) : draw(256),
		.protocol = last,
		.first_byte = draw(16) ? 0x60 + draw(16) : draw(256),
		.length = 54 + draw(70),
	};
	size_t length;

	if (draw(8) == 0) {
		draw_mld(&packet);
	} else if (draw(2) == 0) {
		packet.protocol = draw_extensions(packet.behind, &length, last);
		packet.length = draw(8) ? 54 + length + draw(20) : 54 + draw(length + 1);
	}
	return packet;
}

struct packet draw_packet(void)
{
	static const uint16_t ethertypes[] = { 0x0806, 0x8847, 0x8100, 0x88a8 };
	struct packet packet = draw(2) ? draw_ipv4() : draw_ipv6();

	packet.mac = draw(3);
	if (draw(24) == 0) {
		packet.ethertype = ethertypes[draw(4)];
		packet.length = 15 + draw(70);
	}
	return packet;
}

/* Rates divide 10^9, because the filter counts whole nanoseconds and the model exactly. */
static void draw_rate(struct model_sender *sender)
{
	static const uint64_t rates[] = { 1, 1000, 125000, 1000000, 12500000 };

	if (!filter_has_test_clock()) {
		sender->rate = sender->burst = draw(2) ? UINT32_MAX : 1;
		return;
	}
	sender->rate = rates[draw(5)];
	sender->burst = draw(4) ? 40 + draw(400) : UINT32_MAX;
}

static struct model_sender draw_limits(struct model_sender sender)
{
	if (draw(4) == 0)
		draw_rate(&sender);
	if (draw(6) == 0)
		sender.expires_ns = filter_has_test_clock() ? FIRST_NS + draw(50000) * 1000ULL : draw(2) ? 1 : UINT64_MAX;
	if (draw(8) == 0)
		sender.ifindex = 1 + draw(4);
	if (draw(8) == 0) {
		sender.has_mac = 1;
		packet_write_mac(sender.mac, draw(3));
	}
	sender.max_ttl = 1 + draw(255);
	return sender;
}

void draw_senders(void)
{
	static const struct {
		const char *source, *group;
		unsigned int length;
	} wildcards[] = {
		{ "0.0.0.0", "233.252.0.22", 32 }, { "0.0.0.0", "233.252.0.20", 30 }, { "192.0.2.21", "224.0.0.0", 4 },
		{ "192.0.2.21", "233.252.0.0", 28 }, { "192.0.2.22", "233.252.0.16", 29 }, { "192.0.2.2", "233.252.0.0", 24 },
		{ "::", "ff3e::8000:16", 128 }, { "::", "ff3e::8000:14", 126 }, { "2001:db8::15", "ff00::", 8 },
		{ "2001:db8::15", "ff3e::8000:0", 124 }, { "2001:db8::16", "ff3e::8000:10", 125 },
		{ "2001:db8::2", "ff3e::", 64 }, { "2001:db8::2", "ff3e::8000:0", 120 },
	};

	for (int i = 2; i < 200; i++) {
		filter_permit(draw_limits((struct model_sender){ .family = 4, .source = with_last("192.0.2.0", i % 20),
								 .group = with_last("233.252.0.0", i / 10), .length = 32 }));
		filter_permit(draw_limits((struct model_sender){ .family = 6, .source = with_last("2001:db8::", i % 20),
								 .group = with_last("ff3e::8000:0", i / 10), .length = 128 }));
	}
	for (size_t i = 0; i < sizeof(wildcards) / sizeof(wildcards[0]); i++)
		filter_permit(draw_limits((struct model_sender){ .family = strchr(wildcards[i].group, ':') ? 6 : 4,
								 .source = address_of(wildcards[i].source),
								 .group = address_of(wildcards[i].group),
								 .length = wildcards[i].length }));
}

void draw_time(void)
{
	const struct model_sender *sender = &model.senders[draw(model.sender_count)];
	uint64_t now_ns = model.now_ns + (draw(2) ? draw(5000) : 0);

	if (!filter_has_test_clock())
		return;
	if (draw(1000) == 0 && sender->expires_ns > now_ns && sender->expires_ns < now_ns + 1000000)
		now_ns = sender->expires_ns - draw(2);
	filter_set_clock(now_ns);
}
