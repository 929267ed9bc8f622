/* range.h - positions and ranges, as they are typed in file names.
 *
 *	RANGE     ::=  FROM | FROM ".." TO | FROM ".." | ".."
 *	FROM      ::=  OFFSET | "-" COUNT | "earliest" | "latest" | "committed" | TIME | AGO
 *	TO        ::=  FROM | "+" COUNT
 *	TIME      ::=  YYYY-MM-DD [ "T" HH:MM [ ":" SS [ "." FRACTION ] ] [ "Z" | (+|-)HH:MM ] ]
 *	AGO       ::=  "-" NUMBER ( "ms" | "s" | "m" | "h" | "d" | "w" )
 *
 * A time without a zone is local time. Numbers are decimal, without leading zeros (but those of
 * times), up to INT64_MAX. What does not parse is no file (-ENOENT).
 *
 * Pure, but for the local time zone.
 *
 * SPDX-License-Identifier: MIT */
#ifndef BFS_CORE_RANGE_H
#define BFS_CORE_RANGE_H

#include <stdbool.h>
#include <stdint.h>

enum bfs_position_kind {
	BFS_AT_OFFSET, /* n: this offset */
	BFS_AT_LAST,   /* n: so many readable records before the end; n > 0 */
	BFS_AT_EARLIEST,
	BFS_AT_LATEST,
	BFS_AT_COMMITTED,
	BFS_AT_TIME, /* n: ms since the epoch */
	BFS_AT_AGO,  /* n: ms before now */
	BFS_AT_COUNT /* n: so many records from FROM; only as TO */
};

struct bfs_position {
	enum bfs_position_kind kind;
	int64_t n;
};

enum bfs_range_kind {
	BFS_RANGE_GROUP,          /* none: the group's own position; EOF at the end */
	BFS_RANGE_GROUP_BLOCKING, /* ".." */
	BFS_RANGE_GROWING,        /* FROM: to the end, growing; EOF at the end */
	BFS_RANGE_BLOCKING,       /* FROM..: waits at the end */
	BFS_RANGE_FIXED           /* FROM..TO: half-open, fixed when opened */
};

struct bfs_range {
	enum bfs_range_kind kind;
	struct bfs_position from, to; /* zeroed where there is none */
};

/* Parses FROM (with `as_to`, TO) up to the NUL. 0 or -ENOENT. */
int bfs_position_parse(const char *text, bool as_to, struct bfs_position *ret);

/* Parses what stands behind the "@". 0 or -ENOENT. */
int bfs_range_parse(const char *text, struct bfs_range *ret);

/* Reading it consumes: kinds GROUP and GROUP_BLOCKING. */
bool bfs_range_consumes(const struct bfs_range *r);

/* Waits at the end instead of returning end-of-file. */
bool bfs_range_blocks(const struct bfs_range *r);

#endif
