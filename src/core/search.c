/* search.c - finding a place in a partition by looking at its records.
 *
 * SPDX-License-Identifier: MIT */
#include "core/search.h"

void bfs_search_last(struct bfs_search *s, int64_t low, int64_t end, int64_t n)
{
	*s = (struct bfs_search){
		.start = n < end - low ? end - n : low,
		.low = low,
		.end = end,
		.n = n,
	};
}

void bfs_search_time(struct bfs_search *s, int64_t low, int64_t end, int64_t time)
{
	*s = (struct bfs_search){
		.start = low,
		.low = low,
		.end = end,
		.time = time,
		.locating = true,
	};
}

static enum bfs_search_state result(struct bfs_search *s, int64_t place, int64_t count)
{
	s->place = place;
	s->count = count;
	return BFS_SEARCH_DONE;
}

/* All from the guess to the end were counted. */
static enum bfs_search_state counted(struct bfs_search *s)
{
	int64_t found = s->found, n = s->n, back;

	s->found = 0;
	if (s->locating)
		return result(s, s->end, 0);
	if (found == n || (found < n && s->start <= s->low))
		return result(s, s->start, found);
	if (found > n) {
		s->skip = found - n;
		s->locating = true;
		return BFS_SEARCH_ANEW;
	}
	back = n - found < s->end - s->low ? n - found : s->end - s->low;
	back += 2 * (s->end - s->start);
	s->start = s->end - back > s->low ? s->end - back : s->low;
	return BFS_SEARCH_ANEW;
}

enum bfs_search_state bfs_search_record(struct bfs_search *s, int64_t offset, int64_t timestamp)
{
	bool is_it = s->n ? s->found == s->skip : timestamp >= s->time;

	if (offset >= s->end)
		return counted(s);
	if (s->locating && is_it)
		return result(s, offset, s->n);
	s->found++;
	return BFS_SEARCH_ON;
}

enum bfs_search_state bfs_search_end(struct bfs_search *s, int64_t end)
{
	return end >= s->end ? counted(s) : BFS_SEARCH_ON;
}
