/* trail.c - where a merge of several logs has been: its order, so that it can be gone again.
 *
 * SPDX-License-Identifier: MIT */
#include "core/trail.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"

static size_t vector(const struct bfs_trail *t)
{
	return (size_t)t->n * sizeof(int64_t);
}

static int64_t *copy(const struct bfs_trail *t, const int64_t *v)
{
	return memcpy(bfs_alloc(vector(t)), v, vector(t));
}

static int64_t *mark(const struct bfs_trail *t, size_t i)
{
	return t->marks + i * (size_t)(t->n + 1);
}

void bfs_trail_init(struct bfs_trail *t, int32_t n, const int64_t *from, const int64_t *edge,
		    int64_t spacing, size_t marks, size_t turns)
{
	*t = (struct bfs_trail){ .n = n, .spacing = spacing, .cap = marks, .turns_max = turns };
	t->from = copy(t, from);
	t->edge = copy(t, edge);
	t->base = copy(t, edge);
	for (int32_t i = 0; i < n; i++)
		t->total += edge[i] - from[i];
	t->base_at = t->total;
	t->marks = bfs_alloc(marks * (vector(t) + sizeof(int64_t)));
	t->n_marks = 1;
	*t->marks = 0;
	memcpy(t->marks + 1, from, vector(t));
}

void bfs_trail_fini(struct bfs_trail *t)
{
	free(t->from);
	free(t->edge);
	free(t->base);
	free(t->marks);
	free(t->turns);
	memset(t, 0, sizeof(*t));
}

/* Takes whole turns up to `at`, and then a part of one, within which only one log goes on. */
static void take_turns(const struct bfs_trail *t, int64_t at, struct bfs_walk *w)
{
	memcpy(w->next, t->base, vector(t));
	w->at = t->base_at;
	for (w->turn = 0; w->turn < t->n_turns && w->at < at; w->turn++) {
		const struct bfs_turn *u = &t->turns[w->turn];
		int64_t part = u->to - w->next[u->who];

		if (part > at - w->at) {
			w->next[u->who] += at - w->at;
			w->at = at;
			return;
		}
		w->next[u->who] = u->to;
		w->at += part;
	}
}

bool bfs_trail_back(const struct bfs_trail *t, int64_t at, struct bfs_walk *w)
{
	w->turn = 0;
	w->mark = t->n_marks;
	if (at >= t->base_at) {
		take_turns(t, at, w);
		return true;
	}
	if (at >= t->total)
		return false;
	while (*mark(t, w->mark - 1) > at)
		w->mark--;
	w->at = *mark(t, w->mark - 1);
	memcpy(w->next, mark(t, w->mark - 1) + 1, vector(t));
	return true;
}

static void thin_out(struct bfs_trail *t)
{
	size_t kept = 1;

	for (size_t i = 2; i < t->n_marks; i += 2)
		memcpy(mark(t, kept++), mark(t, i), vector(t) + sizeof(int64_t));
	t->n_marks = kept;
	t->spacing *= 2;
}

/* Compares with the mark on the way, or sets one. */
static bool look_at_mark(struct bfs_trail *t, struct bfs_walk *w)
{
	int64_t *m;

	if (w->mark < t->n_marks) {
		m = mark(t, w->mark);
		if (w->at < *m)
			return true;
		w->mark++;
		return w->at == *m && !memcmp(m + 1, w->next, vector(t));
	}
	if (w->at - *mark(t, t->n_marks - 1) < t->spacing)
		return true;
	if (t->n_marks == t->cap)
		thin_out(t);
	m = mark(t, t->n_marks++);
	*m = w->at;
	memcpy(m + 1, w->next, vector(t));
	w->mark = t->n_marks;
	return true;
}

static void forget_turns(struct bfs_trail *t)
{
	size_t half = t->n_turns / 2;

	for (size_t i = 0; i < half; i++) {
		const struct bfs_turn *u = &t->turns[i];

		t->base_at += u->to - t->base[u->who];
		t->base[u->who] = u->to;
	}
	memmove(t->turns, t->turns + half, (t->n_turns - half) * sizeof(*t->turns));
	t->n_turns -= half;
}

static void note_turn(struct bfs_trail *t, struct bfs_walk *w, int32_t who, int64_t to)
{
	if (t->n_turns && t->turns[t->n_turns - 1].who == who) {
		t->turns[t->n_turns - 1].to = to;
		return;
	}
	if (t->n_turns == t->turns_max)
		forget_turns(t);
	if (t->n_turns == t->turns_room) {
		t->turns_room = t->turns_room ? 2 * t->turns_room : 64;
		t->turns = bfs_realloc(t->turns, t->turns_room * sizeof(*t->turns));
	}
	t->turns[t->n_turns++] = (struct bfs_turn){ who, to };
	w->turn = t->n_turns;
}

bool bfs_trail_step(struct bfs_trail *t, struct bfs_walk *w, int32_t who, int64_t to)
{
	bool before = w->at < t->total;

	w->at += to - w->next[who];
	w->next[who] = to;
	if (before)
		return look_at_mark(t, w);
	if (w->turn == t->n_turns)
		note_turn(t, w, who, to);
	else if (to >= t->turns[w->turn].to)
		w->turn++;
	return true;
}

bool bfs_trail_reach_edge(struct bfs_trail *t, struct bfs_walk *w)
{
	w->turn = 0;
	if (w->at >= t->total)
		return true;
	w->at = t->total;
	memcpy(w->next, t->edge, vector(t));
	return w->mark >= t->n_marks || *mark(t, w->mark) >= t->total;
}

bool bfs_trail_fresh(const struct bfs_trail *t, const struct bfs_walk *w,
		     const struct bfs_turn **ret_turn)
{
	if (w->turn == 0 && w->at < t->base_at) {
		*ret_turn = NULL;
		return false;
	}
	if (w->turn == t->n_turns)
		return true;
	*ret_turn = &t->turns[w->turn];
	return false;
}
