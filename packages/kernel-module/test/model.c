// SPDX-License-Identifier: GPL-2.0-only
#include "model.h"

/* The numbers of msender.h, written out again on purpose. */
enum { NOT_IP = 1, UNICAST = 2, LINK_LOCAL = 3, PERMITTED = 4, OBSERVED = 5, UNKNOWN = 16, TTL = 17, REGISTER = 18, MALFORMED = 19 };

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

static void note_denied(struct model *model, const uint8_t *ip, size_t length, int reason)
{
	uint32_t source = read32(ip + 12), group = read32(ip + 16);
	size_t i = 0;

	while (i < model->denied_count && (model->denied[i].source != source || model->denied[i].group != group))
		i++;
	if (i == model->denied_count)
		model->denied[model->denied_count++] = (struct model_denied){ .source = source, .group = group };
	model->denied[i].packets++;
	model->denied[i].bytes += length;
	model->denied[i].reason = reason;
	model->denied[i].ttl = ip[8];
}

static int judge_multicast(struct model *model, const uint8_t *ip, size_t length)
{
	uint32_t source = read32(ip + 12), group = read32(ip + 16);

	if (ip[16] == 224 && ip[17] == 0 && ip[18] == 0)
		return LINK_LOCAL;
	for (size_t i = 0; i < model->sender_count; i++) {
		struct model_sender *sender = &model->senders[i];

		if (sender->source != source || sender->group != group)
			continue;
		if (ip[8] > sender->max_ttl) {
			sender->refused++;
			return TTL;
		}
		sender->packets++;
		sender->bytes += length;
		return PERMITTED;
	}
	return contains(model->observed, model->observed_count, group) ? OBSERVED : UNKNOWN;
}

static int reason_of(struct model *model, const uint8_t *frame, size_t length)
{
	const uint8_t *ip = frame + 14;

	if (frame[12] != 0x08 || frame[13] != 0x00)
		return NOT_IP;
	if (length < 34 || ip[0] >> 4 != 4 || (ip[0] & 15) < 5)
		return MALFORMED;
	if (ip[16] >= 224 && ip[16] <= 239)
		return judge_multicast(model, ip, length);
	if (ip[9] == 103 && !contains(model->neighbours, model->neighbour_count, read32(ip + 12)))
		return REGISTER;
	return UNICAST;
}

enum model_verdict model_judge(struct model *model, const uint8_t *frame, size_t length)
{
	int reason = reason_of(model, frame, length);

	model->packets[reason]++;
	model->bytes[reason] += length;
	if (reason >= UNKNOWN && length >= 34)
		note_denied(model, frame + 14, length, reason);
	if (reason >= UNKNOWN)
		return MODEL_DROP;
	return reason == OBSERVED ? MODEL_DELIVER : MODEL_PASS;
}
