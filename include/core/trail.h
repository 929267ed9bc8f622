/* trail.h - where a merge of several logs has been: its order, so that it can be gone again.
 *
 * A merge of n logs has a position in each: a vector. How far it is in all is the sum of what it
 * has passed of each, gaps too: the *merged offset*. It rises with every step, every vector on the
 * way has its own, and from..edge are 0..total.
 *
 * Up to the edge the order follows from the logs alone, so a few vectors on the way are enough:
 * marks, at most `cap` of them; when full, every second one goes and the spacing doubles. Behind
 * the edge it is the order of arrival, which nobody can find out again: each turn is kept, log
 * `who` up to offset `to`. When there are too many the older half is forgotten.
 *
 * Pure: no lock. One owner.
 *
 * SPDX-License-Identifier: MIT */
#ifndef BFS_CORE_TRAIL_H
#define BFS_CORE_TRAIL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct bfs_turn {
	int32_t who;
	int64_t to;
};

struct bfs_trail {
	int32_t n;
	int64_t *from, *edge; /* vectors */
	int64_t total;        /* merged offset of the edge */

	int64_t *marks; /* each: its merged offset, its vector */
	size_t n_marks, cap;
	int64_t spacing;

	struct bfs_turn *turns;
	size_t n_turns, turns_room, turns_max;
	int64_t *base;   /* the vector before the first turn kept */
	int64_t base_at; /* its merged offset */
};

/* Where one walks, the first time or again. */
struct bfs_walk {
	int64_t *next; /* the vector: the next offset of each */
	int64_t at;    /* its merged offset */
	size_t mark;   /* the next mark on the way */
	size_t turn;   /* the next turn to take, behind the edge */
};

/* from[i] <= edge[i]; both are copied. `marks` and `turns`: how many are kept at most. */
void bfs_trail_init(struct bfs_trail *t, int32_t n, const int64_t *from, const int64_t *edge,
		    int64_t spacing, size_t marks, size_t turns);
void bfs_trail_fini(struct bfs_trail *t);

/* Goes back to the last place at or before the merged offset from which the way can be found
 * (behind the edge: to the very place). False if it is forgotten. */
bool bfs_trail_back(const struct bfs_trail *t, int64_t at, struct bfs_walk *w);

/* Log `who` was passed up to `to`. False: a mark on the way says otherwise, so the logs have
 * changed. */
bool bfs_trail_step(struct bfs_trail *t, struct bfs_walk *w, int32_t who, int64_t to);

/* Before the edge no log has more: over the gaps that remain. */
bool bfs_trail_reach_edge(struct bfs_trail *t, struct bfs_walk *w);

/* Behind the edge: is it the first time one goes here? Else *ret_turn is the turn to take, which is
 * NULL if that is forgotten. */
bool bfs_trail_fresh(const struct bfs_trail *t, const struct bfs_walk *w,
		     const struct bfs_turn **ret_turn);

#endif
