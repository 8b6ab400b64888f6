// SPDX-License-Identifier: MIT
/*
 * exchange ADDRESS PORT [PACKETS_PER_SECOND]
 *
 * A connected UDP socket on a pipe: each line of hex digits on standard input is sent as one datagram, each datagram that
 * comes back is printed as one line of hex digits. An empty line sends an empty datagram. With a rate, sending is paced.
 * End of file ends the program.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define DATAGRAM_MAX 65507 /* bytes; the longest UDP payload over IPv4 */
#define TTL_HOPS 16

static int open_socket(const char *address, int port)
{
	struct sockaddr_in peer = { .sin_family = AF_INET, .sin_port = htons(port) };
	int fd = socket(AF_INET, SOCK_DGRAM, 0), ttl = TTL_HOPS;

	if (fd < 0 || inet_pton(AF_INET, address, &peer.sin_addr) != 1 ||
	    setsockopt(fd, IPPROTO_IP, IP_MULTICAST_TTL, &ttl, sizeof(ttl)) ||
	    connect(fd, (struct sockaddr *)&peer, sizeof(peer)))
		return -1;
	return fd;
}

static size_t decode_hex(const char *text, unsigned char *bytes)
{
	size_t length = 0;
	unsigned byte;

	while (length < DATAGRAM_MAX && sscanf(text + 2 * length, "%2x", &byte) == 1)
		bytes[length++] = byte;
	return length;
}

static void print_datagrams(int fd)
{
	static unsigned char bytes[DATAGRAM_MAX];
	ssize_t length;

	/* A refused port shows as ECONNREFUSED; the lab sees it as silence, as an operator would. */
	while ((length = recv(fd, bytes, sizeof(bytes), MSG_DONTWAIT)) >= 0 || errno == ECONNREFUSED) {
		if (length < 0)
			continue;
		for (ssize_t i = 0; i < length; i++)
			printf("%02x", bytes[i]);
		putchar('\n');
	}
	fflush(stdout);
}

static void send_line(int fd, const char *line, long rate)
{
	static unsigned char bytes[DATAGRAM_MAX];
	struct timespec pause = { 0, rate ? 999999999L / rate : 0 };
	size_t length = decode_hex(line, bytes);

	if (send(fd, bytes, length, 0) < 0 && errno == ECONNREFUSED)
		send(fd, bytes, length, 0); /* the first call only reported an earlier refusal */
	if (rate)
		nanosleep(&pause, NULL);
}

int main(int argc, char **argv)
{
	long rate = argc > 3 ? atol(argv[3]) : 0;
	char *line = NULL;
	size_t capacity = 0;
	ssize_t length;
	int fd = argc < 3 ? -1 : open_socket(argv[1], atoi(argv[2]));

	if (fd < 0) {
		fprintf(stderr, "usage: exchange ADDRESS PORT [PACKETS_PER_SECOND]\n");
		return 2;
	}
	setvbuf(stdin, NULL, _IONBF, 0); /* poll must see what is left to read */
	for (;;) {
		struct pollfd ready[] = { { .fd = fd, .events = POLLIN }, { .fd = STDIN_FILENO, .events = POLLIN } };

		if (poll(ready, 2, -1) < 0)
			return 1;
		print_datagrams(fd);
		if (!ready[1].revents)
			continue;
		length = getline(&line, &capacity, stdin);
		if (length < 0)
			return 0;
		line[strcspn(line, "\n")] = 0;
		send_line(fd, line, rate);
	}
}
