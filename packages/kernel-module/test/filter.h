/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The compiled filter in the kernel, and the model beside it: what is set here is set in both.
 *
 * Interfaces of a namespace of its own: 1 an Ethernet, 2 another one, monitored, 3 one without link header, 4 unknown.
 */
#ifndef FILTER_H
#define FILTER_H

#include "../include/msender.h"
#include "model.h"

#define ENFORCED 1
#define MONITORED 2
#define LAYER3 3
#define UNKNOWN_INTERFACE 4
#define FIRST_NS 1000000000000ULL

/* File descriptors; clock is negative when the filter was built with the real one. */
struct filter {
	int program, senders, senders6, wildcards, wildcards6, control, links, denied, denied6, pending, observed, observed6, neighbours,
		neighbours6, interfaces, counts, monitored, clock, cpus;
};

extern struct filter filter;
extern struct model model;

/* 0, or a negative errno. */
int filter_open(const char *path);
int filter_has_test_clock(void);
void filter_set_clock(uint64_t now_ns);
void filter_set_control(int index, uint64_t number);
void filter_add_interface(int ifindex, int flags);
void filter_permit(struct model_sender sender);
void filter_observe(struct address group);
void filter_trust_neighbour(struct address source);

/* What the kernel holds of a row of the model; not 0 when it has none. */
int filter_find_sender(const struct model_sender *sender, struct msender_ctl *ctl);
int filter_find_denied(const struct model_denied *row, struct msender_denied *denied);
/* Of all CPUs, from `counts` or `monitored`. */
uint64_t filter_packets(int counts, int reason);
long filter_denied_rows(int denied);

/* Runs the frame through the kernel; -1 when the kernel refused to run it or the mark makes no sense. */
int filter_run(int ifindex, const uint8_t *frame, size_t length);
/* Runs the packet through the kernel and the model, and returns what the kernel did. */
int filter_judge(int ifindex, const struct packet *packet);

#endif
