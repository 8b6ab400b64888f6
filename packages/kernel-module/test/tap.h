/* SPDX-License-Identifier: GPL-2.0-only */
/* Test Anything Protocol, version 13: one line for each sentence. */
#ifndef TAP_H
#define TAP_H

#include <stdio.h>
#include <stdlib.h>

static int tap_tests, tap_failures;

#define tap_ok(condition, ...)                                                          \
	do {                                                                            \
		int tap_passed = !!(condition);                                         \
		tap_failures += !tap_passed;                                            \
		printf("%s %d - ", tap_passed ? "ok" : "not ok", ++tap_tests);          \
		printf(__VA_ARGS__);                                                    \
		printf("\n");                                                           \
		if (!tap_passed)                                                        \
			printf("# %s:%d: %s\n", __FILE__, __LINE__, #condition);        \
	} while (0)

static inline int tap_done(void)
{
	printf("1..%d\n", tap_tests);
	return tap_failures ? EXIT_FAILURE : EXIT_SUCCESS;
}

static inline int tap_skip_all(const char *reason)
{
	printf("1..0 # SKIP %s\n", reason);
	return EXIT_SUCCESS;
}

#endif
