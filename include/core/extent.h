/* extent.h - which bytes have been returned: a small set of disjoint ranges.
 *
 * What matters is the prefix: bytes [0, prefix) were all returned by some read. Ranges beyond it
 * are remembered until they join; when more than BFS_EXTENT_MAX are apart, the farthest is
 * forgotten (it then counts as unread: the safe side).
 *
 * Pure: no lock. One owner. Zeroed memory is the empty set.
 *
 * SPDX-License-Identifier: MIT */
#ifndef BFS_CORE_EXTENT_H
#define BFS_CORE_EXTENT_H

#include <stdint.h>

#define BFS_EXTENT_MAX 64

struct bfs_extent {
	int64_t prefix;
	int n;
	struct bfs_span {
		int64_t from, to;
	} ranges[BFS_EXTENT_MAX]; /* beyond prefix, sorted, apart from each other */
};

/* Adds [from, to); empty ranges change nothing. */
void bfs_extent_add(struct bfs_extent *e, int64_t from, int64_t to);

#endif
