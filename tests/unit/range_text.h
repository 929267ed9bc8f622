/* range_text.h - a parsed range back as text, and whether two are the same.
 *
 * One spelling for each: times in UTC with milliseconds, agos in ms.
 *
 * SPDX-License-Identifier: MIT */
#ifndef BFS_TESTS_UNIT_RANGE_TEXT_H
#define BFS_TESTS_UNIT_RANGE_TEXT_H

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "core/range.h"

#define RANGE_TEXT_MAX 80 /* with its NUL */

/* Appends; `p` must be of a kind that there is. */
static inline void position_text(char text[RANGE_TEXT_MAX], const struct bfs_position *p)
{
	static const char *const words[] = {
		[BFS_AT_EARLIEST] = "earliest",
		[BFS_AT_LATEST] = "latest",
		[BFS_AT_COMMITTED] = "committed",
	};
	size_t at = strlen(text), room = RANGE_TEXT_MAX - at;
	time_t s = (time_t)(p->n / 1000);
	struct tm tm;

	switch (p->kind) {
	case BFS_AT_OFFSET: snprintf(text + at, room, "%" PRId64, p->n); break;
	case BFS_AT_LAST: snprintf(text + at, room, "-%" PRId64, p->n); break;
	case BFS_AT_COUNT: snprintf(text + at, room, "+%" PRId64, p->n); break;
	case BFS_AT_AGO: snprintf(text + at, room, "-%" PRId64 "ms", p->n); break;
	case BFS_AT_TIME:
		gmtime_r(&s, &tm);
		at += strftime(text + at, room, "%Y-%m-%dT%H:%M:%S", &tm);
		snprintf(text + at, RANGE_TEXT_MAX - at, ".%03dZ", (int)(p->n % 1000));
		break;
	default: snprintf(text + at, room, "%s", words[p->kind]);
	}
}

/* What stands behind the "@"; "" for BFS_RANGE_GROUP. */
static inline void range_text(char text[RANGE_TEXT_MAX], const struct bfs_range *r)
{
	text[0] = '\0';
	if (!bfs_range_consumes(r))
		position_text(text, &r->from);
	if (r->kind != BFS_RANGE_GROUP && r->kind != BFS_RANGE_GROWING)
		strcat(text, "..");
	if (r->kind == BFS_RANGE_FIXED)
		position_text(text, &r->to);
}

static inline bool range_same(const struct bfs_range *a, const struct bfs_range *b)
{
	return a->kind == b->kind && a->from.kind == b->from.kind && a->from.n == b->from.n &&
	       a->to.kind == b->to.kind && a->to.n == b->to.n;
}

#endif
