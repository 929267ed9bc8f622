/* merge_lane.c - a topic's partitions as one: the feed of each, and its queue.
 *
 * SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "model/merge_inner.h"

#define SHARE_MIN (64 * 1024) /* bytes of records that wait, of a partition */
#define SHARE_MAX (8 * 1024 * 1024)

/* --- the queue; all under the lock --------------------------------------------------- */

/* Half of the memory: what is merged has its window to go to. */
static size_t share(const struct bfs_merge *m)
{
	int sharers = atomic_load(m->conf.sharers);
	int64_t each = m->conf.memory / 2 / (sharers > 0 ? sharers : 1) / m->conf.partitions;

	return (size_t)(each < SHARE_MIN ? SHARE_MIN : each > SHARE_MAX ? SHARE_MAX : each);
}

static size_t size_of(const struct bfs_record *r)
{
	size_t n = sizeof(struct bfs_queued) + r->key_len + r->value_len +
		   r->n_headers * sizeof(*r->headers);

	for (size_t i = 0; i < r->n_headers; i++)
		n += strlen(r->headers[i].name) + 1 + r->headers[i].value_len;
	return n;
}

static const void *put_bytes(char **to, const void *data, size_t len)
{
	char *at = *to;

	if (!data)
		return NULL;
	if (len)
		memcpy(at, data, len);
	*to += len;
	return at;
}

/* A copy in one block; the headers first, for they need to be aligned. */
static struct bfs_queued *queued_new(const struct bfs_record *r)
{
	size_t size = size_of(r);
	struct bfs_queued *q = bfs_alloc(size);
	struct bfs_header *headers = (struct bfs_header *)(void *)(q + 1);
	char *to = (char *)(headers + r->n_headers);

	q->record = *r;
	q->size = size;
	q->record.key = put_bytes(&to, r->key, r->key_len);
	q->record.value = put_bytes(&to, r->value, r->value_len);
	q->record.headers = headers;
	for (size_t i = 0; i < r->n_headers; i++) {
		const struct bfs_header *h = &r->headers[i];

		headers[i].name = put_bytes(&to, h->name, strlen(h->name) + 1);
		headers[i].value = put_bytes(&to, h->value, h->value_len);
		headers[i].value_len = h->value_len;
	}
	return q;
}

struct bfs_queued *bfs_merge_head(const struct bfs_merge_lane *l)
{
	if (bfs_list_empty(&l->queue))
		return NULL;
	return bfs_container(l->queue.next, struct bfs_queued, link);
}

struct bfs_queued *bfs_merge_take(struct bfs_merge_lane *l)
{
	struct bfs_queued *q = bfs_container(bfs_list_pop(&l->queue), struct bfs_queued, link);

	l->queued -= q->size;
	if (l->full && !l->deaf && l->feed && l->queued <= share(l->merge) / 2) {
		l->full = false;
		l->merge->conf.cluster->ops->feed_resume(l->feed);
	}
	return q;
}

void bfs_merge_drop_queue(struct bfs_merge_lane *l)
{
	struct bfs_list *n;

	while ((n = bfs_list_pop(&l->queue)))
		free(bfs_container(n, struct bfs_queued, link));
	l->queued = 0;
}

/* --- what a feed brings; on its lane ------------------------------------------------- */

static void on_begin(void *owner, int64_t offset)
{
	struct bfs_merge_lane *l = owner;
	struct bfs_merge *m = l->merge;

	bfs_mutex_lock(&m->lock);
	if (l->moving && offset == l->target) {
		l->moving = false;
		if (!l->searching && --m->beginning == 0)
			bfs_merge_kick(m);
	}
	bfs_mutex_unlock(&m->lock);
}

/* Under the lock. */
static void fetch(struct bfs_merge_lane *l, int64_t offset)
{
	l->deaf = l->full = l->reached = false;
	l->fetched = l->target = offset;
	l->moving = true;
	if (l->feed)
		l->merge->conf.cluster->ops->feed_start(l->feed, offset);
}

/* Under the lock: true while more is wanted. */
static bool go_on(struct bfs_merge_lane *l, enum bfs_search_state state)
{
	struct bfs_merge *m = l->merge;

	if (state == BFS_SEARCH_ANEW)
		fetch(l, l->search.start);
	if (state != BFS_SEARCH_DONE)
		return true;
	l->place[m->which] = l->search.place;
	l->searching = false;
	l->deaf = true;
	if (--m->searching == 0)
		bfs_merge_kick(m);
	return false;
}

/* Under the lock: what lies behind a fixed range is not wanted. */
static void end_range(struct bfs_merge_lane *l)
{
	const struct bfs_merge *m = l->merge;

	if (m->stage == PLACE_READY && m->fixed && l->fetched >= l->edge)
		l->deaf = true;
}

/* Under the lock. */
static bool queue(struct bfs_merge_lane *l, const struct bfs_record *r)
{
	struct bfs_merge *m = l->merge;
	struct bfs_queued *q;

	if (m->stage == PLACE_READY && m->fixed && r->offset >= l->edge) {
		l->fetched = r->offset + 1;
		l->deaf = true;
		return false;
	}
	q = queued_new(r);
	bfs_list_add(&l->queue, &q->link);
	l->queued += q->size;
	l->fetched = r->offset + 1;
	l->reached = false;
	l->full = l->queued >= share(m);
	end_range(l);
	return !l->full;
}

static bool on_record(void *owner, const struct bfs_record *r)
{
	struct bfs_merge_lane *l = owner;
	bool more = true;

	bfs_mutex_lock(&l->merge->lock);
	if (l->moving)
		; /* of the past */
	else if (l->deaf)
		more = false;
	else if (l->searching)
		more = go_on(l, bfs_search_record(&l->search, r->offset, r->timestamp));
	else
		more = queue(l, r);
	bfs_mutex_unlock(&l->merge->lock);
	return more;
}

static bool on_dry(void *owner)
{
	struct bfs_merge_lane *l = owner;
	bool more;

	bfs_mutex_lock(&l->merge->lock);
	if (!l->moving && !l->searching)
		bfs_merge_kick(l->merge);
	more = l->moving || !l->deaf;
	bfs_mutex_unlock(&l->merge->lock);
	return more;
}

static void on_end(void *owner, int64_t end, bool reached)
{
	struct bfs_merge_lane *l = owner;
	struct bfs_merge *m = l->merge;

	bfs_mutex_lock(&m->lock);
	if (l->moving || l->deaf) {
		;
	} else if (!reached) {
		l->hint = end > l->hint ? end : l->hint;
		bfs_merge_kick(m);
	} else if (l->searching) {
		go_on(l, bfs_search_end(&l->search, end));
	} else {
		l->reached = m->end_news = true;
		if (end > l->fetched)
			l->fetched = end;
		end_range(l);
		bfs_merge_kick(m);
	}
	bfs_mutex_unlock(&m->lock);
}

static void on_trouble(void *owner, int err, const struct bfs_why *why)
{
	struct bfs_merge_lane *l = owner;
	struct bfs_merge *m = l->merge;
	bool ready;

	bfs_mutex_lock(&m->lock);
	ready = m->stage == PLACE_READY;
	if (!l->deaf && !(ready ? m->err : m->ask_err)) {
		*(ready ? &m->err : &m->ask_err) = err;
		*(ready ? &m->why : &m->ask_why) = why ? *why : (struct bfs_why){ "" };
		bfs_merge_kick(m);
	}
	bfs_mutex_unlock(&m->lock);
}

static void on_closed(void *owner)
{
	struct bfs_merge_lane *l = owner;
	struct bfs_merge *m = l->merge;

	bfs_mutex_lock(&m->lock);
	l->feed = NULL;
	m->cut = m->cut || !l->closing;
	m->open--;
	bfs_merge_kick(m);
	bfs_mutex_unlock(&m->lock);
	bfs_merge_put(m);
}

static const struct bfs_sink lane_sink = {
	.begin = on_begin,
	.record = on_record,
	.dry = on_dry,
	.end = on_end,
	.trouble = on_trouble,
	.closed = on_closed,
};

/* --- all of them; under the lock ----------------------------------------------------- */

int bfs_merge_open_feeds(struct bfs_merge *m)
{
	struct bfs_cluster *c = m->conf.cluster;

	for (int32_t i = 0; i < m->conf.partitions; i++) {
		struct bfs_merge_lane *l = &m->lanes[i];

		bfs_merge_get(m);
		l->feed = c->ops->feed_open(c, m->topic, i, m->conf.headers, &lane_sink, l);
		if (!l->feed) {
			atomic_fetch_sub(&m->refs, 1); /* not the last one: somebody asks */
			return bfs_fail(&m->ask_why, -EMFILE, "too many partitions are being read");
		}
		m->open++;
	}
	return 0;
}

void bfs_merge_close_feeds(struct bfs_merge *m)
{
	for (int32_t i = 0; i < m->conf.partitions; i++) {
		struct bfs_merge_lane *l = &m->lanes[i];

		if (!l->feed)
			continue;
		l->closing = l->deaf = true;
		m->conf.cluster->ops->feed_close(l->feed);
		l->feed = NULL;
	}
}

void bfs_merge_lane_search(struct bfs_merge_lane *l)
{
	l->searching = true;
	l->merge->searching++;
	fetch(l, l->search.start);
}

void bfs_merge_start(struct bfs_merge *m)
{
	bool fixed = m->stage == PLACE_SIFT || m->fixed;

	m->beginning = 0;
	for (int32_t i = 0; i < m->conf.partitions; i++) {
		struct bfs_merge_lane *l = &m->lanes[i];

		bfs_merge_drop_queue(l);
		l->moving = false;
		l->fetched = m->walk.next[i];
		l->deaf = fixed && l->fetched >= l->edge;
		if (l->deaf)
			continue;
		m->beginning++;
		fetch(l, m->walk.next[i]);
	}
}
