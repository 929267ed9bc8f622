/* seen.c - one partition as a file of bytes: what can be seen of it without reading.
 *
 * SPDX-License-Identifier: MIT */
#include <stdlib.h>

#include "base/buf.h"
#include "base/clock.h"
#include "model/stream_inner.h"

#define PAGE 4096

/* --- small questions ----------------------------------------------------------------- */

bool bfs_stream_caught_up(const struct bfs_stream *s)
{
	return s->phase == STREAM_RUNNING && !s->laying && !s->probing && !s->partial &&
	       s->ahead >= s->end;
}

bool bfs_stream_done(const struct bfs_stream *s)
{
	return bfs_stream_fixed(s) && bfs_stream_caught_up(s) && !s->moving &&
	       s->window.end == s->size;
}

/* A fixed range is read to its end before its size is told, so it may take all there is. */
int64_t bfs_stream_window(const struct bfs_stream *s)
{
	const struct bfs_options *o = s->all->options;
	int active = atomic_load(&s->all->active);
	int64_t share = o->memory / (active > 0 ? active : 1);
	int64_t w = o->window < share && !bfs_stream_fixed(s) ? o->window : share;

	return w < 2 * BFS_CHUNK_SIZE ? 2 * BFS_CHUNK_SIZE : w;
}

/* An odd number of pages: no larger block that a program reads by ends there. */
static int64_t odd_pages(int64_t size)
{
	int64_t pages = size / PAGE;

	return (pages - (pages % 2 == 0 && pages > 0)) * PAGE;
}

bool bfs_stream_trusted_too_early(struct bfs_stream *s, int64_t off, size_t size, size_t last_size)
{
	int64_t end = off + (int64_t)size;

	return s->promised > PAGE && end == s->promised && !bfs_range_blocks(&s->range) &&
	       (off ? size < last_size : true) && (s->size > end || !bfs_stream_caught_up(s));
}

/* Under the lock. A blocking range has always more to come, so that tools which splice(2) up to the
 * size try, are refused, and read. */
int64_t bfs_stream_shown(struct bfs_stream *s)
{
	int64_t size;

	if (bfs_stream_caught_up(s))
		s->was_caught_up = true;
	if (bfs_range_blocks(&s->range))
		size = ((s->delivered + PAGE - 1) / PAGE + 1) * PAGE;
	else
		size = s->was_caught_up ? s->size : odd_pages(s->size);
	if (size > s->shown)
		s->shown = size;
	if (!s->was_caught_up)
		s->promised = s->shown;
	return s->shown;
}

int64_t bfs_stream_size(struct bfs_stream *s)
{
	int64_t size;

	bfs_mutex_lock(&s->lock);
	size = bfs_stream_shown(s);
	bfs_mutex_unlock(&s->lock);
	return size;
}

int64_t bfs_stream_readable(struct bfs_stream *s, char *ret_last)
{
	int64_t size;

	bfs_mutex_lock(&s->lock);
	size = bfs_range_blocks(&s->range) ? bfs_stream_shown(s) : s->window.end;
	*ret_last = bfs_window_last(&s->window);
	bfs_mutex_unlock(&s->lock);
	return size;
}

/* Data that wait until the kernel knows the size. */
struct telling {
	struct bfs_stream *stream; /* counted */
	int64_t size;
	struct bfs_pins pins;
};

void bfs_stream_told(struct bfs_stream *s)
{
	bfs_mutex_lock(&s->lock);
	s->told = s->size;
	bfs_mutex_unlock(&s->lock);
}

bool bfs_stream_told_all(struct bfs_stream *s)
{
	bool all;

	bfs_mutex_lock(&s->lock);
	all = bfs_stream_fixed(s) && bfs_stream_caught_up(s) && s->told >= s->size;
	bfs_mutex_unlock(&s->lock);
	return all;
}

static void told(struct bfs_ticket *t)
{
	struct telling *g = t->handle;
	struct bfs_stream *s = g->stream;

	bfs_mutex_lock(&s->lock);
	if (g->size > s->told)
		s->told = g->size;
	bfs_mutex_unlock(&s->lock);
	bfs_answer_data(t, g->pins.iov, g->pins.n);
	bfs_pins_release(&g->pins);
	bfs_stream_put(s);
	free(g);
}

void bfs_stream_tell_first(struct bfs_stream *s, struct bfs_ticket *t, const struct bfs_pins *pins,
			   int64_t size, char last)
{
	struct bfs_kernel *k = s->all->kernel;
	struct telling *g = bfs_alloc(sizeof(*g));

	*g = (struct telling){ bfs_stream_get(s), size, *pins };
	t->handle = g;
	t->again = told;
	k->ops->tell(k, t, s->ino, size, last);
}

bool bfs_stream_complete(struct bfs_stream *s)
{
	bool complete;

	bfs_mutex_lock(&s->lock);
	complete = bfs_stream_fixed(s) && bfs_stream_caught_up(s);
	bfs_mutex_unlock(&s->lock);
	return complete;
}

int64_t bfs_stream_mtime(struct bfs_stream *s)
{
	int64_t mtime;

	bfs_mutex_lock(&s->lock);
	mtime = s->mtime;
	bfs_mutex_unlock(&s->lock);
	return mtime;
}

void bfs_stream_wrote(struct bfs_stream *s, int64_t offset)
{
	bfs_mutex_lock(&s->lock);
	if (!bfs_stream_fixed(s) && (offset == BFS_NO_OFFSET || offset >= s->end))
		s->doubt = true;
	bfs_mutex_unlock(&s->lock);
}

void bfs_stream_refresh_end(struct bfs_stream *s)
{
	bfs_mutex_lock(&s->lock);
	if (!bfs_stream_fixed(s) && bfs_clock_ms() - s->end_learnt > 50)
		s->doubt = true;
	bfs_mutex_unlock(&s->lock);
}

int64_t bfs_stream_boundary(struct bfs_stream *s, int64_t byte)
{
	struct bfs_mark m;
	int64_t offset;

	if (s->rebased || s->phase == STREAM_STARTING)
		return BFS_NO_OFFSET;
	if (byte >= s->size && bfs_stream_caught_up(s))
		return s->ahead;
	/* What is fetched anew may have moved; marks are of the first time. */
	offset = s->moving || byte > s->sure ? -1 : bfs_window_boundary(&s->window, byte);
	if (offset >= 0)
		return offset;
	return bfs_index_at_byte(&s->index, byte, &m) ? m.offset : BFS_NO_OFFSET;
}

bool bfs_stream_at_end(struct bfs_stream *s, int64_t byte)
{
	return byte >= s->size && bfs_stream_caught_up(s);
}

void bfs_stream_why(struct bfs_stream *s, struct bfs_why *ret)
{
	bfs_mutex_lock(&s->lock);
	*ret = s->why;
	bfs_mutex_unlock(&s->lock);
}

bool bfs_stream_is_over(struct bfs_stream *s)
{
	bool over;

	bfs_mutex_lock(&s->lock);
	over = s->phase == STREAM_OVER;
	bfs_mutex_unlock(&s->lock);
	return over;
}

bool bfs_stream_joinable(struct bfs_stream *s)
{
	bool joinable;

	bfs_mutex_lock(&s->lock);
	joinable = s->phase < STREAM_FAILED &&
		   (!s->claim || s->claimer || bfs_clock_ms() - s->began <= BFS_JOIN);
	bfs_mutex_unlock(&s->lock);
	return joinable;
}

/* --- polling ------------------------------------------------------------------------- */

/* Under the lock: a read behind byte `at` would not wait. */
static bool readable(const struct bfs_stream *s, int64_t at)
{
	return s->phase >= STREAM_FAILED || s->window.end > at;
}

/* Tells those who poll. */
void bfs_stream_wake_pollers(struct bfs_stream *s)
{
	struct bfs_kernel *k = s->all->kernel;
	struct bfs_list *n, *tmp;
	void *handle;

	do {
		handle = NULL;
		bfs_mutex_lock(&s->lock);
		bfs_list_each(n, tmp, &s->pollers) {
			struct bfs_poller *p = bfs_container(n, struct bfs_poller, link);

			if (!readable(s, p->at))
				continue;
			bfs_list_del(n);
			handle = p->handle;
			p->handle = NULL;
			break;
		}
		bfs_mutex_unlock(&s->lock);
		if (handle)
			k->ops->wake(k, handle);
	} while (handle);
}

bool bfs_stream_poll(struct bfs_stream *s, struct bfs_poller *p, int64_t at, void *handle)
{
	struct bfs_kernel *k = s->all->kernel;
	void *old = NULL, *gone = handle;
	bool ready;

	bfs_mutex_lock(&s->lock);
	s->opened = true;
	ready = readable(s, at);
	/* Who waits for edges asks again only after the next arrival; one who does not wait is no
	 * reason to forget one who does. */
	p->at = ready && s->window.end > at ? s->window.end : at;
	if (handle && s->phase < STREAM_FAILED) {
		old = p->handle;
		if (!old)
			bfs_list_add(&s->pollers, &p->link);
		p->handle = handle;
		gone = NULL;
	}
	bfs_mutex_unlock(&s->lock);
	bfs_stream_settle(s); /* the window may have to open */
	if (old)
		k->ops->unpoll(k, old);
	if (gone)
		k->ops->unpoll(k, gone);
	return ready;
}

void bfs_stream_unpoll(struct bfs_stream *s, struct bfs_poller *p)
{
	struct bfs_kernel *k = s->all->kernel;
	void *handle;

	bfs_mutex_lock(&s->lock);
	handle = p->handle;
	if (handle)
		bfs_list_del(&p->link);
	p->handle = NULL;
	bfs_mutex_unlock(&s->lock);
	if (handle)
		k->ops->unpoll(k, handle);
}
