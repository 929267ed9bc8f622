/* fake.c - what the fakes share: dying with a sentence, and bounded waits.
 *
 * SPDX-License-Identifier: MIT */
#include "tests/fake/fake.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

_Noreturn void fake_die(const char *fmt, ...)
{
	va_list ap;

	fputs("fake: ", stderr);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
	abort();
}

int64_t fake_now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

bool fake_wait_until(bool (*probe)(void *arg), void *arg, int ms)
{
	const char *slow = getenv("CK_TIMEOUT_MULTIPLIER"); /* tests/run sets it for sanitizers */
	int64_t end = fake_now() + (int64_t)ms * (slow ? atoi(slow) : 1);

	while (!probe(arg)) {
		if (fake_now() >= end)
			return probe(arg);
		usleep(200);
	}
	return true;
}
