// SPDX-License-Identifier: MIT
/*
 * v1_window1 echo PORT: answers each datagram with its first two bytes, the plainest server there can be.
 * v1_window1 call PORT SECONDS: makes v1 calls one after the other and prints how many a second were answered.
 */
#include <arpa/inet.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static double now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec + time.tv_nsec / 1e9;
}

static int echo(struct sockaddr_in address)
{
	int fd = socket(AF_INET, SOCK_DGRAM, 0);
	uint8_t bytes[2048];

	if (bind(fd, (struct sockaddr *)&address, sizeof(address)))
		return 1;
	printf("ready\n");
	fflush(stdout);
	for (;;) {
		struct sockaddr_in peer;
		socklen_t length = sizeof(peer);

		if (recvfrom(fd, bytes, sizeof(bytes), 0, (struct sockaddr *)&peer, &length) >= 2)
			sendto(fd, bytes, 2, 0, (struct sockaddr *)&peer, length);
	}
}

static int call(struct sockaddr_in address, double seconds)
{
	/* Adds (192.0.2.11, 233.252.0.1) with a TTL that changes, so that each call writes to the kernel. */
	uint8_t request[11] = { 0, 0, 192, 0, 2, 11, 233, 252, 0, 1, 1 }, response[16];
	struct timeval timeout = { .tv_sec = 1 };
	int fd = socket(AF_INET, SOCK_DGRAM, 0);
	double start = now();
	long answered = 0, lost = 0;

	connect(fd, (struct sockaddr *)&address, sizeof(address));
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof(timeout));
	while (now() - start < seconds) {
		for (int i = 0; i < 64; i++) {
			request[0]++;
			request[10] = 1 + request[0] % 2;
			send(fd, request, sizeof(request), 0);
			if (recv(fd, response, sizeof(response), 0) == 2)
				answered++;
			else
				lost++;
		}
	}
	printf("%.0f %ld\n", answered / (now() - start), lost);
	return 0;
}

int main(int argc, char **argv)
{
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };

	if (argc < 3)
		return 2;
	address.sin_port = htons(atoi(argv[2]));
	return strcmp(argv[1], "echo") == 0 ? echo(address) : call(address, argc > 3 ? atof(argv[3]) : 1);
}
