/* extent.c - which bytes have been returned: a small set of disjoint ranges.
 *
 * SPDX-License-Identifier: MIT */
#include "core/extent.h"

#include <string.h>

static void cut(struct bfs_extent *e, int at, int n)
{
	memmove(e->ranges + at, e->ranges + at + n, (size_t)(e->n - at - n) * sizeof(*e->ranges));
	e->n -= n;
}

/* Ranges that begin at or below the prefix are part of it. */
static void absorb(struct bfs_extent *e)
{
	int i = 0;

	for (; i < e->n && e->ranges[i].from <= e->prefix; i++)
		if (e->ranges[i].to > e->prefix)
			e->prefix = e->ranges[i].to;
	cut(e, 0, i);
}

/* A new range that touches none, at place `at`. When there is no room, the farthest goes, be it the
 * new one. */
static void insert(struct bfs_extent *e, int at, int64_t from, int64_t to)
{
	if (at == BFS_EXTENT_MAX)
		return;
	if (e->n == BFS_EXTENT_MAX)
		e->n--;
	memmove(e->ranges + at + 1, e->ranges + at, (size_t)(e->n - at) * sizeof(*e->ranges));
	e->ranges[at] = (struct bfs_span){ from, to };
	e->n++;
}

void bfs_extent_add(struct bfs_extent *e, int64_t from, int64_t to)
{
	int first = 0, last;

	if (to <= from || to <= e->prefix)
		return;
	if (from <= e->prefix) {
		e->prefix = to;
		absorb(e);
		return;
	}

	/* [first, last) are the ranges it overlaps or touches. */
	while (first < e->n && e->ranges[first].to < from)
		first++;
	for (last = first; last < e->n && e->ranges[last].from <= to; last++) {
		if (e->ranges[last].from < from)
			from = e->ranges[last].from;
		if (e->ranges[last].to > to)
			to = e->ranges[last].to;
	}
	cut(e, first, last - first);
	insert(e, first, from, to);
}
