/* index.h - from byte positions to record offsets, sparse.
 *
 * Marks (byte, offset): the record with this offset begins at this byte. Marks rise in both.
 * Offsets have gaps, so nothing can be computed between two marks: find gives the nearest mark at
 * or below, and the caller reads on from there. At most `cap` marks are kept; when full, every
 * second one goes and the spacing doubles, so memory stays bounded and look-ups stay close.
 *
 * Pure: no lock. One owner.
 *
 * SPDX-License-Identifier: MIT */
#ifndef BFS_CORE_INDEX_H
#define BFS_CORE_INDEX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct bfs_mark {
	int64_t byte;
	int64_t offset;
};

struct bfs_index {
	struct bfs_mark *marks;
	size_t len, room, cap;
	int64_t spacing; /* bytes: a mark nearer to the last one is not kept */
};

void bfs_index_init(struct bfs_index *ix, int64_t spacing, size_t cap);
void bfs_index_fini(struct bfs_index *ix);

/* Adds a mark, unless it is not above the last one or nearer than the spacing. The first mark is
 * always kept and never thinned out. Returns false if it contradicts what is known (the same
 * byte with another offset, or rising in one and falling in the other): the log is not the one it
 * was. */
bool bfs_index_add(struct bfs_index *ix, int64_t byte, int64_t offset);

/* The last mark at or below `byte` (or at or below `offset`). False if there is none. */
bool bfs_index_at_byte(const struct bfs_index *ix, int64_t byte, struct bfs_mark *ret);
bool bfs_index_at_offset(const struct bfs_index *ix, int64_t offset, struct bfs_mark *ret);

/* The first mark above `byte`. False if there is none. */
bool bfs_index_above_byte(const struct bfs_index *ix, int64_t byte, struct bfs_mark *ret);

#endif
