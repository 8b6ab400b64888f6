/* SPDX-License-Identifier: GPL-2.0-only */
/* Packets, senders and times at random, near the edges of the rules, and the same for the same seed. */
#ifndef DRAW_H
#define DRAW_H

#include "filter.h"

void draw_seed(uint64_t seed);
/* 0 to below - 1. */
uint32_t draw(uint32_t below);
struct packet draw_packet(void);
/* Permits some hundred of both families, with and without limits and wildcards. */
void draw_senders(void);
/* Moves the clock of the test on, mostly a little, now and then exactly to the edge of an expiry. */
void draw_time(void);

#endif
