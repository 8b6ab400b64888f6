// SPDX-License-Identifier: GPL-2.0-only
#include "model.h"

#include <string.h>

/* The numbers of msender.h, written out again on purpose. */
enum {
	NOT_IP = 1, UNICAST = 2, LINK_LOCAL = 3, PERMITTED = 4, OBSERVED = 5, MEMBERSHIP = 6,
	UNKNOWN = 16, TTL = 17, REGISTER = 18, MALFORMED = 19, EXPIRED = 20, SPOOF = 21, RATE = 22,
};

/* A whole IP header, taken apart. */
struct header {
	int family, ttl;
	struct address source, group;
	const uint8_t *behind, *end; /* of the fixed header, and of the packet */
};

static struct header parse(int family, const uint8_t *ip, const uint8_t *end)
{
	struct header header = { .family = family, .end = end };

	if (family == 4) {
		header.ttl = ip[8];
		header.behind = ip + 20;
		memcpy(header.source.bytes, ip + 12, 4);
		memcpy(header.group.bytes, ip + 16, 4);
	} else {
		header.ttl = ip[7];
		header.behind = ip + 40;
		memcpy(header.source.bytes, ip + 8, 16);
		memcpy(header.group.bytes, ip + 24, 16);
	}
	return header;
}

static int contains(const struct model_set *set, const struct address *wanted)
{
	for (size_t i = 0; i < set->count; i++)
		if (is_same_address(&set->members[i], wanted))
			return 1;
	return 0;
}

/* FNV-1a. */
static uint32_t hash(const struct header *header, int ifindex)
{
	uint32_t sum = 0x811c9dc5 ^ ifindex;

	for (int i = 0; i < 16; i++)
		sum = (sum ^ header->source.bytes[i]) * 0x01000193;
	for (int i = 0; i < 16; i++)
		sum = (sum ^ header->group.bytes[i]) * 0x01000193;
	return sum ^ sum >> 16;
}

static struct model_denied *denied_row(struct model *model, const struct header *header, int ifindex)
{
	uint32_t at = hash(header, ifindex) % (2 * MODEL_ROWS_MAX);

	for (; model->denied_index[at]; at = (at + 1) % (2 * MODEL_ROWS_MAX)) {
		struct model_denied *row = &model->denied[model->denied_index[at] - 1];

		if (row->family == header->family && row->ifindex == ifindex &&
		    is_same_address(&row->source, &header->source) && is_same_address(&row->group, &header->group))
			return row;
	}
	if (model->denied_count == MODEL_ROWS_MAX)
		return NULL;
	model->denied_index[at] = ++model->denied_count;
	model->denied[model->denied_count - 1] = (struct model_denied){
		.family = header->family, .ifindex = ifindex, .source = header->source, .group = header->group
	};
	return &model->denied[model->denied_count - 1];
}

static void note_denied(struct model *model, int ifindex, const struct header *header, size_t length, int reason,
			int monitored)
{
	struct model_denied *row = denied_row(model, header, ifindex);

	if (!row)
		return;
	row->packets++;
	row->bytes += length;
	row->reason = reason;
	row->ttl = header->ttl;
	row->monitored = monitored;
}

static int bit(const struct address *address, unsigned int index)
{
	return address->bytes[index / 8] >> (7 - index % 8) & 1;
}

/* 0 when the entry does not fit; the better it fits, the more. */
static unsigned int fitness(const struct model_sender *sender, const struct header *header)
{
	static const struct address any;
	int is_any = is_same_address(&sender->source, &any);

	if (sender->family != header->family || (!is_any && !is_same_address(&sender->source, &header->source)))
		return 0;
	for (unsigned int i = 0; i < sender->length; i++)
		if (bit(&sender->group, i) != bit(&header->group, i))
			return 0;
	return (is_any ? 0 : 1000) + sender->length;
}

static struct model_sender *best_of(struct model *model, const struct header *header)
{
	struct model_sender *best = NULL;
	unsigned int best_fitness = 0;

	for (size_t i = 0; i < model->sender_count; i++) {
		unsigned int this = fitness(&model->senders[i], header);

		if (this > best_fitness) {
			best_fitness = this;
			best = &model->senders[i];
		}
	}
	return best;
}

static int is_from_elsewhere(const struct model *model, const struct model_sender *sender, int ifindex,
			     const uint8_t *frame)
{
	const struct model_interface *interface = &model->interfaces[ifindex];

	if (sender->ifindex && (sender->ifindex != ifindex || !interface->is_known))
		return 1;
	return sender->has_mac && (!interface->has_ethernet || memcmp(frame + 6, sender->mac, 6) != 0);
}

/* A bucket that leaks `rate` bytes a second and holds `burst` bytes; what would make it overflow is refused. */
static int overflows(struct model_sender *sender, uint64_t now_ns, size_t length)
{
	unsigned __int128 leaked = (unsigned __int128)(now_ns - sender->level_ns) * sender->rate;

	sender->level = leaked >= sender->level ? 0 : sender->level - leaked;
	sender->level_ns = now_ns;
	if (sender->level + length * 1000000000ULL > (unsigned __int128)sender->burst * 1000000000)
		return 1;
	sender->level += length * 1000000000ULL;
	return 0;
}

static int reason_of_sender(const struct model *model, struct model_sender *sender, int ifindex, const uint8_t *frame,
			    size_t length, unsigned int ttl)
{
	if (sender->expires_ns != 0 && sender->expires_ns <= model->now_ns)
		return EXPIRED;
	if (ttl > sender->max_ttl)
		return TTL;
	if (is_from_elsewhere(model, sender, ifindex, frame))
		return SPOOF;
	if (sender->rate != 0 && overflows(sender, model->now_ns, length))
		return RATE;
	return PERMITTED;
}

static int is_link_local(const struct header *header)
{
	const uint8_t *group = header->group.bytes;

	if (header->family == 4)
		return group[0] == 224 && group[1] == 0 && group[2] == 0;
	return group[1] % 16 <= 2;
}

/* The MLD that hosts send: a hop-by-hop header of 8 bytes with a Router Alert for MLD and padding, then the message. */
static int is_mld(const struct header *header, const uint8_t *ip)
{
	static const uint8_t alerts[][6] = { { 5, 2, 0, 0 }, { 1, 0, 5, 2, 0, 0 }, { 0, 0, 5, 2, 0, 0 } };
	const uint8_t *behind = header->behind;

	if (ip[6] != 0 || ip[7] != 1 || header->end - behind < 9 || behind[0] != 58 || behind[1] != 0)
		return 0;
	if (behind[8] != 130 && behind[8] != 131 && behind[8] != 132 && behind[8] != 143)
		return 0;
	return !memcmp(behind + 2, alerts[0], 4) || !memcmp(behind + 2, alerts[1], 6) || !memcmp(behind + 2, alerts[2], 6);
}

static int is_membership(const struct model *model, const struct header *header, const uint8_t *ip)
{
	if (header->family == 6)
		return is_mld(header, ip);
	return ip[9] == 2 && ip[8] == 1 && !contains(&model->observed, &header->group);
}

static int judge_multicast(struct model *model, int ifindex, const struct header *header, const uint8_t *frame,
			   size_t length)
{
	struct model_sender *sender;
	int reason;

	if (is_link_local(header))
		return LINK_LOCAL;
	if (is_membership(model, header, frame + 14))
		return MEMBERSHIP;
	sender = best_of(model, header);
	if (!sender)
		return contains(&model->observed, &header->group) ? OBSERVED : UNKNOWN;
	reason = reason_of_sender(model, sender, ifindex, frame, length, header->ttl);
	if (reason == PERMITTED) {
		sender->packets++;
		sender->bytes += length;
	} else {
		sender->refused++;
	}
	return reason;
}

/* Bytes of an extension header that is there from its first 4 bytes on; 0 for anything else. */
static size_t extension_length(int protocol, const uint8_t *header)
{
	switch (protocol) {
	case 44:
		return 8;
	case 51:
		return 4 * (2 + header[1]);
	case 0: case 43: case 60: case 135: case 139: case 140:
		return 8 * (1 + header[1]);
	default:
		return 0;
	}
}

/* PIM, something else, or headers of which nobody can tell: beyond the eighth, or beyond the packet. */
static int judge_unicast6(const struct model *model, const struct header *header, int protocol)
{
	const uint8_t *at = header->behind;
	static const uint8_t none[4];

	for (int count = 0; extension_length(protocol, none) != 0; count++) {
		if (count == 8 || header->end - at < 4)
			return MALFORMED;
		if (protocol == 44 && (at[2] * 256 + at[3]) / 8 != 0)
			return UNICAST;
		size_t length = extension_length(protocol, at);
		protocol = at[0];
		at += length;
	}
	return protocol == 103 && !contains(&model->neighbours, &header->source) ? REGISTER : UNICAST;
}

/* The test run takes no tag off, so the tag after the type is what the second one is on the wire. */
static int is_priority_tagged(const uint8_t *frame, size_t length)
{
	int is_tag = (frame[12] == 0x81 && frame[13] == 0x00) || (frame[12] == 0x88 && frame[13] == 0xa8);

	return is_tag && (length < 16 || ((frame[14] & 0x0f) == 0 && frame[15] == 0));
}

/* 4 or 6 with a whole header behind, 0 for anything else. */
static int family_of(const uint8_t *frame, size_t length)
{
	if (frame[12] == 0x08 && frame[13] == 0x00)
		return length >= 34 ? 4 : 0;
	return frame[12] == 0x86 && frame[13] == 0xdd && length >= 54 ? 6 : 0;
}

static int reason_of(struct model *model, int ifindex, const uint8_t *frame, size_t length)
{
	int is_ip = (frame[12] == 0x08 && frame[13] == 0x00) || (frame[12] == 0x86 && frame[13] == 0xdd);
	int family = family_of(frame, length);
	const uint8_t *ip = frame + 14;
	struct header header;

	if (is_priority_tagged(frame, length))
		return MALFORMED;
	if (!is_ip)
		return NOT_IP;
	if (family == 0 || ip[0] / 16 != family || (family == 4 && ip[0] % 16 < 5))
		return MALFORMED;
	header = parse(family, ip, frame + length);
	if (family == 4 ? header.group.bytes[0] >= 224 && header.group.bytes[0] <= 239 : header.group.bytes[0] == 255)
		return judge_multicast(model, ifindex, &header, frame, length);
	if (family == 6)
		return judge_unicast6(model, &header, ip[6]);
	return ip[9] == 103 && !contains(&model->neighbours, &header.source) ? REGISTER : UNICAST;
}

enum model_verdict model_judge(struct model *model, int ifindex, const uint8_t *frame, size_t length)
{
	int reason = reason_of(model, ifindex, frame, length), family = family_of(frame, length);
	int monitored = model->interfaces[ifindex].is_monitored && (reason == OBSERVED || reason >= UNKNOWN);

	(monitored ? model->monitored_packets : model->packets)[reason]++;
	(monitored ? model->monitored_bytes : model->bytes)[reason] += length;
	if (reason >= UNKNOWN && family != 0) {
		struct header header = parse(family, frame + 14, frame + length);

		note_denied(model, ifindex, &header, length, reason, monitored);
	}
	if (monitored)
		return MODEL_PASS;
	if (reason >= UNKNOWN)
		return MODEL_DROP;
	return reason == OBSERVED ? MODEL_DELIVER : MODEL_PASS;
}
