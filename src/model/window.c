/* window.c - the bytes of a stream that are in memory.
 *
 * SPDX-License-Identifier: MIT */
#include "model/window.h"

#include <assert.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"

struct run { /* records ends[at..] have the offsets offset, offset+1, ... */
	uint32_t at;
	int64_t offset;
};

struct bfs_chunk {
	struct bfs_list link;
	struct bfs_pool *pool;
	_Atomic int refs; /* the window's, and one for each reply in flight */
	int64_t byte;     /* position of data[0] */
	int64_t before;   /* offset behind the last record that ends at or below `byte` */
	uint32_t len;     /* filler's */
	uint32_t n_ends, cap_ends;
	uint32_t *ends; /* rising */
	uint32_t n_runs, cap_runs;
	struct run *runs;
	char data[BFS_CHUNK_SIZE];
};

void bfs_pool_init(struct bfs_pool *p)
{
	bfs_mutex_init(&p->lock, BFS_RANK_POOL);
	p->n = 0;
	atomic_init(&p->chunks, 0);
}

static void chunk_free(struct bfs_chunk *c)
{
	if (!c)
		return;
	free(c->ends);
	free(c->runs);
	atomic_fetch_sub(&c->pool->chunks, 1);
	free(c);
}

void bfs_pool_fini(struct bfs_pool *p)
{
	while (p->n)
		chunk_free(p->spare[--p->n]);
	bfs_mutex_fini(&p->lock);
}

static struct bfs_chunk *chunk_new(struct bfs_pool *p, int64_t byte, int64_t before)
{
	struct bfs_chunk *c = NULL;

	bfs_mutex_lock(&p->lock);
	if (p->n)
		c = p->spare[--p->n];
	bfs_mutex_unlock(&p->lock);
	if (!c) {
		c = bfs_alloc(sizeof(*c));
		memset(c, 0, offsetof(struct bfs_chunk, data));
		c->pool = p;
		atomic_fetch_add(&p->chunks, 1);
	}
	atomic_store(&c->refs, 1);
	c->byte = byte;
	c->before = before;
	c->len = c->n_ends = c->n_runs = 0;
	return c;
}

static void chunk_put(struct bfs_chunk *c)
{
	struct bfs_pool *p = c->pool;

	if (atomic_fetch_sub(&c->refs, 1) != 1)
		return;
	bfs_mutex_lock(&p->lock);
	if (p->n < BFS_SPARE_MAX && c->cap_ends <= 2 * BFS_STAGE_MAX) {
		p->spare[p->n++] = c;
		c = NULL;
	}
	bfs_mutex_unlock(&p->lock);
	chunk_free(c);
}

static struct bfs_chunk *first_chunk(const struct bfs_window *w)
{
	return bfs_container(w->chunks.next, struct bfs_chunk, link);
}

void bfs_window_init(struct bfs_window *w, struct bfs_pool *pool, int64_t byte, int64_t offset)
{
	memset(w, 0, sizeof(*w));
	w->pool = pool;
	bfs_list_init(&w->chunks);
	w->stage = bfs_alloc(BFS_STAGE_MAX * sizeof(*w->stage));
	bfs_window_reset(w, byte, offset);
}

void bfs_window_reset(struct bfs_window *w, int64_t byte, int64_t offset)
{
	struct bfs_list *l;

	while ((l = bfs_list_pop(&w->chunks)))
		chunk_put(bfs_container(l, struct bfs_chunk, link));
	w->tail = NULL;
	w->staged = 0;
	w->begin = w->end = w->fill = byte;
	w->next = w->fill_next = offset;
}

void bfs_window_fini(struct bfs_window *w)
{
	if (!w->stage)
		return;
	bfs_window_reset(w, 0, 0);
	free(w->stage);
	w->stage = NULL;
}

size_t bfs_window_append(struct bfs_window *w, const void *data, size_t len)
{
	struct bfs_chunk *c = w->tail;
	size_t n;

	if (!c)
		return 0;
	n = BFS_CHUNK_SIZE - c->len;
	if (n > len)
		n = len;
	memcpy(c->data + c->len, data, n);
	c->len += (uint32_t)n;
	w->fill += (int64_t)n;
	return n;
}

bool bfs_window_record(struct bfs_window *w, int64_t offset)
{
	w->stage[w->staged].end = w->tail->len;
	w->stage[w->staged].offset = offset;
	w->fill_next = offset + 1;
	return ++w->staged < BFS_STAGE_MAX;
}

void bfs_window_skip(struct bfs_window *w, int64_t offset)
{
	w->fill_next = offset + 1;
}

/* Enters one record end; `expected` is the offset that would continue the last run. */
static void enter(struct bfs_chunk *c, uint32_t end, int64_t offset, int64_t expected)
{
	if (!c->n_runs || offset != expected) {
		if (c->n_runs == c->cap_runs) {
			c->cap_runs = c->cap_runs ? 2 * c->cap_runs : 8;
			c->runs = bfs_realloc(c->runs, c->cap_runs * sizeof(*c->runs));
		}
		c->runs[c->n_runs++] = (struct run){ c->n_ends, offset };
	}
	c->ends[c->n_ends++] = end;
}

void bfs_window_publish(struct bfs_window *w)
{
	struct bfs_chunk *c = w->tail;
	int64_t expected = w->next;

	if (c && w->staged) {
		if (c->n_ends + w->staged > c->cap_ends) {
			c->cap_ends = c->n_ends + w->staged + BFS_STAGE_MAX / 2;
			c->ends = bfs_realloc(c->ends, c->cap_ends * sizeof(*c->ends));
		}
		for (unsigned i = 0; i < w->staged; i++) {
			enter(c, w->stage[i].end, w->stage[i].offset, expected);
			expected = w->stage[i].offset + 1;
		}
		w->staged = 0;
	}
	w->end = w->fill;
	w->next = w->fill_next;
}

void bfs_window_add_chunk(struct bfs_window *w)
{
	assert(w->end == w->fill && !w->staged);
	w->tail = chunk_new(w->pool, w->fill, w->fill_next);
	bfs_list_add(&w->chunks, &w->tail->link);
}

void bfs_window_drop(struct bfs_window *w, int64_t byte, int64_t keep)
{
	while (!bfs_list_empty(&w->chunks) && w->end - w->begin > keep) {
		struct bfs_chunk *c = first_chunk(w);

		if (c == w->tail || c->byte + c->len > byte)
			return;
		w->begin = c->byte + c->len;
		bfs_list_del(&c->link);
		chunk_put(c);
	}
}

/* The chunk that holds `byte`, which lies within the window. Found from the new end: that is where
 * readers are. */
static struct bfs_chunk *chunk_at(const struct bfs_window *w, int64_t byte)
{
	struct bfs_list *l;

	for (l = w->chunks.prev; l != &w->chunks; l = l->prev) {
		struct bfs_chunk *c = bfs_container(l, struct bfs_chunk, link);

		if (c->byte <= byte)
			return c;
	}
	return NULL;
}

size_t bfs_window_pin(struct bfs_window *w, int64_t byte, size_t len, struct bfs_pins *ret)
{
	struct bfs_chunk *c;
	size_t got = 0;

	ret->n = 0;
	if (byte < w->begin || byte >= w->end)
		return 0;
	if ((int64_t)len > w->end - byte)
		len = (size_t)(w->end - byte);
	c = chunk_at(w, byte);
	while (got < len && ret->n < BFS_PINS_MAX) {
		size_t at = (size_t)(byte + (int64_t)got - c->byte);
		size_t n = BFS_CHUNK_SIZE - at < len - got ? BFS_CHUNK_SIZE - at : len - got;

		atomic_fetch_add(&c->refs, 1);
		ret->chunks[ret->n] = c;
		ret->iov[ret->n++] = (struct iovec){ c->data + at, n };
		got += n;
		c = bfs_container(c->link.next, struct bfs_chunk, link);
	}
	return got;
}

void bfs_pins_release(struct bfs_pins *p)
{
	for (int i = 0; i < p->n; i++)
		chunk_put(p->chunks[i]);
	p->n = 0;
}

/* How many of the chunk's records end at or below `pos`. */
static uint32_t ends_below(const struct bfs_chunk *c, uint32_t pos)
{
	uint32_t lo = 0, hi = c->n_ends;

	while (lo < hi) {
		uint32_t mid = lo + (hi - lo) / 2;

		if (c->ends[mid] <= pos)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

static int64_t offset_of(const struct bfs_chunk *c, uint32_t i)
{
	uint32_t lo = 0, hi = c->n_runs;

	while (hi - lo > 1) {
		uint32_t mid = lo + (hi - lo) / 2;

		if (c->runs[mid].at <= i)
			lo = mid;
		else
			hi = mid;
	}
	return c->runs[lo].offset + (i - c->runs[lo].at);
}

int64_t bfs_window_boundary(const struct bfs_window *w, int64_t byte)
{
	const struct bfs_chunk *c;
	uint32_t n;

	if (byte < w->begin || byte > w->end)
		return -1;
	c = chunk_at(w, byte);
	if (!c)
		return w->next;
	n = ends_below(c, (uint32_t)(byte - c->byte));
	return n ? offset_of(c, n - 1) + 1 : c->before;
}

char bfs_window_last(const struct bfs_window *w)
{
	const struct bfs_chunk *c;

	if (w->end <= w->begin)
		return 0;
	c = chunk_at(w, w->end - 1);
	return c->data[w->end - 1 - c->byte];
}
