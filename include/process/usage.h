/* usage.h - what the daemon's process takes: CPU time, memory, descriptors, threads.
 *
 * From getrusage(2), getrlimit(2) and /proc/self, which is its own and can't block.
 *
 * Threads: any.
 *
 * SPDX-License-Identifier: MIT */
#ifndef BFS_PROCESS_USAGE_H
#define BFS_PROCESS_USAGE_H

#include "model/metrics.h"

void bfs_usage_read(struct bfs_usage *ret);

#endif
