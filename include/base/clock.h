/* clock.h - the monotonic clock, which tests can hold still.
 *
 * Units: milliseconds (but for bfs_clock_us) since an arbitrary point, never going back. BFS_NEVER
 * is a time that does not come. The model and the core ask no other clock (wall-clock times come in
 * as arguments).
 *
 * Threads: any.
 *
 * SPDX-License-Identifier: MIT */
#ifndef BFS_BASE_CLOCK_H
#define BFS_BASE_CLOCK_H

#include <stdint.h>

#define BFS_NEVER INT64_MAX

int64_t bfs_clock_ms(void);

/* The same in microseconds, for measuring. */
int64_t bfs_clock_us(void);

/* Wall-clock time, for timestamps people see: milliseconds since the epoch. */
int64_t bfs_clock_wall_ms(void);

/* For tests: replaces bfs_clock_ms(); NULL restores it. Call before threads run. */
void bfs_clock_override(int64_t (*now_ms)(void));

#endif
