/* range.h - positions and ranges, as they are typed in file names.
 *
 *	RANGE     ::=  FROM | FROM ".." TO | FROM ".." | ".."
 *	FROM      ::=  OFFSET | "-" COUNT | "earliest" | "latest" | "committed" | TIME | AGO
 *	TO        ::=  FROM | "+" COUNT
 *	TIME      ::=  YYYY-MM-DD [ "T" HH:MM [ ":" SS [ "." FRACTION ] ] [ "Z" | (+|-)HH:MM ] ]
 *	AGO       ::=  "-" NUMBER ( "ms" | "s" | "m" | "h" | "d" | "w" )
 *
 * OFFSET, COUNT and NUMBER are decimal, without leading zeros, up to INT64_MAX, an AGO in ms too.
 * "-0" is no COUNT, "+0" is one (an empty range), and "-0s" is now. What does not parse is no file.
 *
 * A TIME names the first record that is not older. Without a zone it is local time. One that the
 * clocks skip does not exist; one that they show twice is the second in Greenwich and east of it,
 * the first west of it: so has it date(1). Digits below the millisecond are left out, zones end at
 * 14:00, 24:00 and second 60 don't parse. A time before 1970 is 1970: no record is older, and
 * Kafka gives negative times a meaning of their own.
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
	BFS_AT_TIME, /* n: ms since the epoch, >= 0 */
	BFS_AT_AGO,  /* n: ms before now; may lead before the epoch */
	BFS_AT_COUNT /* n: so many readable records from FROM; only as TO */
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

/* Parses FROM (with `as_to`, TO) up to the NUL. 0 or -ENOENT, then *ret is untouched. */
int bfs_position_parse(const char *text, bool as_to, struct bfs_position *ret);

/* Parses what stands behind the "@". 0 or -ENOENT, then *ret is untouched. */
int bfs_range_parse(const char *text, struct bfs_range *ret);

/* The time that a position of kind TIME or AGO names, at the time `now`; ms since the epoch. */
int64_t bfs_position_time(const struct bfs_position *p, int64_t now);

/* Reading it consumes: kinds GROUP and GROUP_BLOCKING. */
bool bfs_range_consumes(const struct bfs_range *r);

/* Waits at the end instead of returning end-of-file. */
bool bfs_range_blocks(const struct bfs_range *r);

#endif
