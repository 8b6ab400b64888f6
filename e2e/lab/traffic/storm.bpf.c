// SPDX-License-Identifier: GPL-2.0-only
/* What storm.c runs: a packet generator in the kernel. */
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/ip.h>

#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

const volatile __u32 source_first = 0; /* host byte order */
const volatile __u32 sources = 1;

/* Draws the source of the frame, and hands it to the interface as if its driver had received it. */
SEC("xdp")
int storm(struct xdp_md *xdp)
{
	struct iphdr *ip = (void *)(long)xdp->data + sizeof(struct ethhdr);
	__u16 *words = (void *)ip;
	__u32 sum = 0;

	if ((void *)(ip + 1) > (void *)(long)xdp->data_end)
		return XDP_ABORTED;
	ip->saddr = bpf_htonl(source_first + bpf_get_prandom_u32() % sources);
	ip->check = 0;
	for (int i = 0; i < 10; i++)
		sum += words[i];
	sum = (sum & 0xffff) + (sum >> 16);
	ip->check = ~(sum + (sum >> 16));
	return XDP_PASS;
}

/* On the interface meanwhile: the kernel takes frames in the name of its driver only where the driver is ready for XDP. */
SEC("xdp")
int leave(struct xdp_md *xdp)
{
	(void)xdp;
	return XDP_PASS;
}

char LICENSE[] SEC("license") = "GPL";
