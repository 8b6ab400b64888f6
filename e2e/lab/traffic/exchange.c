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
#define NS_PER_S 1000000000LL
#define BURST_NS 10000000LL /* what a busy machine held up for longer is not made up for */

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

static int decode_digit(char digit)
{
	return digit <= '9' ? digit - '0' : (digit | 0x20) - 'a' + 10;
}

static size_t decode_hex(const char *text, unsigned char *bytes)
{
	size_t length = 0;

	for (; text[0] && text[1] && length < DATAGRAM_MAX; text += 2)
		bytes[length++] = decode_digit(text[0]) << 4 | decode_digit(text[1]);
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

/* Sleeps until the next datagram is due; one that is late does not delay those after it, within BURST_NS. */
static void pace(long rate)
{
	static struct timespec due;
	struct timespec now;
	long long late_ns;

	clock_gettime(CLOCK_MONOTONIC, &now);
	late_ns = (now.tv_sec - due.tv_sec) * NS_PER_S + now.tv_nsec - due.tv_nsec;
	if (late_ns > BURST_NS)
		due = now;
	due.tv_nsec += NS_PER_S / rate;
	due.tv_sec += due.tv_nsec / NS_PER_S;
	due.tv_nsec %= NS_PER_S;
	clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &due, NULL);
}

static void send_line(int fd, const char *line, long rate)
{
	static unsigned char bytes[DATAGRAM_MAX];
	size_t length = decode_hex(line, bytes);

	if (send(fd, bytes, length, 0) < 0 && errno == ECONNREFUSED)
		send(fd, bytes, length, 0); /* the first call only reported an earlier refusal */
	if (rate > 0)
		pace(rate);
}

/* Sends every whole line that standard input has; returns 0 at its end. */
static int obey(int fd, long rate)
{
	static char text[2 * DATAGRAM_MAX + 2];
	static size_t filled;
	char *line = text, *end;
	ssize_t length = read(STDIN_FILENO, text + filled, sizeof(text) - 1 - filled);

	if (length <= 0)
		return 0;
	filled += length;
	text[filled] = 0;
	for (; (end = strchr(line, '\n')); line = end + 1) {
		*end = 0;
		send_line(fd, line, rate);
	}
	filled -= line - text;
	memmove(text, line, filled);
	return 1;
}

int main(int argc, char **argv)
{
	long rate = argc > 3 ? atol(argv[3]) : 0;
	int fd = argc < 3 ? -1 : open_socket(argv[1], atoi(argv[2]));

	if (fd < 0) {
		fprintf(stderr, "usage: exchange ADDRESS PORT [PACKETS_PER_SECOND]\n");
		return 2;
	}
	for (;;) {
		struct pollfd ready[] = { { .fd = fd, .events = POLLIN }, { .fd = STDIN_FILENO, .events = POLLIN } };

		if (poll(ready, 2, -1) < 0)
			return 1;
		print_datagrams(fd);
		if (ready[1].revents && !obey(fd, rate))
			return 0;
	}
}
