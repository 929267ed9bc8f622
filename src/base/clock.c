/* clock.c - the monotonic clock, which tests can hold still.
 *
 * SPDX-License-Identifier: MIT */
#include "base/clock.h"

#include <stddef.h>
#include <time.h>

static int64_t (*override)(void); /* set before threads run */

static int64_t read_ms(clockid_t id)
{
	struct timespec ts;

	clock_gettime(id, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

int64_t bfs_clock_ms(void)
{
	return override ? override() : read_ms(CLOCK_MONOTONIC);
}

int64_t bfs_clock_us(void)
{
	struct timespec ts;

	if (override)
		return override() * 1000;
	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}

int64_t bfs_clock_wall_ms(void)
{
	return read_ms(CLOCK_REALTIME);
}

void bfs_clock_override(int64_t (*now_ms)(void))
{
	override = now_ms;
}
