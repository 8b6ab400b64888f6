// SPDX-License-Identifier: MIT
/*
 * flood PORT COUNT SEED TEMPLATE...: sends COUNT datagrams to 127.0.0.1, half of them random bytes of random length, half
 * of them a template (hex) with some of its bytes changed, cut off or appended. Prints how many the kernel took.
 */
#include <arpa/inet.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#define LENGTH_MAX 1500
#define TEMPLATES_MAX 16

static uint64_t state;
static uint8_t templates[TEMPLATES_MAX][LENGTH_MAX];
static size_t lengths[TEMPLATES_MAX], count;

static uint32_t draw(uint32_t below)
{
	state ^= state >> 12;
	state ^= state << 25;
	state ^= state >> 27;
	return (state * 0x2545f4914f6cdd1dULL >> 32) % below;
}

static size_t random_bytes(uint8_t *bytes)
{
	size_t length = draw(8) ? draw(80) : draw(LENGTH_MAX);

	for (size_t i = 0; i < length; i++)
		bytes[i] = draw(256);
	/* Sometimes the beginning of a v2 frame, so that more than the magic is looked at. */
	if (length >= 4 && draw(2)) {
		memcpy(bytes, "M2", 2);
		bytes[2] = draw(4);
		bytes[3] = draw(10);
	}
	return length;
}

static size_t mutated(uint8_t *bytes)
{
	size_t which = draw(count), length = lengths[which];

	memcpy(bytes, templates[which], length);
	for (uint32_t changes = 1 + draw(4); changes; changes--)
		bytes[draw(length)] ^= 1 << draw(8);
	if (draw(4) == 0)
		length = draw(length);
	else if (draw(4) == 0)
		length += draw(16);
	return length;
}

static void read_template(const char *hex)
{
	size_t length = strlen(hex) / 2;

	for (size_t i = 0; i < length && i < LENGTH_MAX - 16; i++)
		sscanf(hex + 2 * i, "%2hhx", &templates[count][i]);
	lengths[count++] = length;
}

int main(int argc, char **argv)
{
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, SOCK_DGRAM, 0);
	uint8_t bytes[LENGTH_MAX + 16];
	long total, sent = 0;

	if (argc < 5 || argc > 4 + TEMPLATES_MAX)
		return 2;
	address.sin_port = htons(atoi(argv[1]));
	total = atol(argv[2]);
	state = strtoull(argv[3], NULL, 0);
	for (int i = 4; i < argc; i++)
		read_template(argv[i]);
	for (long i = 0; i < total; i++) {
		size_t length = draw(2) ? random_bytes(bytes) : mutated(bytes);

		sent += sendto(fd, bytes, length, 0, (struct sockaddr *)&address, sizeof(address)) == (ssize_t)length;
	}
	printf("%ld\n", sent);
	return 0;
}
