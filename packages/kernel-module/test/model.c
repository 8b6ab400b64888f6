// SPDX-License-Identifier: GPL-2.0-only
#include "model.h"

#include <string.h>

/* The numbers of msender.h, written out again on purpose. */
enum {
	NOT_IP = 1, UNICAST = 2, LINK_LOCAL = 3, PERMITTED = 4, OBSERVED = 5,
	UNKNOWN = 16, TTL = 17, REGISTER = 18, MALFORMED = 19, EXPIRED = 20, SPOOF = 21, RATE = 22,
};

static uint32_t read32(const uint8_t *bytes)
{
	return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
}

static int contains(const uint32_t *list, size_t count, uint32_t wanted)
{
	for (size_t i = 0; i < count; i++)
		if (list[i] == wanted)
			return 1;
	return 0;
}

static void note_denied(struct model *model, int ifindex, const uint8_t *ip, size_t length, int reason, int monitored)
{
	uint32_t source = read32(ip + 12), group = read32(ip + 16);
	size_t i = 0;

	while (i < model->denied_count && (model->denied[i].source != source || model->denied[i].group != group ||
					   model->denied[i].ifindex != ifindex))
		i++;
	if (i == model->denied_count)
		model->denied[model->denied_count++] =
			(struct model_denied){ .ifindex = ifindex, .source = source, .group = group };
	model->denied[i].packets++;
	model->denied[i].bytes += length;
	model->denied[i].reason = reason;
	model->denied[i].ttl = ip[8];
	model->denied[i].monitored = monitored;
}

/* 0 when the entry does not fit; the better it fits, the more. */
static unsigned int fitness(const struct model_sender *sender, uint32_t source, uint32_t group)
{
	if (sender->source != 0 && sender->source != source)
		return 0;
	if ((sender->group ^ group) >> (32 - sender->length) != 0)
		return 0;
	return (sender->source != 0 ? 100 : 0) + sender->length;
}

static struct model_sender *best_of(struct model *model, uint32_t source, uint32_t group)
{
	struct model_sender *best = NULL;
	unsigned int best_fitness = 0;

	for (size_t i = 0; i < model->sender_count; i++) {
		unsigned int this = fitness(&model->senders[i], source, group);

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
			    size_t length)
{
	if (sender->expires_ns != 0 && sender->expires_ns <= model->now_ns)
		return EXPIRED;
	if (frame[22] > sender->max_ttl)
		return TTL;
	if (is_from_elsewhere(model, sender, ifindex, frame))
		return SPOOF;
	if (sender->rate != 0 && overflows(sender, model->now_ns, length))
		return RATE;
	return PERMITTED;
}

static int judge_multicast(struct model *model, int ifindex, const uint8_t *frame, size_t length)
{
	uint32_t group = read32(frame + 30);
	struct model_sender *sender;
	int reason;

	if (frame[30] == 224 && frame[31] == 0 && frame[32] == 0)
		return LINK_LOCAL;
	sender = best_of(model, read32(frame + 26), group);
	if (!sender)
		return contains(model->observed, model->observed_count, group) ? OBSERVED : UNKNOWN;
	reason = reason_of_sender(model, sender, ifindex, frame, length);
	if (reason == PERMITTED) {
		sender->packets++;
		sender->bytes += length;
	} else {
		sender->refused++;
	}
	return reason;
}

/* The test run takes no tag off, so the tag after the type is what the second one is on the wire. */
static int is_priority_tagged(const uint8_t *frame, size_t length)
{
	int is_tag = (frame[12] == 0x81 && frame[13] == 0x00) || (frame[12] == 0x88 && frame[13] == 0xa8);

	return is_tag && (length < 16 || ((frame[14] & 0x0f) == 0 && frame[15] == 0));
}

static int reason_of(struct model *model, int ifindex, const uint8_t *frame, size_t length)
{
	const uint8_t *ip = frame + 14;

	if (is_priority_tagged(frame, length))
		return MALFORMED;
	if (frame[12] != 0x08 || frame[13] != 0x00)
		return NOT_IP;
	if (length < 34 || ip[0] >> 4 != 4 || (ip[0] & 15) < 5)
		return MALFORMED;
	if (ip[16] >= 224 && ip[16] <= 239)
		return judge_multicast(model, ifindex, frame, length);
	if (ip[9] == 103 && !contains(model->neighbours, model->neighbour_count, read32(ip + 12)))
		return REGISTER;
	return UNICAST;
}

enum model_verdict model_judge(struct model *model, int ifindex, const uint8_t *frame, size_t length)
{
	int reason = reason_of(model, ifindex, frame, length);
	int monitored = model->interfaces[ifindex].is_monitored && reason >= OBSERVED;

	(monitored ? model->monitored_packets : model->packets)[reason]++;
	(monitored ? model->monitored_bytes : model->bytes)[reason] += length;
	if (reason >= UNKNOWN && length >= 34 && !is_priority_tagged(frame, length))
		note_denied(model, ifindex, frame + 14, length, reason, monitored);
	if (monitored)
		return MODEL_PASS;
	if (reason >= UNKNOWN)
		return MODEL_DROP;
	return reason == OBSERVED ? MODEL_DELIVER : MODEL_PASS;
}
