/* search.h - finding a place in a partition by looking at its records.
 *
 * What no broker can tell, the place of the last n readable records (offsets have gaps), is found
 * by counting them from a guess to the end, from further back until there are enough, and then
 * going to the one that is wanted. So are times where the cluster does not know them: from the
 * log's start to the first record that is not older.
 *
 * The caller fetches from `start` and hands over what comes, until it is told otherwise. What comes
 * behind `end` meanwhile is not counted.
 *
 * Pure: no lock. One owner.
 *
 * SPDX-License-Identifier: MIT */
#ifndef BFS_CORE_SEARCH_H
#define BFS_CORE_SEARCH_H

#include <stdbool.h>
#include <stdint.h>

struct bfs_search {
	int64_t start; /* fetch from here */
	int64_t place; /* the result: an offset from low to end */
	int64_t count; /* the result: readable records from there to the end; not of a time */

	int64_t low, end;
	int64_t n;    /* so many are wanted; 0: a time */
	int64_t time; /* ms since the epoch */
	int64_t found, skip;
	bool locating; /* counted; on the way to the one behind `skip` records */
};

enum bfs_search_state {
	BFS_SEARCH_ON,   /* more is wanted */
	BFS_SEARCH_ANEW, /* fetch from `start` again */
	BFS_SEARCH_DONE  /* the result is there */
};

/* The last n > 0 readable records of a log from `low` to `end`, or all if there are fewer. */
void bfs_search_last(struct bfs_search *s, int64_t low, int64_t end, int64_t n);

/* The first record that has this time or a later one, else the end. */
void bfs_search_time(struct bfs_search *s, int64_t low, int64_t end, int64_t time);

/* The next record came; the partition was read up to `end`. */
enum bfs_search_state bfs_search_record(struct bfs_search *s, int64_t offset, int64_t timestamp);
enum bfs_search_state bfs_search_end(struct bfs_search *s, int64_t end);

#endif
