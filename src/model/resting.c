/* resting.c - a finished range that nobody has open: its bytes go to the kernel.
 *
 * SPDX-License-Identifier: MIT */
#include <stdatomic.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/clock.h"
#include "model/stream_inner.h"

#define PIECE      (1024 * 1024) /* bytes handed to the kernel at once */
#define RECHECK_MS 1000          /* the longest an open waits to hear that the log is as it was */

static bool lasts(const struct bfs_stream *s)
{
	return bfs_stream_fixed(s) && !s->merge && s->range.from.kind == BFS_AT_OFFSET &&
	       s->range.to.kind == BFS_AT_OFFSET;
}

bool bfs_stream_lasts(struct bfs_stream *s)
{
	bool yes;

	bfs_mutex_lock(&s->lock);
	yes = lasts(s) && bfs_stream_caught_up(s) && (s->resting || s->stop == s->range.to.n);
	bfs_mutex_unlock(&s->lock);
	return yes;
}

bool bfs_stream_rested(struct bfs_stream *s)
{
	bool yes;

	bfs_mutex_lock(&s->lock);
	yes = s->rested;
	bfs_mutex_unlock(&s->lock);
	return yes;
}

/* --- to the kernel ---------------------------------------------------------------------------- */

struct storing {
	struct bfs_storing base;
	struct bfs_stream *stream; /* counted */
	int64_t at;
	struct bfs_pins pins;
};

static bool next_piece(struct bfs_storing *base, int64_t *ret_off, struct iovec **ret_iov,
		       int *ret_n)
{
	struct storing *g = bfs_container(base, struct storing, base);
	struct bfs_stream *s = g->stream;
	size_t n = 0;

	bfs_pins_release(&g->pins);
	bfs_mutex_lock(&s->lock);
	if (s->phase == STREAM_RUNNING)
		n = bfs_window_pin(&s->window, g->at, PIECE, &g->pins);
	bfs_mutex_unlock(&s->lock);
	*ret_off = g->at;
	*ret_iov = g->pins.iov;
	*ret_n = g->pins.n;
	g->at += (int64_t)n;
	return n > 0;
}

/* What the kernel has need not be here too. */
static void stored(struct bfs_storing *base)
{
	struct storing *g = bfs_container(base, struct storing, base);
	struct bfs_stream *s = g->stream;

	bfs_pins_release(&g->pins);
	bfs_mutex_lock(&s->lock);
	if (s->resting)
		bfs_window_drop(&s->window, s->window.end, 0);
	bfs_mutex_unlock(&s->lock);
	bfs_stream_put(s);
	free(g);
}

bool bfs_stream_rest(struct bfs_stream *s)
{
	struct bfs_kernel *k = s->all->kernel;
	struct storing *g;
	bool store, yes;

	bfs_mutex_lock(&s->lock);
	yes = lasts(s) && bfs_stream_caught_up(s) && !s->resting &&
	      (s->rested || s->delivered >= s->size);
	store = yes && !s->rested && !s->window.begin && s->window.end == s->size && s->size;
	if (yes)
		s->resting = s->rested = true;
	bfs_mutex_unlock(&s->lock);
	if (!yes)
		return false;
	atomic_fetch_sub(&s->all->active, 1);
	if (!store)
		return true;
	g = bfs_zalloc(sizeof(*g));
	g->base = (struct bfs_storing){ .next = next_piece, .done = stored };
	g->stream = bfs_stream_get(s);
	k->ops->store(k, s->ino, &g->base);
	return true;
}

void bfs_stream_wake(struct bfs_stream *s)
{
	bool was;

	bfs_mutex_lock(&s->lock);
	was = s->resting;
	s->resting = false;
	bfs_mutex_unlock(&s->lock);
	if (was)
		atomic_fetch_add(&s->all->active, 1);
}

/* --- is the log as it was? -------------------------------------------------------------------- */

struct recheck {
	struct bfs_stream *stream; /* counted */
	struct bfs_ticket *ticket;
};

static void rechecked(void *arg, int err, const struct bfs_why *why, int64_t low, int64_t end)
{
	struct recheck *r = arg;
	struct bfs_stream *s = r->stream;
	struct bfs_ticket *t = r->ticket;
	bool other;

	(void)why;
	bfs_mutex_lock(&s->lock);
	other = low > s->first || end < s->stop || (end > s->stop && s->stop < s->range.to.n);
	bfs_mutex_unlock(&s->lock);
	if (!err && other)
		bfs_stream_over(s);
	bfs_stream_put(s);
	free(r);
	t->again(t);
}

void bfs_stream_recheck(struct bfs_stream *s, struct bfs_ticket *t)
{
	struct recheck *r = bfs_alloc(sizeof(*r));

	*r = (struct recheck){ bfs_stream_get(s), t };
	s->cluster->ops->ends(s->cluster, s->topic, s->partition, bfs_clock_ms() + RECHECK_MS,
			      rechecked, r);
}
